using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Core.Distributions;

/// <summary>
/// The fits of all families to a sample: those that are equally good first, the simplest of them at the top, then the others.
/// </summary>
/// <remarks>
/// A fit costs D + k ln n/(2n) nats a value: the information lost, and the price of its k parameters, each of which takes ½ ln n nats to
/// write down as precisely as n values determine it (Schwarz, Estimating the dimension of a model, Annals of Statistics 6 (1978) 461–464;
/// Rissanen, Modeling by shortest data description, Automatica 14 (1978) 465–471). A fit f is as good as the cheapest one c if it costs at
/// most ω/√n more, one standard error of the difference of their losses: ω² is the variance of ln c(x) − ln f(x) over the sample (Vuong,
/// Likelihood ratio tests for model selection and non-nested hypotheses, Econometrica 57 (1989) 307–333; the rule of one standard error is
/// that of Breiman, Friedman, Olshen and Stone, Classification and Regression Trees, 1984, section 3.4.3). Among equally good fits the one
/// with the fewest parameters comes first; then, for whole numbers, families of whole numbers; then the cheapest. Without the number of
/// values, the penalty and the noise are 0.
/// </remarks>
/// <param name="Fits">The fits, best first.</param>
/// <param name="EquallyGood">How many of the first fits are equally good; 0 only without any fit.</param>
/// <param name="LeftOut">The families that cannot be fitted to the sample.</param>
public sealed record FitRanking(IReadOnlyList<ParametricFit> Fits, int EquallyGood, IReadOnlyList<UnfitFamily> LeftOut)
{
    private const double RoundingNats = 1e-12; // of a sum of a few terms

    /// <summary>Ranks fits.</summary>
    /// <param name="candidates">Each fit with the logarithm of its probability at each place.</param>
    /// <param name="shares">The sample's share at each place.</param>
    /// <param name="size">n; +∞ where it is unknown.</param>
    /// <param name="areIntegers">Whether the sample consists of whole numbers.</param>
    /// <param name="leftOut">The families that cannot be fitted.</param>
    internal static FitRanking Of(
        IReadOnlyList<(ParametricFit Fit, double[] LogQ)> candidates, ReadOnlySpan<double> shares, double size, bool areIntegers,
        IReadOnlyList<UnfitFamily> leftOut)
    {
        var byCost = candidates.OrderBy(candidate => candidate.Fit.CostNats).ToList();
        var good = new List<ParametricFit>();
        var others = new List<ParametricFit>();
        foreach (var (fit, logQ) in byCost)
        {
            var isGood = good.Count == 0 || fit.CostNats - byCost[0].Fit.CostNats <= Noise(shares, byCost[0].LogQ, logQ, size);
            (isGood ? good : others).Add(fit);
        }

        var simplestFirst = good
            .OrderBy(fit => fit.Distribution.FreeParameters)
            .ThenBy(fit => fit.Distribution.IsDiscrete == areIntegers ? 0 : 1)
            .ThenBy(fit => fit.CostNats);
        return new FitRanking([.. simplestFirst, .. others], good.Count, leftOut);
    }

    // ω/√n; NaN, which nothing is below, where a fit makes a value of the sample impossible.
    private static double Noise(ReadOnlySpan<double> shares, double[] logC, double[] logF, double size)
    {
        var mean = Average(shares, logC, logF, difference => difference);
        var variance = Average(shares, logC, logF, difference => (difference - mean) * (difference - mean));
        return Math.Max(RoundingNats, Math.Sqrt(variance / size));
    }

    private static double Average(ReadOnlySpan<double> shares, double[] logC, double[] logF, Func<double, double> function)
    {
        var sum = new CompensatedSum();
        for (var i = 0; i < shares.Length; i++)
        {
            sum.Add(shares[i] > 0 ? shares[i] * function(logC[i] - logF[i]) : 0);
        }

        return sum.Value;
    }
}
