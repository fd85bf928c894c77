using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming;

/// <summary>A partition of a topic: places its decoded events in panes, and counts or rejects them.</summary>
internal sealed class PartitionRoute
{
    private const long NotCounted = long.MinValue;

    private readonly TimeGroup[] _groups;
    private readonly (int Place, MonitorTarget Target, ReferenceFold Fold)[] _references;
    private readonly long[] _panes = new long[DecodedEvents.Capacity];

    /// <summary>A partition before its first event.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="targets">The monitors that read the topic.</param>
    public PartitionRoute(int partition, MonitorTarget[] targets)
    {
        _groups =
        [
            .. from target in targets.Index()
               where !target.Item.IsReference
               group target by target.Item.TimeRules into alike
               select GroupOf(partition, alike.ToArray()),
        ];
        _references =
        [
            .. from target in targets.Index()
               where target.Item.IsReference
               select (target.Index, target.Item, target.Item.Monitor.ReferenceFoldOf(partition)),
        ];
    }

    /// <summary>What has come from the partition.</summary>
    public TopicTally Tally { get; } = new();

    /// <summary>Counts the events of a run, or rejects them.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="run">The run, of this partition.</param>
    /// <param name="events">The decoded events.</param>
    /// <param name="start">Where those of the run start in <paramref name="events"/>.</param>
    /// <param name="decoder">A decoder of the topic, for segments that are written with escapes.</param>
    public void Count(EventBatch batch, in EventRun run, DecodedEvents events, int start, EventDecoder decoder)
    {
        Tally.Events += run.Count;
        var rejections = events.Rejections.Slice(start, run.Count);
        var recordTimes = events.RecordTimes.Slice(start, run.Count);
        for (var i = 0; i < rejections.Length; i++)
        {
            Tally.LastEvent = recordTimes[i] ?? Tally.LastEvent;
            if (rejections[i] != Rejection.None)
            {
                Tally.Rejected.Add(rejections[i]);
            }
        }

        var panes = _panes.AsSpan(0, run.Count);
        foreach (var group in _groups)
        {
            Place(group.Clock, group.TimeField, events, start, panes);
            foreach (var (place, fold) in group.Folds)
            {
                Count(batch, run, panes, events.ColumnsOf(place), start, fold, decoder);
            }
        }

        foreach (var (place, target, fold) in _references)
        {
            Place(fold.Clock, target.TimeField, events, start, panes);
            var bins = events.ColumnsOf(place).Bins.Slice(start, run.Count);
            for (var i = 0; i < panes.Length; i++)
            {
                if (panes[i] != NotCounted)
                {
                    fold.Count(panes[i], bins[i]);
                }
            }
        }
    }

    // Finds the panes of events by the rules of a clock; of those that it rejects or that could not be read, there is none.
    private void Place(PartitionClock clock, int timeField, DecodedEvents events, int start, Span<long> panes)
    {
        var isRecordTime = timeField == MonitorTarget.RecordTime;
        var rejections = events.Rejections.Slice(start, panes.Length);
        var times = events.TimesIn(timeField).Slice(start, panes.Length);
        var recordTimes = events.RecordTimes.Slice(start, panes.Length);
        for (var i = 0; i < panes.Length; i++)
        {
            if (rejections[i] != Rejection.None
                || clock.Admit(times[i], isRecordTime ? null : recordTimes[i], out panes[i]) != Rejection.None)
            {
                panes[i] = NotCounted;
            }
            else if (recordTimes[i] is null && (Tally.LastEvent is not { } last || times[i] > last))
            {
                Tally.LastEvent = times[i];
            }
        }
    }

    private static void Count(
        EventBatch batch, in EventRun run, ReadOnlySpan<long> panes, TargetColumns columns, int start, PartitionFold fold,
        EventDecoder decoder)
    {
        var bins = columns.Bins.Slice(start, panes.Length);
        if (columns.Segments.IsEmpty && columns.ReferenceBins.IsEmpty)
        {
            for (var i = 0; i < panes.Length; i++)
            {
                if (panes[i] != NotCounted)
                {
                    fold.Count(panes[i], bins[i]);
                }
            }

            return;
        }

        for (var i = 0; i < panes.Length; i++)
        {
            if (panes[i] != NotCounted)
            {
                var segment = columns.Segments.IsEmpty ? default
                    : decoder.SegmentOf(columns.Segments[start + i], batch[run.First + i].Value);
                fold.Count(panes[i], bins[i], segment, columns.ReferenceBins.IsEmpty ? -1 : columns.ReferenceBins[start + i]);
            }
        }
    }

    private static TimeGroup GroupOf(int partition, (int Place, MonitorTarget Target)[] targets)
    {
        var first = targets[0].Target;
        var clock = first.Monitor.FoldOf(partition).Clock;
        return new TimeGroup(
            first.TimeField,
            clock,
            [.. targets.Select(target => (target.Place, target.Target.Monitor.FoldOf(partition, clock)))]);
    }
}
