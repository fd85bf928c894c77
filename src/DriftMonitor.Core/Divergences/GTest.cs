using MathNet.Numerics;

namespace DriftMonitor.Core.Divergences;

/// <summary>The G test of homogeneity: whether two samples of counts may come from the same distribution.</summary>
/// <remarks>
/// Wilks, Annals of Mathematical Statistics 9 (1938) 60–62; Sokal and Rohlf, Biometry, 4th edition, 2012, chapter 17. The p-value assumes
/// independent events, and events of real streams rarely are: use it as an indication, not as a rate of false alarms.
/// </remarks>
public static class GTest
{
    /// <summary>The statistic G = 2 n* D(current ‖ reference), without a unit.</summary>
    /// <param name="divergenceNats">D(current ‖ reference), in nats.</param>
    /// <param name="effectiveEvents">n*, with 1/n* = 1/N + 1/m, or 1/N − 1/m if the reference contains the events of the window.</param>
    /// <returns>From 0; without drift asymptotically χ² with K° − 1 degrees of freedom.</returns>
    public static double Statistic(double divergenceNats, double effectiveEvents) => 2 * effectiveEvents * divergenceNats;

    /// <summary>
    /// The p-value, the probability that χ² with ν degrees of freedom exceeds G: the upper regularised incomplete gamma function Q(ν/2,
    /// G/2).
    /// </summary>
    /// <param name="statistic">G, not negative.</param>
    /// <param name="degreesOfFreedom">ν = K° − 1. With 0 there is a single bin, nothing can differ, and the p-value is 1.</param>
    /// <returns>From 0 (below about 1e-300) to 1.</returns>
    /// <remarks>NIST Digital Library of Mathematical Functions, 8.2 and 8.11.</remarks>
    public static double PValue(double statistic, int degreesOfFreedom) =>
        degreesOfFreedom < 1 || !(statistic > 0) ? 1
        : double.IsPositiveInfinity(statistic) ? 0
        : Math.Clamp(SpecialFunctions.GammaUpperRegularized(degreesOfFreedom / 2.0, statistic / 2), 0, 1);
}
