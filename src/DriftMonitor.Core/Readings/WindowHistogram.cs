using DriftMonitor.Core.Distributions;

namespace DriftMonitor.Core.Readings;

/// <summary>A window's counts, and what each bin contributes to D(current ‖ reference), in nats: signed, and summing to it.</summary>
/// <param name="Reference">What the window is compared with; null while that is not known.</param>
/// <param name="Counts">The events in each bin.</param>
/// <param name="ContributionsNats">Each bin's contribution; 0 where there is no reference.</param>
public sealed record WindowHistogram(Reference? Reference, long[] Counts, double[] ContributionsNats)
{
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

        var events = Math.Max(1, Counts.Sum());
        return [.. ContributionsNats
            .Select((contribution, bin) =>
            {
                var share = (double)Counts[bin] / events;
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
