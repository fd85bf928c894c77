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
    /// Ranked by pᵢ ln(pᵢ/qᵢ) − pᵢ + qᵢ, which is never negative and sums to the divergence too, as p and q sum to 1. The
    /// signed contribution would not do: that of a bin which has lost all its mass is 0.
    /// </remarks>
    public IReadOnlyList<MovedBin> MovedMost(int count)
    {
        if (Reference is not { } reference)
        {
            return [];
        }

        var events = Math.Max(1, Counts.Sum());
        return [.. ContributionsNats
            .Select((contribution, bin) => (Bin: bin, Share: (double)Counts[bin] / events, Contribution: contribution))
            .OrderByDescending(bin => bin.Contribution - bin.Share + reference.Smoothed[bin.Bin])
            .Take(count)
            .Select(bin => new MovedBin(bin.Bin, bin.Share, (double)reference.Counts[bin.Bin] / reference.Events, bin.Contribution))];
    }
}

/// <summary>A bin's share of the window and of the reference, and what it contributes to D(current ‖ reference).</summary>
public readonly record struct MovedBin(int Bin, double Share, double ReferenceShare, double ContributionNats);
