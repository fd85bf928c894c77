namespace DriftMonitor.Core.Numerics;

/// <summary>Draws from distributions, from a generator that the caller seeds.</summary>
public static class Chance
{
    private const double MostByProducts = 30;

    /// <summary>A standard normal number (Box and Muller 1958).</summary>
    public static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>A Poisson count of a mean.</summary>
    /// <remarks>
    /// By products of uniforms up to a mean of 30 (Knuth, The Art of Computer Programming, 3.4.1); beyond, by transformed rejection with squeeze
    /// (Hörmann, "The transformed rejection method for generating Poisson random variables", Insurance: Mathematics and Economics 12 (1993) 39–45).
    /// </remarks>
    public static long Poisson(Random random, double mean)
    {
        if (mean < MostByProducts)
        {
            var limit = Math.Exp(-mean);
            var count = -1L;
            for (var product = 1.0; product > limit; count++)
            {
                product *= random.NextDouble();
            }

            return Math.Max(0, count);
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

            if (Math.Log(v) + Math.Log(inverseAlpha) - Math.Log(a / (us * us) + b) <= -mean + k * Math.Log(mean) - LogFactorial(k))
            {
                return (long)k;
            }
        }
    }

    // Stirling's series; k is at least a few here, and the error below 1e-10.
    private static double LogFactorial(double k)
    {
        if (k < 10)
        {
            var product = 1.0;
            for (var i = 2; i <= k; i++)
            {
                product *= i;
            }

            return Math.Log(product);
        }

        var n = k + 1;
        return (n - 0.5) * Math.Log(n) - n + 0.5 * Math.Log(2 * Math.PI) + (1 / 12.0 - (1 / 360.0 - 1 / (1260 * n * n)) / (n * n)) / n;
    }
}
