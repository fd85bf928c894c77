using MathNet.Numerics;

namespace DriftMonitor.Core.Numerics;

/// <summary>Draws random numbers of given distributions. The caller seeds the generator, so every draw can be repeated.</summary>
public static class Chance
{
    private const double LargestMeanByProducts = 30;

    /// <summary>Draws a standard normal number by the Box-Muller transform.</summary>
    /// <remarks>Box and Muller, "A note on the generation of random normal deviates", Ann. Math. Statist. 29 (1958) 610–611.</remarks>
    public static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>Draws a Poisson count.</summary>
    /// <param name="random">The generator.</param>
    /// <param name="mean">The mean, not negative.</param>
    /// <returns>The count, from 0.</returns>
    /// <remarks>
    /// Means below 30: products of uniform numbers (Knuth, The Art of Computer Programming, 3.4.1). From 30 on: transformed rejection with
    /// squeeze, algorithm PTRS (Hörmann, "The transformed rejection method for generating Poisson random variables", Insurance:
    /// Mathematics and Economics 12 (1993) 39–45).
    /// </remarks>
    public static long Poisson(Random random, double mean)
    {
        if (mean < LargestMeanByProducts)
        {
            return PoissonByProducts(random, Math.Exp(-mean));
        }

        var b = 0.931 + 2.53 * Math.Sqrt(mean);
        var a = -0.059 + 0.02483 * b;
        var inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
        var quick = 0.9277 - 3.6224 / (b - 2);
        while (true)
        {
            var u = random.NextDouble() - 0.5;
            var v = random.NextDouble();
            var us = 0.5 - Math.Abs(u);
            var k = Math.Floor((2 * a / us + b) * u + mean + 0.43);
            if (us >= 0.07 && v <= quick)
            {
                return (long)k;
            }

            if (k < 0 || (us < 0.013 && v > us))
            {
                continue;
            }

            var logProbability = -mean + k * Math.Log(mean) - SpecialFunctions.GammaLn(k + 1); // ln k! = ln Γ(k + 1)
            if (Math.Log(v) + Math.Log(inverseAlpha) - Math.Log(a / (us * us) + b) <= logProbability)
            {
                return (long)k;
            }
        }
    }

    private static long PoissonByProducts(Random random, double limit)
    {
        var count = -1L;
        for (var product = 1.0; product > limit; count++)
        {
            product *= random.NextDouble();
        }

        return Math.Max(0, count);
    }
}
