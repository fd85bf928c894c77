using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Core.Binning;

/// <summary>How many bins of equal width a sample supports, by published rules. The counts are whole, at least 1, and have no upper end: a lone outlier can ask for millions.</summary>
public static class BinCount
{
    /// <summary>The rule of Freedman and Diaconis: bins of the width 2·IQR·n^(−1/3), with the quartiles of type 7.</summary>
    /// <param name="sorted">The finite values of the sample in ascending order; at least one.</param>
    /// <returns>The number of bins; null where the interquartile range is 0 and the values are not all equal: the rule gives no width then.</returns>
    /// <remarks>Freedman and Diaconis, "On the histogram as a density estimator: L₂ theory", Zeitschrift für Wahrscheinlichkeitstheorie 57 (1981) 453–476.</remarks>
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

        var (range, spread) = double.IsFinite(most - least) ? (most - least, upper - lower) : (most / 2 - least / 2, upper / 2 - lower / 2);
        return Math.Max(1, Math.Ceiling(range / (2 * spread * Math.Pow(sorted.Length, -1.0 / 3.0))));
    }

    /// <summary>
    /// Doane's rule: 1 + log₂ n + log₂(1 + |g₁|/σ), with the skewness g₁ = mean(((x − x̄)/s)³), s the root of the mean square deviation, and
    /// σ² = 6(n − 2)/((n + 1)(n + 3)); rounded up.
    /// </summary>
    /// <param name="sorted">The finite values of the sample in ascending order; at least one.</param>
    /// <returns>The number of bins; 1 of fewer than three values, and of equal ones.</returns>
    /// <remarks>Doane, "Aesthetic frequency classifications", The American Statistician 30 (1976) 181–183.</remarks>
    public static double Doane(ReadOnlySpan<double> sorted)
    {
        double n = sorted.Length;
        var (least, most) = (sorted[0], sorted[^1]);
        if (n < 3 || least == most)
        {
            return 1;
        }

        // Skewness knows neither place nor scale, so the values are brought to [0, 1], where no power of them overflows or vanishes.
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
