using System.Runtime.InteropServices;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming.References;

/// <summary>Counts the events of each pane (and segment): the values of <c>volume()</c>.</summary>
/// <param name="spec">The monitor.</param>
internal sealed class VolumeSample(MonitorSpec spec)
{
    private readonly Dictionary<(int Segment, long Pane), long> _counts = [];
    private readonly Dictionary<string, int> _segmentIds = new(StringComparer.Ordinal);

    /// <summary>The number of segments that can have a series.</summary>
    public int SegmentCount => _segmentIds.Keys.Count(FieldSample.HasSeries);

    /// <summary>Adds an event.</summary>
    /// <param name="time">Its time.</param>
    /// <param name="segment">Its segment in UTF-8; empty if there are no segments.</param>
    public void Add(EventTime time, ReadOnlySpan<byte> segment) =>
        CollectionsMarshal.GetValueRefOrAddDefault(
            _counts, (FieldSample.GetId(segment, _segmentIds), spec.Pane.PaneOf(time)), out _)++;

    /// <summary>
    /// The values: one for each pane of the reference that is not excluded, 0 if it has no event; with segments, one for each of the
    /// <see cref="MonitorSpec.MostSegments"/> with the most events.
    /// </summary>
    /// <param name="period">The reference's period.</param>
    /// <param name="excluded">Periods that are left out.</param>
    /// <param name="isSegmented">Whether there are segments.</param>
    /// <exception cref="ReferenceException">There are too many.</exception>
    public FieldSample Derive(Period period, IReadOnlyList<Period> excluded, bool isSegmented)
    {
        var sample = new FieldSample(spec.Pane, isCategorical: false, isSegmented ? _segmentIds : null);
        int[] segments = isSegmented ? LargestSegments() : [.. _segmentIds.Values];
        var panes = ReferenceCourse.IncludedPanes(spec.Pane, period, excluded).ToList();
        if ((long)panes.Count * segments.Length > ReferenceBuilder.MostPanes)
        {
            throw new ReferenceException(
                $"{panes.Count} panes of {segments.Length} segments are more values of volume() than a reference can have, "
                + $"{ReferenceBuilder.MostPanes}: use a longer Pane, fewer MaxSegments, or --from and --to");
        }

        foreach (var segment in segments)
        {
            foreach (var pane in panes)
            {
                sample.AddNumber(pane, _counts.GetValueOrDefault((segment, pane)));
                if (isSegmented)
                {
                    sample.SetSegment(segment);
                }
            }
        }

        return sample;
    }

    // Ties in ordinal order, as for other fields.
    private int[] LargestSegments()
    {
        var events = new long[_segmentIds.Count];
        foreach (var ((segment, _), count) in _counts)
        {
            events[segment] += count;
        }

        return
        [
            .. _segmentIds.Where(segment => FieldSample.HasSeries(segment.Key))
                .OrderByDescending(segment => events[segment.Value]).ThenBy(segment => segment.Key, StringComparer.Ordinal)
                .Take(spec.MostSegments).Select(segment => segment.Value),
        ];
    }
}
