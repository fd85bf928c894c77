using DriftMonitor.Core.Divergences;
using MathNet.Numerics;

namespace DriftMonitor.Core.Readings;

/// <summary>What distinguishes a segment's window from what it is compared with.</summary>
/// <remarks>
/// A bin is listed where dᵢ = pᵢ ln(pᵢ/qᵢ) − pᵢ + qᵢ exceeds c (1 − qᵢ)/(2n*). These dᵢ are never negative and sum to D(current ‖
/// reference). Without a difference (1 − qᵢ)/(2n*) is their mean, and the sum of the means is the noise; 2n* dᵢ/(1 − qᵢ) is then
/// asymptotically χ² with one degree of freedom (Wilks, Annals of Mathematical Statistics 9 (1938) 60–62). c is that distribution's
/// quantile at 1 − <see cref="Chance"/>/K°, so that of segments without a difference at most the share <see cref="Chance"/> has any bin
/// listed (Bonferroni), where events are independent.
/// </remarks>
public sealed record SegmentProfile
{
    /// <summary>The share of segments without a difference that may have a bin listed.</summary>
    public const double Chance = 0.05;

    private SegmentProfile(string segment, Reading reading, WindowHistogram? histogram)
    {
        (Segment, Reading, Histogram) = (segment, reading, histogram);
        var moved = reading.Measurement is { } measurement && histogram is not null ? Distinct(histogram, measurement) : [];
        Preferred = [.. moved.Where(bin => bin.Share > bin.ReferenceShare)];
        Avoided = [.. moved.Where(bin => bin.Share < bin.ReferenceShare)];
    }

    /// <summary>The segment.</summary>
    public string Segment { get; }

    /// <summary>Its reading.</summary>
    public Reading Reading { get; }

    /// <summary>The window's counts beside the reference; null before the first pane closes.</summary>
    public WindowHistogram? Histogram { get; }

    /// <summary>The bins that are more frequent than in the reference by more than chance, those that moved most first.</summary>
    public IReadOnlyList<DistinctBin> Preferred { get; }

    /// <summary>The bins that are less frequent than in the reference by more than chance, those that moved most first.</summary>
    public IReadOnlyList<DistinctBin> Avoided { get; }

    /// <summary>The profiles of segments, by descending excess; segments without a reading come last. Then in ordinal order.</summary>
    /// <param name="segments">Each segment with the reading and the histogram of the same window.</param>
    /// <param name="most">The most profiles.</param>
    public static IReadOnlyList<SegmentProfile> Rank(
        IEnumerable<(string Segment, Reading Reading, WindowHistogram? Histogram)> segments, int most = int.MaxValue) =>
    [
        .. segments.OrderByDescending(one => one.Reading.Measurement?.ExcessNats ?? -1)
            .ThenBy(one => one.Segment, StringComparer.Ordinal)
            .Take(most)
            .Select(one => new SegmentProfile(one.Segment, one.Reading, one.Histogram)),
    ];

    /// <summary>c, for K° occupied bins: what a bin's 2n* dᵢ/(1 − qᵢ) has to exceed.</summary>
    public static double Limit(int occupiedBins)
    {
        var deviation = SpecialFunctions.ErfcInv(Chance / occupiedBins); // P(|Z| > x) = erfc(x/√2)
        return 2 * deviation * deviation;
    }

    private static IEnumerable<DistinctBin> Distinct(WindowHistogram histogram, Measurement measurement)
    {
        if (measurement.OccupiedBins < 2 || histogram.Reference is not { } reference)
        {
            return [];
        }

        var apart = 2 * measurement.NoiseNats / (measurement.OccupiedBins - 1); // 1/n*
        var least = Limit(measurement.OccupiedBins) * apart / 2;
        return histogram.MovedMost(int.MaxValue)
            .Where(moved => moved.MovedNats > least * (1 - reference.Smoothed[moved.Bin]))
            .Select(moved => new DistinctBin(
                moved.Bin, moved.Share, reference.Smoothed[moved.Bin],
                moved.Share == 0 ? 0 : moved.Share * Math.Log(moved.Share / reference.Smoothed[moved.Bin])));
    }
}
