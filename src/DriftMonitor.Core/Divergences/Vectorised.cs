using System.Numerics.Tensors;

namespace DriftMonitor.Core.Divergences;

/// <summary>
/// Vectorised forms of the divergences of <see cref="Divergence"/> that readings need. Only the order of summation differs.
/// </summary>
/// <remarks>
/// From 20 bins on they are two to ten times as fast as the definitions (MeasureBenchmarks; Jensen-Shannon of 64 bins: 0.3 µs instead of
/// 1.2), and within relative 1e-12 or absolute 1e-15 of them. L∞ is not among them, as it would be slower at 20 bins. Empty bins are not
/// handled separately; each form says which probabilities must be above 0.
/// </remarks>
public static class Vectorised
{
    private const int MaximumBinsOnStack = 512;

    /// <summary><see cref="Divergence.Jeffreys"/>. Every probability must be above 0.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Jeffreys(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
    {
        Information.RequireSameLength(p, q);
        var logs = p.Length <= MaximumBinsOnStack ? stackalloc double[p.Length] : new double[p.Length];
        var differences = p.Length <= MaximumBinsOnStack ? stackalloc double[p.Length] : new double[p.Length];
        TensorPrimitives.Divide(p, q, logs);
        TensorPrimitives.Log(logs, logs);
        TensorPrimitives.Subtract(p, q, differences);
        return TensorPrimitives.Dot<double>(differences, logs);
    }

    /// <summary><see cref="Divergence.JensenShannon"/>. Every probability must be above 0.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double JensenShannon(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
    {
        Information.RequireSameLength(p, q);
        var mean = p.Length <= MaximumBinsOnStack ? stackalloc double[p.Length] : new double[p.Length];
        var logs = p.Length <= MaximumBinsOnStack ? stackalloc double[p.Length] : new double[p.Length];
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
        var ofP = p.Length <= MaximumBinsOnStack ? stackalloc double[p.Length] : new double[p.Length];
        var ofQ = p.Length <= MaximumBinsOnStack ? stackalloc double[p.Length] : new double[p.Length];
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
        var differences = p.Length <= MaximumBinsOnStack ? stackalloc double[p.Length] : new double[p.Length];
        TensorPrimitives.Subtract(p, q, differences);
        return Math.Min(1, TensorPrimitives.SumOfMagnitudes<double>(differences) / 2);
    }

    /// <summary><see cref="Divergence.ChiSquare"/>. Every probability of the reference must be above 0.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double ChiSquare(ReadOnlySpan<double> current, ReadOnlySpan<double> reference)
    {
        Information.RequireSameLength(current, reference);
        var differences = current.Length <= MaximumBinsOnStack ? stackalloc double[current.Length] : new double[current.Length];
        var ratios = current.Length <= MaximumBinsOnStack ? stackalloc double[current.Length] : new double[current.Length];
        TensorPrimitives.Subtract(current, reference, differences);
        TensorPrimitives.Divide(differences, reference, ratios);
        return TensorPrimitives.Dot<double>(differences, ratios);
    }
}
