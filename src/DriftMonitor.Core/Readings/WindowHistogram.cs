using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Readings;

/// <summary>A window's counts beside what they are compared with.</summary>
/// <remarks>Each series keeps one for each window until its next pane closes, so the counts are packed.</remarks>
public sealed class WindowHistogram
{
    private readonly byte[] _counts;
    private readonly int _bins;

    /// <summary>A histogram of counts, which are copied.</summary>
    /// <param name="binning">The bins.</param>
    /// <param name="reference">What the window is compared with; null while that is not known.</param>
    /// <param name="counts">The events in each bin.</param>
    public WindowHistogram(FieldBinning binning, Reference? reference, ReadOnlySpan<long> counts) =>
        (Binning, Reference, _counts, _bins) = (binning, reference, PackedCounts.Pack(counts), counts.Length);

    /// <summary>The bins.</summary>
    public FieldBinning Binning { get; }

    /// <summary>What the window is compared with; null while that is not known.</summary>
    public Reference? Reference { get; }

    /// <summary>The events in each bin.</summary>
    public long[] Counts()
    {
        var counts = new long[_bins];
        ReadOnlySpan<byte> packed = _counts;
        var bin = -1;
        while (PackedCounts.TryRead(ref packed, ref bin, out var count))
        {
            counts[bin] = count;
        }

        return counts;
    }

    /// <summary>
    /// What each bin contributes to D(current ‖ reference), in nats: signed, and summing to it; 0 where there is no reference.
    /// </summary>
    public double[] ContributionsNats()
    {
        var counts = Counts();
        return Reference is null
            ? new double[_bins]
            : IncrementalKullbackLeibler.Contributions(counts, counts.Sum(), Reference.Smoothed);
    }

    /// <summary>The bins that moved most, up or down, the most moved first.</summary>
    /// <remarks>
    /// Ranked by pᵢ ln(pᵢ/qᵢ) − pᵢ + qᵢ, which is never negative and sums to the divergence too, as p and q each sum to 1. The
    /// signed contribution pᵢ ln(pᵢ/qᵢ) is no measure of how far a bin moved: it is 0 for a bin that has lost all its events.
    /// </remarks>
    public IReadOnlyList<MovedBin> MovedMost(int count)
    {
        if (Reference is not { } reference)
        {
            return [];
        }

        var counts = Counts();
        var events = Math.Max(1, counts.Sum());
        return [.. ContributionsNats()
            .Select((contribution, bin) =>
            {
                var share = (double)counts[bin] / events;
                var movedNats = Math.Max(0, contribution - share + reference.Smoothed[bin]); // rounding may give −1e-17
                return new MovedBin(bin, share, (double)reference.Counts[bin] / reference.Events, movedNats);
            })
            .OrderByDescending(bin => bin.MovedNats)
            .Take(count)];
    }
}

/// <summary>A bin that moved.</summary>
/// <param name="Bin">Its index.</param>
/// <param name="Share">Its share of the window, p, from 0 to 1.</param>
/// <param name="ReferenceShare">Its share of the reference as counted, from 0 to 1.</param>
/// <param name="MovedNats">
/// How far it moved: p ln(p/q) − p + q with the smoothed reference q, in nats. At least 0; over all bins it sums to D(current ‖
/// reference).
/// </param>
public readonly record struct MovedBin(int Bin, double Share, double ReferenceShare, double MovedNats);
