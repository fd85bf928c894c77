using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Core.Distributions;

/// <summary>ln P(from ≤ X &lt; to) of each family, where from &lt; to and either may be infinite; of families of whole numbers both are whole. −∞ where that is impossible.</summary>
/// <remarks>Each by a closed form, or by a <see cref="LogConcave"/> sum or integral outwards from the interval's most probable number; within 1e-13, relative or absolute, whichever is wider.</remarks>
internal static class LogInterval
{
    private const double NoLongerCounts = 1e-18; // x, of e^−x

    /// <summary>Uniform on the whole numbers from <paramref name="first"/> to <paramref name="last"/>.</summary>
    public static double OfUniformIntegers(double first, double last, double from, double to)
    {
        (from, to) = (Math.Max(from, first), Math.Min(to, last + 1));
        return from < to ? LogDensity.OfRatio(to - from, last + 1 - first) : double.NegativeInfinity;
    }

    /// <summary>Uniform from <paramref name="lowest"/> to <paramref name="highest"/>.</summary>
    public static double OfUniform(double lowest, double highest, double from, double to)
    {
        (from, to) = (Math.Max(from, lowest), Math.Min(to, highest));
        return from < to ? LogDensity.OfRatio(to / 2 - from / 2, highest / 2 - lowest / 2) : double.NegativeInfinity; // halves, as the whole width may be no double
    }

    /// <summary>Exponential: e^(−rate·from) − e^(−rate·to), by the width, as of a narrow interval the difference has no digits.</summary>
    public static double OfExponential(double rate, double from, double to)
    {
        from = Math.Max(from, 0);
        return from < to ? -rate * from + Math.Log(-ElementaryFunctions.Expm1(-rate * (to - from))) : double.NegativeInfinity;
    }

    /// <summary>Geometric, from 0 on: the whole part of an exponential number whose rate is −ln P(a trial fails).</summary>
    public static double OfGeometric(double probability, double from, double to) => probability == 1
        ? from <= 0 && to > 0 ? 0 : double.NegativeInfinity
        : OfExponential(-ElementaryFunctions.Log1p(-probability), from, to);

    /// <summary>Poisson; to a mean of 1e30, beyond which neighbouring doubles are further apart than a standard deviation.</summary>
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
        var excess = Math.FusedMultiplyAdd(-trials, probability, origin); // the product is not rounded before the difference is taken
        return new LogConcave(
            distance => LogDensity.OfBinomial(origin + distance, trials, probability, excess + distance),
            distance => Reach(excess + distance, (origin + distance) * ((trials - origin - distance) / trials))).LogSum(origin - from, to - origin - 1);
    }

    /// <summary>Normal.</summary>
    public static double OfNormal(double mean, double deviation, double from, double to)
    {
        var origin = Math.Clamp(mean, from, to);
        return StandardNormal((origin - mean) / deviation).LogIntegral((origin - from) / deviation, (to - origin) / deviation);
    }

    /// <summary>Log-normal. ln x is rounded before <paramref name="mean"/> is taken from it, so the result is that of a mean which may differ in its last digit.</summary>
    public static double OfLogNormal(double mean, double deviation, double from, double to)
    {
        from = Math.Max(from, 0);
        if (!(from < to))
        {
            return double.NegativeInfinity;
        }

        var (logFrom, logTo) = (Math.Log(from), Math.Log(to));
        var width = from == 0 ? double.PositiveInfinity : LogDensity.OfRatio(to, from); // has digits where the difference of the two logarithms has none
        var left = Math.Clamp(mean - logFrom, 0, width);
        var right = double.IsInfinity(width) ? Math.Max(0, logTo - mean) : width - left;
        return StandardNormal((Math.Clamp(mean, logFrom, logTo) - mean) / deviation).LogIntegral(left / deviation, right / deviation);
    }

    /// <summary>Gamma. The integral is that of ln X, whose density has no pole at 0, whatever the shape.</summary>
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
        return new LogConcave(LogAt, ReachOfGamma).LogIntegral(LogDensity.OfRatio(origin, from), LogDensity.OfRatio(to, origin));

        // Near the origin Loader's form has the digits; far from it, x itself may be no double.
        double LogAt(double distance) => Math.Abs(distance) > 1
            ? atOrigin + shape * distance - x * ElementaryFunctions.Expm1(distance)
            : LogDensity.OfLogGamma(x * Math.Exp(distance), shape, excess + x * ElementaryFunctions.Expm1(distance));

        // The slope of the logarithm is −(x − shape), its curvature −x. To the right, x may grow only so much within a panel; to the left it no longer counts at last, and the slope is all there is.
        double ReachOfGamma(double distance)
        {
            var (there, slope) = (x * Math.Exp(distance), Math.Abs(excess + x * ElementaryFunctions.Expm1(distance)));
            return distance >= 0 ? 1 / (1 + slope + Math.Sqrt(there))
                : there < NoLongerCounts ? 1 / shape
                : Math.Min(8, 1 / (slope + Math.Sqrt(there)));
        }
    }

    private static LogConcave StandardNormal(double origin) => new(distance => LogDensity.OfNormal(origin + distance), distance => 1 / (1 + Math.Abs(origin + distance)));

    // For Poisson and binomial: at k the slope of the logarithm is −excess/variance and its curvature −1/variance, with the variance that the distribution would have, were k its mean.
    private static double Reach(double excess, double variance) => variance / (Math.Abs(excess) + Math.Sqrt(variance));

    // Beyond 2⁵³, where to − 1 may be rounded to itself, the number before it.
    private static double LastBefore(double to) => Math.Min(to - 1, Math.BitDecrement(to));
}
