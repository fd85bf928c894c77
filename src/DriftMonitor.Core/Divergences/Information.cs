using System.Numerics.Tensors;
using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Core.Divergences;

/// <summary>
/// Entropy and Kullback-Leibler divergence of probability vectors, by definition: natural logarithm, 0 ln 0 = 0.
/// The command-line tools use them, and tests compare the incremental forms with them.
/// </summary>
/// <remarks>Cover and Thomas, Elements of Information Theory, 2nd edition, chapter 2.</remarks>
public static class Information
{
    /// <summary>The entropy H(p) = −Σ pᵢ ln pᵢ, in nats.</summary>
    /// <returns>From 0, if one bin has probability 1, to ln K, for K equally likely bins.</returns>
    public static double Entropy(ReadOnlySpan<double> p)
    {
        var sum = 0.0;
        foreach (var value in p)
        {
            sum -= value > 0 ? value * Math.Log(value) : 0;
        }

        return sum;
    }

    /// <summary>The cross-entropy H(current, reference) = −Σ pᵢ ln qᵢ = H(current) + D(current ‖ reference), in nats.</summary>
    /// <returns>From H(current); +∞ if some bin has pᵢ &gt; 0 and qᵢ = 0.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double CrossEntropy(ReadOnlySpan<double> current, ReadOnlySpan<double> reference)
    {
        RequireSameLength(current, reference);
        var sum = 0.0;
        for (var i = 0; i < current.Length; i++)
        {
            sum -= current[i] > 0 ? current[i] * Math.Log(reference[i]) : 0;
        }

        return sum;
    }

    /// <summary>The Kullback-Leibler divergence D(current ‖ reference) = Σ pᵢ ln(pᵢ / qᵢ), in nats.</summary>
    /// <returns>From 0, if the two are equal; +∞ if some bin has pᵢ &gt; 0 and qᵢ = 0.</returns>
    /// <remarks>Kullback and Leibler, "On information and sufficiency", Annals of Mathematical Statistics 22 (1951) 79–86.</remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double KullbackLeibler(ReadOnlySpan<double> current, ReadOnlySpan<double> reference)
    {
        RequireSameLength(current, reference);
        var sum = 0.0;
        for (var i = 0; i < current.Length; i++)
        {
            sum += Contribution(current[i], reference[i]);
        }

        return sum;
    }

    /// <summary>
    /// The signed contribution of one bin to D(current ‖ reference): pᵢ ln(pᵢ / qᵢ), in nats; negative if the bin lost mass.
    /// </summary>
    /// <param name="current">pᵢ.</param>
    /// <param name="reference">qᵢ.</param>
    public static double Contribution(double current, double reference) => current > 0 ? current * Math.Log(current / reference) : 0;

    /// <summary>
    /// The Rényi entropy of order α, H_α(p) = ln(Σ pᵢ^α) / (1 − α), in nats. It never increases as the order increases.
    /// </summary>
    /// <param name="p">The distribution; at least one bin.</param>
    /// <param name="order">
    /// α, from 0 to +∞. 0: ln of the number of bins that are not empty (Hartley entropy). 1 (the limit): Shannon entropy. 2: collision
    /// entropy. +∞: −ln max pᵢ (min-entropy).
    /// </param>
    /// <returns>From 0, if one bin has probability 1, to ln K, for K equally likely bins.</returns>
    /// <remarks>Rényi, "On measures of entropy and information", Proc. 4th Berkeley Symposium 1 (1961) 547–561.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The order is negative or not a number.</exception>
    public static double RenyiEntropy(ReadOnlySpan<double> p, double order)
    {
        RequireOrder(order);
        return order switch
        {
            0 => Math.Log(p.Length - p.Count(0.0)),
            1 => Entropy(p),
            double.PositiveInfinity => Math.Max(0, -Math.Log(TensorPrimitives.Max(p))),
            _ => Math.Max(0, LogOfMeanPower(p, over: [], order - 1) / (1 - order)),
        };
    }

    /// <summary>
    /// ln Σ pᵢ (pᵢ / oᵢ)^s over the bins with pᵢ &gt; 0; without o, ln Σ pᵢ pᵢ^s. ±∞ if the sum is 0 or infinite.
    /// </summary>
    /// <remarks>
    /// With xᵢ = s ln(pᵢ/oᵢ) the sum is 1 + Σ pᵢ (exp xᵢ − 1). The second term keeps its precision if s is near 0 or p is near
    /// o. If it is large or near −1, the largest exponent is factored out of the sum instead, so that nothing overflows.
    /// </remarks>
    internal static double LogOfMeanPower(ReadOnlySpan<double> p, ReadOnlySpan<double> over, double s)
    {
        var excess = new CompensatedSum(); // over 1
        var largest = double.NegativeInfinity;
        for (var i = 0; i < p.Length; i++)
        {
            if (p[i] > 0)
            {
                var x = Exponent(p, over, s, i);
                excess.Add(p[i] * ElementaryFunctions.Expm1(x));
                largest = Math.Max(largest, x);
            }
        }

        if (double.IsInfinity(largest))
        {
            return largest;
        }

        if (excess.Value is > -0.5 and < double.PositiveInfinity)
        {
            return ElementaryFunctions.Log1p(excess.Value);
        }

        var sum = new CompensatedSum();
        for (var i = 0; i < p.Length; i++)
        {
            sum.Add(p[i] > 0 ? p[i] * Math.Exp(Exponent(p, over, s, i) - largest) : 0);
        }

        return largest + Math.Log(sum.Value);
    }

    internal static void RequireOrder(double order)
    {
        if (!(order >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(order), order, "a Rényi order is from 0 on");
        }
    }

    internal static void RequireSameLength(ReadOnlySpan<double> current, ReadOnlySpan<double> reference)
    {
        if (current.Length != reference.Length)
        {
            throw new ArgumentException(
                $"the current distribution has {current.Length} bins and the reference {reference.Length}: they must have the same number");
        }
    }

    private static double Exponent(ReadOnlySpan<double> p, ReadOnlySpan<double> over, double s, int bin) =>
        s * Math.Log(over.IsEmpty ? p[bin] : p[bin] / over[bin]);
}
