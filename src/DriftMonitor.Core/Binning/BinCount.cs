using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Core.Binning;

/// <summary>
/// The number of bins of equal width for a sample, by published rules: a whole number, at least 1. There is no upper limit: a single
/// outlier can make it millions.
/// </summary>
public static class BinCount
{
    /// <summary>The Freedman-Diaconis rule: bins of width 2·IQR·n^(−1/3), with quartiles of type 7.</summary>
    /// <param name="sorted">The finite values of the sample in ascending order; at least one.</param>
    /// <returns>
    /// The number of bins. Null if the interquartile range is 0 and the values are not all equal: then the rule gives no width.
    /// </returns>
    /// <remarks>
    /// Freedman and Diaconis, "On the histogram as a density estimator: L₂ theory", Zeitschrift für Wahrscheinlichkeitstheorie 57 (1981)
    /// 453–476.
    /// </remarks>
    public static double? FreedmanDiaconis(ReadOnlySpan<double> sorted)
    {
        var (least, most) = (sorted[0], sorted[^1]);
        if (least == most)
        {
            return 1;
        }

        var (lower, upper) = (NumericBinning.Quantile(sorted, 0.25), NumericBinning.Quantile(sorted, 0.75));
        if (lower == upper)
        {
            return null;
        }

        var (range, spread) = double.IsFinite(most - least)
            ? (most - least, upper - lower)
            : (most / 2 - least / 2, upper / 2 - lower / 2);
        return Math.Max(1, Math.Ceiling(range / (2 * spread * Math.Pow(sorted.Length, -1.0 / 3.0))));
    }

    /// <summary>
    /// Doane's rule: 1 + log₂ n + log₂(1 + |g₁|/σ), rounded up, with the skewness g₁ = mean(((x − x̄)/s)³), the standard
    /// deviation s = √mean((x − x̄)²) and σ² = 6(n − 2)/((n + 1)(n + 3)).
    /// </summary>
    /// <param name="sorted">The finite values of the sample in ascending order; at least one.</param>
    /// <returns>The number of bins; 1 if there are fewer than three values or all are equal.</returns>
    /// <remarks>Doane, "Aesthetic frequency classifications", The American Statistician 30 (1976) 181–183.</remarks>
    public static double Doane(ReadOnlySpan<double> sorted)
    {
        double n = sorted.Length;
        var (least, most) = (sorted[0], sorted[^1]);
        if (n < 3 || least == most)
        {
            return 1;
        }

        // Skewness does not depend on location and scale, so scale the values to [0, 1], where no power of them overflows or underflows.
        var (range, isFinite) = (most - least, double.IsFinite(most - least));
        var unit = new double[sorted.Length];
        for (var i = 0; i < unit.Length; i++)
        {
            unit[i] = isFinite ? (sorted[i] - least) / range : (sorted[i] / 2 - least / 2) / (most / 2 - least / 2);
        }

        var mean = Mean(unit, static x => x);
        var deviation = Math.Sqrt(Mean(unit, x => (x - mean) * (x - mean)));
        var skewness = Mean(unit, x => Math.Pow((x - mean) / deviation, 3));
        var sigma = Math.Sqrt(6 * (n - 2) / ((n + 1) * (n + 3)));
        return Math.Ceiling(1 + Math.Log2(n) + Math.Log2(1 + Math.Abs(skewness) / sigma));
    }

    private static double Mean(double[] values, Func<double, double> term)
    {
        var sum = new CompensatedSum();
        foreach (var value in values)
        {
            sum.Add(term(value));
        }

        return sum.Value / values.Length;
    }
}
