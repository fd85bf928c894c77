using DriftMonitor.Core.Numerics;
using MathNet.Numerics;

namespace DriftMonitor.Core.Distributions;

/// <summary>
/// Logarithms of point probabilities and densities. They keep full precision even if the factorials in the definitions are as large as
/// exp(1e16).
/// </summary>
/// <remarks>
/// C. Loader, "Fast and accurate computation of binomial probabilities" (2000): k! is Stirling's formula times exp δ(k), and each of the
/// remaining factors is small if the probability is large. The terms of ln p(k) = k ln λ − λ − ln k! cancel; at k = 1e13 only two
/// decimal places remain. In −δ(k) − D(k, λ) − ½ ln 2πk no term is larger than the result. The error of each function is about
/// 1e-15, relative or absolute, whichever is wider. <c>excess</c> is always the first argument minus its mean, as the caller may know it
/// with more digits than the difference of two doubles has.
/// </remarks>
internal static class LogDensity
{
    private const double SeriesFrom = 16; // here the first omitted term of the series is 2e-18

    /// <summary>ln P(X = k) of the Poisson distribution.</summary>
    /// <param name="k">From 0; need not be an integer.</param>
    /// <param name="mean">The mean, at least 0.</param>
    /// <param name="excess">k − mean.</param>
    public static double OfPoisson(double k, double mean, double excess) =>
        k == 0 ? -mean
        : mean == 0 ? double.NegativeInfinity
        : -StirlingError(k) - Deviance(k, mean, excess) - Math.Log(k) / 2 - Constants.LogSqrt2Pi;

    /// <summary>ln P(X = k) of the binomial distribution.</summary>
    /// <param name="k">From 0 to the number of trials; need not be an integer.</param>
    /// <param name="trials">The number of trials.</param>
    /// <param name="probability">The probability of success, from 0 to 1.</param>
    /// <param name="excess">k − trials · probability.</param>
    public static double OfBinomial(double k, double trials, double probability, double excess)
    {
        if (probability is 0 or 1)
        {
            return k == trials * probability ? 0 : double.NegativeInfinity;
        }

        var failures = trials - k;
        return k == 0 ? trials * ElementaryFunctions.Log1p(-probability)
            : failures == 0 ? trials * Math.Log(probability)
            : StirlingError(trials) - StirlingError(k) - StirlingError(failures)
                - Deviance(k, trials * probability, excess) - Deviance(failures, trials * (1 - probability), -excess)
                + (Math.Log(trials / k) - Math.Log(failures)) / 2 - Constants.LogSqrt2Pi;
    }

    /// <summary>
    /// The logarithm of the density of ln X, for X with the gamma distribution of shape a and rate 1: ln(xᵃ e⁻ˣ / Γ(a)).
    /// </summary>
    /// <param name="x">Above 0.</param>
    /// <param name="shape">a, above 0.</param>
    /// <param name="excess">x − a.</param>
    public static double OfLogGamma(double x, double shape, double excess) => double.IsPositiveInfinity(x)
        ? double.NegativeInfinity
        : Math.Log(shape) / 2 - Constants.LogSqrt2Pi - StirlingError(shape) - Deviance(shape, x, -excess);

    /// <summary>ln φ(z) of the standard normal distribution.</summary>
    public static double OfNormal(double z) => -z * z / 2 - Constants.LogSqrt2Pi;

    /// <summary>ln(a/b) of positive numbers, precise even if a and b are nearly equal or the quotient overflows or underflows.</summary>
    public static double LogRatio(double a, double b)
    {
        var ratio = a / b;
        return ratio is > 0.5 and < 2 ? ElementaryFunctions.Log1p((a - b) / b)
            : ratio is > 1e-300 and < 1e300 || double.IsInfinity(a) ? Math.Log(ratio)
            : Math.Log(a) - Math.Log(b);
    }

    /// <summary>The error of Stirling's formula δ(x) = ln Γ(x + 1) − ½ ln 2πx − x ln x + x, for x above 0.</summary>
    /// <remarks>From 16 on by DLMF 5.11.1; smaller x are increased to 16 by the recurrence Γ(x + 2) = (x + 1) Γ(x + 1).</remarks>
    internal static double StirlingError(double x)
    {
        var below = 0.0;
        for (; x < SeriesFrom; x++)
        {
            below += (x + 0.5) * ElementaryFunctions.Log1p(1 / x) - 1;
        }

        var s = 1 / (x * x);
        return below + (1.0 / 12 - s * (1.0 / 360 - s * (1.0 / 1260 - s * (1.0 / 1680 - s * (1.0 / 1188 - s * (691.0 / 360360)))))) / x;
    }

    /// <summary>The deviance D(x, m) = x ln(x/m) + m − x ≥ 0, for x and m above 0.</summary>
    /// <remarks>
    /// <c>difference</c> is x − m. As ln(x/m) = 2 artanh v with v = (x − m)/(x + m), D = (x − m) v + 2x (v³/3 + v⁵/5 + …),
    /// without cancellation.
    /// </remarks>
    internal static double Deviance(double x, double m, double difference)
    {
        var v = difference / 2 / (x / 2 + m / 2);
        if (Math.Abs(v) > 0.3)
        {
            return x * LogRatio(x, m) - difference;
        }

        var (sum, power) = (0.0, v * v);
        for (var n = 3; ; n += 2)
        {
            var more = sum + power / n;
            if (more == sum)
            {
                return difference * v + 2 * x * v * sum;
            }

            (sum, power) = (more, power * v * v);
        }
    }
}
