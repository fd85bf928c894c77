using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Core.Distributions;

/// <summary>
/// ln P(from ≤ X &lt; to) of each family, for from &lt; to; either may be infinite. For families of integers both must be integers.
/// −∞ if the probability is 0.
/// </summary>
/// <remarks>
/// Each is a closed form, or a <see cref="LogConcave"/> sum or integral outwards from the most probable number of the interval. The error
/// is below 1e-13, relative or absolute, whichever is wider.
/// </remarks>
internal static class LogInterval
{
    private const double Negligible = 1e-18; // x for which e^−x is 1

    /// <summary>Uniform on the integers from <paramref name="first"/> to <paramref name="last"/>.</summary>
    public static double OfUniformIntegers(double first, double last, double from, double to)
    {
        (from, to) = (Math.Max(from, first), Math.Min(to, last + 1));
        return from < to ? LogDensity.LogRatio(to - from, last + 1 - first) : double.NegativeInfinity;
    }

    /// <summary>Uniform from <paramref name="lowest"/> to <paramref name="highest"/>.</summary>
    public static double OfUniform(double lowest, double highest, double from, double to)
    {
        (from, to) = (Math.Max(from, lowest), Math.Min(to, highest));

        // Halves, as the full width may overflow.
        return from < to ? LogDensity.LogRatio(to / 2 - from / 2, highest / 2 - lowest / 2) : double.NegativeInfinity;
    }

    /// <summary>
    /// Exponential: e^(−rate·from) − e^(−rate·to), computed from the width, as the difference loses all digits if the interval is
    /// narrow.
    /// </summary>
    public static double OfExponential(double rate, double from, double to)
    {
        from = Math.Max(from, 0);
        return from < to ? -rate * from + Math.Log(-ElementaryFunctions.Expm1(-rate * (to - from))) : double.NegativeInfinity;
    }

    /// <summary>Geometric, from 0: the integer part of an exponential number with rate −ln P(a trial fails).</summary>
    public static double OfGeometric(double probability, double from, double to) => probability == 1
        ? from <= 0 && to > 0 ? 0 : double.NegativeInfinity
        : OfExponential(-ElementaryFunctions.Log1p(-probability), from, to);

    /// <summary>
    /// Poisson, up to a mean of 1e30. Beyond it, the distance between neighbouring doubles is larger than a standard deviation.
    /// </summary>
    public static double OfPoisson(double mean, double from, double to)
    {
        from = Math.Max(from, 0);
        if (!(from < to))
        {
            return double.NegativeInfinity;
        }

        var origin = Math.Clamp(Math.Floor(mean), from, LastBefore(to));
        var excess = origin - mean;
        return new LogConcave(
            distance => LogDensity.OfPoisson(origin + distance, mean, excess + distance),
            distance => Reach(excess + distance, origin + distance)).LogSum(origin - from, to - origin - 1);
    }

    /// <summary>Binomial.</summary>
    public static double OfBinomial(double trials, double probability, double from, double to)
    {
        (from, to) = (Math.Max(from, 0), Math.Min(to, trials + 1));
        if (!(from < to))
        {
            return double.NegativeInfinity;
        }

        var origin = Math.Clamp(Math.Floor((trials + 1) * probability), from, LastBefore(to));
        var excess = Math.FusedMultiplyAdd(-trials, probability, origin); // does not round the product before subtracting
        return new LogConcave(
            distance => LogDensity.OfBinomial(origin + distance, trials, probability, excess + distance),
            distance => Reach(excess + distance, (origin + distance) * ((trials - origin - distance) / trials)))
            .LogSum(origin - from, to - origin - 1);
    }

    /// <summary>Normal.</summary>
    public static double OfNormal(double mean, double deviation, double from, double to)
    {
        var origin = Math.Clamp(mean, from, to);
        return StandardNormal((origin - mean) / deviation).LogIntegral((origin - from) / deviation, (to - origin) / deviation);
    }

    /// <summary>
    /// Log-normal. ln x is rounded before <paramref name="mean"/> is subtracted from it, so the result is that of a mean which may differ
    /// in its last digit.
    /// </summary>
    public static double OfLogNormal(double mean, double deviation, double from, double to)
    {
        from = Math.Max(from, 0);
        if (!(from < to))
        {
            return double.NegativeInfinity;
        }

        var (logFrom, logTo) = (Math.Log(from), Math.Log(to));
        var width = from == 0 ? double.PositiveInfinity : LogDensity.LogRatio(to, from); // more precise than logTo − logFrom
        var left = Math.Clamp(mean - logFrom, 0, width);
        var right = double.IsInfinity(width) ? Math.Max(0, logTo - mean) : width - left;
        return StandardNormal((Math.Clamp(mean, logFrom, logTo) - mean) / deviation).LogIntegral(left / deviation, right / deviation);
    }

    /// <summary>Gamma. The integral is over ln X, whose density has no pole at 0 for any shape.</summary>
    public static double OfGamma(double shape, double rate, double from, double to)
    {
        from = Math.Max(from, 0);
        if (!(from < to))
        {
            return double.NegativeInfinity;
        }

        var origin = Math.Clamp(shape / rate, from, to);
        var (x, excess) = (rate * origin, Math.FusedMultiplyAdd(rate, origin, -shape));
        var atOrigin = LogDensity.OfLogGamma(x, shape, excess);
        return new LogConcave(LogAt, ReachOfGamma).LogIntegral(LogDensity.LogRatio(origin, from), LogDensity.LogRatio(to, origin));

        // Near the origin Loader's form is precise; far from it, x itself may overflow or underflow.
        double LogAt(double distance) => Math.Abs(distance) > 1
            ? atOrigin + shape * distance - x * ElementaryFunctions.Expm1(distance)
            : LogDensity.OfLogGamma(x * Math.Exp(distance), shape, excess + x * ElementaryFunctions.Expm1(distance));

        // The slope of the logarithm is −(x − shape), its curvature −x. To the right, the growth of x within a panel limits its
        // length; to the left, x becomes negligible, and only the slope matters.
        double ReachOfGamma(double distance)
        {
            var (there, slope) = (x * Math.Exp(distance), Math.Abs(excess + x * ElementaryFunctions.Expm1(distance)));
            return distance >= 0 ? 1 / (1 + slope + Math.Sqrt(there))
                : there < Negligible ? 1 / shape
                : Math.Min(8, 1 / (slope + Math.Sqrt(there)));
        }
    }

    private static LogConcave StandardNormal(double origin) =>
        new(distance => LogDensity.OfNormal(origin + distance), distance => 1 / (1 + Math.Abs(origin + distance)));

    // Poisson and binomial: at k, the slope of the logarithm is −excess/variance and its curvature −1/variance, with the variance of
    // the distribution whose mean is k.
    private static double Reach(double excess, double variance) => variance / (Math.Abs(excess) + Math.Sqrt(variance));

    // The last integer before `to`. Beyond 2⁵³, where to − 1 may round to `to`, the previous double.
    private static double LastBefore(double to) => Math.Min(to - 1, Math.BitDecrement(to));
}
