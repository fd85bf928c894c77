using MathNet.Numerics;

namespace DriftMonitor.Core.Divergences;

/// <summary>The G test of homogeneity: whether two samples of counts may come from one distribution.</summary>
/// <remarks>
/// Wilks, Annals of Mathematical Statistics 9 (1938) 60–62; Sokal and Rohlf, Biometry, 4th edition, 2012, chapter 17. The p-value assumes independent events, which streams seldom have: it is a figure to look at,
/// and no rate of false alarms.
/// </remarks>
public static class GTest
{
    /// <summary>G = 2 n* D(current ‖ reference), without a unit: asymptotically χ² with K° − 1 degrees of freedom where nothing drifted.</summary>
    /// <param name="divergenceNats">D(current ‖ reference).</param>
    /// <param name="effectiveEvents">n*, with 1/n* = 1/N + 1/m, or 1/N − 1/m where the reference holds the window's own events.</param>
    public static double Statistic(double divergenceNats, double effectiveEvents) => 2 * effectiveEvents * divergenceNats;

    /// <summary>The chance that χ² with so many degrees of freedom exceeds the statistic: Q(ν/2, G/2), the upper regularised incomplete gamma function.</summary>
    /// <param name="statistic">G, not negative.</param>
    /// <param name="degreesOfFreedom">ν = K° − 1; with 0, a single bin, nothing can differ.</param>
    /// <returns>From 0 (below about 1e-300) to 1.</returns>
    /// <remarks>NIST Digital Library of Mathematical Functions, 8.2 and 8.11.</remarks>
    public static double PValue(double statistic, int degreesOfFreedom) =>
        degreesOfFreedom < 1 || !(statistic > 0) ? 1
        : double.IsPositiveInfinity(statistic) ? 0
        : Math.Clamp(SpecialFunctions.GammaUpperRegularized(degreesOfFreedom / 2.0, statistic / 2), 0, 1);
}
