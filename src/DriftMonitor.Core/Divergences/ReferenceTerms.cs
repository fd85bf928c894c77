using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Core.Divergences;

/// <summary>
/// What a Kullback-Leibler divergence takes from the reference alone. It never changes, so all windows that are compared with a reference
/// share one.
/// </summary>
public sealed class ReferenceTerms
{
    private const int ProbabilityBits = 62;

    private readonly double[] _pseudo; // αᵢ
    private readonly long[]? _counts; // rᵢ; the reference has them, if there is one
    private readonly Int128[] _logarithms; // ln qᵢ, Q64
    private readonly long[] _weights; // qᵢ, Q62
    private readonly long _weightTotal; // Σ qᵢ as rounded, Q62

    /// <summary>The terms of a reference.</summary>
    public ReferenceTerms(Reference reference)
        : this(reference.Smoothed, reference.Binning.PseudoCounts(reference.PseudoCount)) => Reference = reference;

    /// <summary>The terms of reference counts.</summary>
    /// <param name="counts">rᵢ, one for each bin.</param>
    /// <param name="smoothed">qᵢ, the smoothed distribution of the reference; above 0 in every bin.</param>
    /// <param name="pseudoCounts">αᵢ, one for each bin.</param>
    public ReferenceTerms(ReadOnlySpan<long> counts, Distribution smoothed, ReadOnlySpan<double> pseudoCounts)
        : this(smoothed, pseudoCounts.ToArray()) => _counts = counts.ToArray();

    private ReferenceTerms(Distribution smoothed, double[] pseudoCounts)
    {
        Smoothed = smoothed;
        _pseudo = pseudoCounts;
        PseudoTotal = _pseudo.Sum();
        var q = smoothed.Probabilities;
        _logarithms = new Int128[q.Length];
        _weights = new long[q.Length];
        for (var i = 0; i < q.Length; i++)
        {
            _logarithms[i] = FixedPoint.Log(q[i]);
            _weights[i] = (long)Math.ScaleB(q[i], ProbabilityBits);
            _weightTotal += _weights[i];
            NegativeEntropy += Weigh(_weights[i], _logarithms[i]);
            EmptyReverse += Reverse(i, 0);
        }
    }

    /// <summary>The reference; null if only its counts were given.</summary>
    public Reference? Reference { get; }

    /// <summary>qᵢ.</summary>
    public Distribution Smoothed { get; }

    /// <summary>rᵢ.</summary>
    public ReadOnlySpan<long> Counts => Reference is null ? _counts : Reference.Counts;

    /// <summary>The number of bins.</summary>
    public int Bins => _weights.Length;

    /// <summary>Σ αᵢ.</summary>
    public double PseudoTotal { get; }

    /// <summary>Σ qᵢ ln qᵢ, Q64.</summary>
    public Int128 NegativeEntropy { get; }

    /// <summary>Σ qᵢ ln αᵢ, Q64: the sum of D(q ‖ p̂) of an empty window.</summary>
    public Int128 EmptyReverse { get; }

    /// <summary>The change of F[cᵢ] − cᵢ ln qᵢ, Q64: what a bin contributes to the sum of D(p ‖ q).</summary>
    public Int128 ForwardChange(int bin, long before, long after) =>
        FixedPoint.NLogN(after) - FixedPoint.NLogN(before) - (after - before) * _logarithms[bin];

    /// <summary>−cᵢ ln qᵢ, Q64: what a bin contributes to the sum of the cross-entropy.</summary>
    public Int128 Surprise(int bin, long count) => -count * _logarithms[bin];

    /// <summary>The change of qᵢ ln(cᵢ + αᵢ), Q64: what a bin contributes to the sum of D(q ‖ p̂).</summary>
    public Int128 ReverseChange(int bin, long before, long after) => Reverse(bin, after) - Reverse(bin, before);

    /// <summary>Σ qᵢ ln(N + Σα), Q64.</summary>
    public Int128 ReverseTotal(long events) => Weigh(_weightTotal, FixedPoint.Log(events + PseudoTotal));

    private Int128 Reverse(int bin, long count) => Weigh(_weights[bin], FixedPoint.Log(count + _pseudo[bin]));

    // The product of a Q62 weight in [0, 1] and a Q64 logarithm below 2⁶. Dropping eight bits of the logarithm keeps it within 128 bits.
    private static Int128 Weigh(long weight, Int128 logarithm) => weight * (logarithm >> 8) >> (ProbabilityBits - 8);
}
