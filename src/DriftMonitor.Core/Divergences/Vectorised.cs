using System.Numerics.Tensors;

namespace DriftMonitor.Core.Divergences;

/// <summary>The divergences of <see cref="Divergence"/> that a reading takes, by vector instructions: the same but for the order of summation.</summary>
/// <remarks>
/// Two to ten times as fast as the definitions from 20 bins on (MeasureBenchmarks; Jensen-Shannon of 64 bins 0.3 µs in place of 1.2), and within relative 1e-12 or absolute 1e-15 of them. L∞ is not here, as it is slower at 20 bins.
/// They have no branch for an empty bin: where it matters, each says which probabilities must be above 0.
/// </remarks>
public static class Vectorised
{
    private const int OnStack = 512;

    /// <summary><see cref="Divergence.Jeffreys"/>, every probability above 0.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Jeffreys(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
    {
        Information.RequireSameLength(p, q);
        var logs = p.Length <= OnStack ? stackalloc double[p.Length] : new double[p.Length];
        var differences = p.Length <= OnStack ? stackalloc double[p.Length] : new double[p.Length];
        TensorPrimitives.Divide(p, q, logs);
        TensorPrimitives.Log(logs, logs);
        TensorPrimitives.Subtract(p, q, differences);
        return TensorPrimitives.Dot<double>(differences, logs);
    }

    /// <summary><see cref="Divergence.JensenShannon"/>, every probability above 0.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double JensenShannon(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
    {
        Information.RequireSameLength(p, q);
        var mean = p.Length <= OnStack ? stackalloc double[p.Length] : new double[p.Length];
        var logs = p.Length <= OnStack ? stackalloc double[p.Length] : new double[p.Length];
        TensorPrimitives.Add(p, q, mean);
        TensorPrimitives.Multiply(mean, 0.5, mean);
        TensorPrimitives.Divide(p, mean, logs);
        TensorPrimitives.Log(logs, logs);
        var twice = TensorPrimitives.Dot(p, logs);
        TensorPrimitives.Divide(q, mean, logs);
        TensorPrimitives.Log(logs, logs);
        twice += TensorPrimitives.Dot(q, logs);
        return Math.Clamp(twice / 2, 0, Math.Log(2));
    }

    /// <summary><see cref="Divergence.Hellinger"/>.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Hellinger(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
    {
        Information.RequireSameLength(p, q);
        var ofP = p.Length <= OnStack ? stackalloc double[p.Length] : new double[p.Length];
        var ofQ = p.Length <= OnStack ? stackalloc double[p.Length] : new double[p.Length];
        TensorPrimitives.Sqrt(p, ofP);
        TensorPrimitives.Sqrt(q, ofQ);
        TensorPrimitives.Subtract(ofP, ofQ, ofP);
        return Math.Min(1, Math.Sqrt(TensorPrimitives.SumOfSquares<double>(ofP) / 2));
    }

    /// <summary><see cref="Divergence.TotalVariation"/>.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double TotalVariation(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
    {
        Information.RequireSameLength(p, q);
        var differences = p.Length <= OnStack ? stackalloc double[p.Length] : new double[p.Length];
        TensorPrimitives.Subtract(p, q, differences);
        return Math.Min(1, TensorPrimitives.SumOfMagnitudes<double>(differences) / 2);
    }

    /// <summary><see cref="Divergence.ChiSquare"/>, every probability of the reference above 0.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double ChiSquare(ReadOnlySpan<double> current, ReadOnlySpan<double> reference)
    {
        Information.RequireSameLength(current, reference);
        var differences = current.Length <= OnStack ? stackalloc double[current.Length] : new double[current.Length];
        var ratios = current.Length <= OnStack ? stackalloc double[current.Length] : new double[current.Length];
        TensorPrimitives.Subtract(current, reference, differences);
        TensorPrimitives.Divide(differences, reference, ratios);
        return TensorPrimitives.Dot<double>(differences, ratios);
    }
}
