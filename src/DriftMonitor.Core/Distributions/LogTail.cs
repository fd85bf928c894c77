using DriftMonitor.Core.Divergences;
using MathNet.Numerics;

namespace DriftMonitor.Core.Distributions;

/// <summary>Logarithms of tail probabilities, also where the probability itself is below the least double.</summary>
/// <remarks>NIST Digital Library of Mathematical Functions, 7.9.3 (the normal tail), 8.7.1 and 8.9.2 (the incomplete gamma functions).</remarks>
internal static class LogTail
{
    private const double FarOut = 6; // standard deviations from which the continued fraction is quick
    private const double TooSmall = 1e-280; // below which MathNet's function runs out of digits, or gives 0

    /// <summary>ln P(Z ≥ z) of the standard normal distribution.</summary>
    public static double OfNormal(double z)
    {
        if (z < FarOut)
        {
            return z < 0 ? Information.Log1p(-SpecialFunctions.Erfc(-z / Constants.Sqrt2) / 2) : Math.Log(SpecialFunctions.Erfc(z / Constants.Sqrt2) / 2);
        }

        var fraction = z; // z + 1/(z + 2/(z + 3/(z + …)))
        for (var n = 60; n >= 1; n--)
        {
            fraction = z + n / fraction;
        }

        return -z * z / 2 - Constants.LogSqrt2Pi - Math.Log(fraction);
    }

    /// <summary>ln P(X &lt; x) of the gamma distribution of a shape and rate 1: the lower regularised incomplete gamma function; x above 0.</summary>
    public static double OfGammaBelow(double shape, double x)
    {
        if (double.IsPositiveInfinity(x))
        {
            return 0;
        }

        if (x > shape)
        {
            return Information.Log1p(-SpecialFunctions.GammaUpperRegularized(shape, x));
        }

        var probability = SpecialFunctions.GammaLowerRegularized(shape, x);
        if (probability > TooSmall)
        {
            return Math.Log(probability);
        }

        var (sum, term) = (1.0, 1.0); // Σ xⁿ / ((shape + 1) … (shape + n))
        for (var n = 1; term > sum * 1e-17; n++)
        {
            sum += term *= x / (shape + n);
        }

        return shape * Math.Log(x) - x - SpecialFunctions.GammaLn(shape + 1) + Math.Log(sum);
    }

    /// <summary>ln P(X ≥ x) of the gamma distribution of a shape and rate 1: the upper regularised incomplete gamma function; x above 0.</summary>
    public static double OfGammaAbove(double shape, double x)
    {
        if (double.IsPositiveInfinity(x))
        {
            return double.NegativeInfinity;
        }

        if (x <= shape)
        {
            return Information.Log1p(-SpecialFunctions.GammaLowerRegularized(shape, x));
        }

        var probability = SpecialFunctions.GammaUpperRegularized(shape, x);
        if (probability > TooSmall)
        {
            return Math.Log(probability);
        }

        // x + (1 − a)/(1 + 1/(x + (2 − a)/(1 + 2/(x + …)))): so far out, x exceeds the shape by hundreds, and a hundred terms are plenty.
        var fraction = x;
        for (var n = 100; n >= 1; n--)
        {
            fraction = x + (n - shape) / (1 + n / fraction);
        }

        return shape * Math.Log(x) - x - SpecialFunctions.GammaLn(shape) - Math.Log(fraction);
    }
}
