using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Core.Divergences;

/// <summary>
/// The Kullback-Leibler divergence between changing counts and a fixed reference, in both directions, updated in O(1) per change.
/// </summary>
/// <remarks>
/// With N = Σcᵢ, F[n] = n ln n and p̂ᵢ = (cᵢ + αᵢ)/(N + Σα):
/// <code>
/// D(p ‖ q)  = (Σ F[cᵢ] − Σ cᵢ ln qᵢ − F[N]) / N
/// D(q ‖ p̂) = Σ qᵢ ln qᵢ − Σ qᵢ ln(cᵢ + αᵢ) + ln(N + Σα)
/// </code>
/// Each count contributes to a sum through its own bin only. The sums are integers (<see cref="FixedPoint"/>): F and the logarithms are
/// rounded once, then added and subtracted exactly. So after any number of changes the value equals a recount from the same counts bit
/// for bit, rounding errors do not accumulate, and partial sums can be added. The rounding error of D(p ‖ q) is below 1e-15 nats, mostly
/// from rounding qᵢ to a double.
/// </remarks>
public sealed class IncrementalKullbackLeibler
{
    private readonly ReferenceTerms _terms;
    private readonly long[] _counts;
    private Int128 _forward; // Σ F[cᵢ] − Σ cᵢ ln qᵢ, Q64
    private Int128 _reverse; // Σ qᵢ ln(cᵢ + αᵢ), Q64

    /// <summary>Starts without events, against a reference.</summary>
    public IncrementalKullbackLeibler(Reference reference)
        : this(new ReferenceTerms(reference))
    {
    }

    /// <summary>Starts without events, against reference counts.</summary>
    /// <param name="referenceCounts">rᵢ, one for each bin.</param>
    /// <param name="smoothed">qᵢ, the smoothed distribution of the reference; above 0 in every bin.</param>
    /// <param name="pseudoCounts">αᵢ, one for each bin.</param>
    public IncrementalKullbackLeibler(ReadOnlySpan<long> referenceCounts, Distribution smoothed, ReadOnlySpan<double> pseudoCounts)
        : this(new ReferenceTerms(referenceCounts, smoothed, pseudoCounts))
    {
    }

    /// <summary>Starts without events, against the terms of a reference, which other windows may share.</summary>
    public IncrementalKullbackLeibler(ReferenceTerms terms)
    {
        _terms = terms;
        _counts = new long[terms.Bins];
        _reverse = terms.EmptyReverse;
    }

    /// <summary>The reference; null if only its counts were given.</summary>
    public Reference? Reference => _terms.Reference;

    /// <summary>cᵢ, the number of events in each bin.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>N = Σ cᵢ, the number of events.</summary>
    public long Events { get; private set; }

    /// <summary>Adds events to a bin or removes them.</summary>
    /// <param name="bin">The bin.</param>
    /// <param name="by">The number of events to add; negative to remove events.</param>
    /// <exception cref="ArgumentOutOfRangeException">More events would be removed than the bin has.</exception>
    public void Change(int bin, long by)
    {
        var before = _counts[bin];
        var after = before + by;
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        _counts[bin] = after;
        Events += by;
        _forward += _terms.ForwardChange(bin, before, after);
        _reverse += _terms.ReverseChange(bin, before, after);
    }

    /// <summary>D(current ‖ reference) in nats, from 0, with the current distribution as counted; 0 without events.</summary>
    public double Forward() =>
        Events == 0 ? 0 : Math.Max(0, FixedPoint.ToDouble(_forward - FixedPoint.NLogN(Events)) / Events);

    /// <summary>D(reference ‖ current) in nats, from 0, with the current distribution smoothed like the reference.</summary>
    public double Reverse() =>
        Math.Max(0, FixedPoint.ToDouble(_terms.NegativeEntropy - _reverse + _terms.ReverseTotal(Events)));

    /// <summary>
    /// The cross-entropy −Σ pᵢ ln qᵢ in nats, the current distribution as counted: its entropy and D(current ‖ reference) together. 0
    /// without events. Takes O(K).
    /// </summary>
    /// <remarks>Summed as integers, like the divergence: a recount from the same counts gives the same bits.</remarks>
    public double CrossEntropy()
    {
        var sum = Int128.Zero;
        for (var i = 0; i < _counts.Length; i++)
        {
            sum += _terms.Surprise(i, _counts[i]);
        }

        return Events == 0 ? 0 : Math.Max(0, FixedPoint.ToDouble(sum) / Events);
    }

    /// <summary>
    /// The entropy −Σ qᵢ ln qᵢ of the reference in nats: the cross-entropy that windows have on average while nothing drifts.
    /// </summary>
    public double ReferenceEntropy() => Math.Max(0, FixedPoint.ToDouble(-_terms.NegativeEntropy));

    /// <summary>K°, the number of bins in which the reference or the window has events.</summary>
    public int OccupiedBins()
    {
        var occupied = 0;
        var reference = _terms.Counts;
        for (var i = 0; i < _counts.Length; i++)
        {
            occupied += _counts[i] > 0 || reference[i] > 0 ? 1 : 0;
        }

        return occupied;
    }

    /// <summary>
    /// The signed contributions pᵢ ln(pᵢ / qᵢ) of the bins to D(current ‖ reference), in nats; their sum is the divergence.
    /// </summary>
    public double[] Contributions() => Contributions(_counts, Events, _terms.Smoothed);

    /// <summary>The contributions of counts, as above.</summary>
    /// <param name="counts">cᵢ, the number of events in each bin.</param>
    /// <param name="events">N = Σ cᵢ.</param>
    /// <param name="reference">qᵢ; above 0 in every bin.</param>
    public static double[] Contributions(ReadOnlySpan<long> counts, long events, Distribution reference)
    {
        var contributions = new double[counts.Length];
        if (events > 0)
        {
            var q = reference.Probabilities;
            for (var i = 0; i < contributions.Length; i++)
            {
                contributions[i] = Information.Contribution((double)counts[i] / events, q[i]);
            }
        }

        return contributions;
    }
}
