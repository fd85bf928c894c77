using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming;

/// <summary>A partition of a topic: places its decoded events in panes, and counts or rejects them.</summary>
internal sealed class PartitionRoute
{
    private const long NotCounted = long.MinValue;
    private const int WholeRecord = -1;
    private const int LongestCopy = 256; // of a segment, on the stack

    private readonly TimeGroup[] _groups;
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
            .. from target in targets.Index()
               where target.Item.IsReference
               let fold = target.Item.Monitor.ReferenceFoldOf(partition)
               select new TimeGroup(target.Item.TimeField, target.Item.Binding.EventTimeFormat, fold.Clock, [], [(target.Index, fold)]),
        ];
    }

    /// <summary>What has come from the partition.</summary>
    public TopicTally Tally { get; } = new();

    /// <summary>The first event of each reason that a monitor rejected by its time.</summary>
    /// <param name="target">The monitor's place among the topic's targets.</param>
    public FirstRejections FirstRejectedBy(int target) => Array.Find(_groups, group => group.Has(target))!.FirstRejected;

    /// <summary>Counts the events of a run, or rejects them.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="run">The run, of this partition, or a record as often as it has elements.</param>
    /// <param name="step">
    /// How many records there are from one event to the next: 1, or 0 where the events are elements of one record.
    /// </param>
    /// <param name="events">The decoded events.</param>
    /// <param name="start">Where those of the run start in <paramref name="events"/>.</param>
    /// <param name="decoder">Decoded them, or is like that: for segments with escapes, and for examples of rejected events.</param>
    public void Count(EventBatch batch, in EventRun run, int step, DecodedEvents events, int start, EventDecoder decoder)
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
                Tally.FirstRejected.Add(rejections[i], batch[run.First + i * step]);
            }
        }

        var panes = _panes.AsSpan(0, run.Count);
        foreach (var group in _groups)
        {
            Place(group, batch, run, step, events, start, decoder);
            foreach (var (place, fold) in group.Folds)
            {
                Count(batch, run, step, panes, events.ColumnsOf(place), start, fold, decoder);
            }

            foreach (var (place, fold) in group.References)
            {
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
    }

    /// <summary>Rejects a record that no monitor of the topic can read: it counts once, however many events it was to hold.</summary>
    public void RejectRecord()
    {
        Tally.Events++;
        foreach (var group in _groups)
        {
            group.Reject();
        }
    }

    /// <summary>Rejects a record that these monitors cannot unpack: it counts once for each of them.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="raw">The record.</param>
    /// <param name="unpack">The array whose elements are to be events.</param>
    public void RejectRecord(Rejection reason, in RawEvent raw, FieldPath unpack)
    {
        RejectRecord();
        foreach (var group in _groups)
        {
            group.Clock.Rejected.Add(reason);
            group.FirstRejected.Add(reason, raw, unpack: unpack);
        }
    }

    // Finds the panes of events by the rules of a group. Events that have none are rejected here, in their order: the largest event time
    // until then decides where they count.
    private void Place(
        TimeGroup group, EventBatch batch, in EventRun run, int step, DecodedEvents events, int start, EventDecoder decoder)
    {
        var isRecordTime = group.TimeField == MonitorTarget.RecordTime;
        var panes = _panes.AsSpan(0, run.Count);
        var rejections = events.Rejections.Slice(start, panes.Length);
        var times = events.TimesIn(group.TimeField, group.Format).Slice(start, panes.Length);
        var recordTimes = events.RecordTimes.Slice(start, panes.Length);
        for (var i = 0; i < panes.Length; i++)
        {
            if (rejections[i] != Rejection.None)
            {
                panes[i] = NotCounted;
                group.Reject();
            }
            else if (group.Clock.Admit(times[i], isRecordTime ? null : recordTimes[i], out panes[i]) is not Rejection.None and var reason)
            {
                panes[i] = NotCounted;
                group.Reject();
                if (group.FirstRejected[reason] is null)
                {
                    var element = step == 0 ? events.StartOfElement(i) : WholeRecord;
                    KeepExample(group, reason, batch[run.First + i * step], element, decoder);
                }
            }
            else if (recordTimes[i] is null && (Tally.LastEvent is not { } last || times[i] > last))
            {
                Tally.LastEvent = times[i];
            }
        }
    }

    private static void KeepExample(TimeGroup group, Rejection reason, in RawEvent raw, int element, EventDecoder decoder)
    {
        // Again: columns have no place for the text of a time.
        var shown = raw.Value;
        if (element == WholeRecord)
        {
            decoder.Decode(raw);
        }
        else
        {
            shown = shown[element..decoder.DecodeElement(raw.Value, element)];
        }

        var time = group.TimeField == MonitorTarget.RecordTime ? default : decoder[group.TimeField].In(raw.Value);
        group.FirstRejected.Add(reason, raw with { Value = shown }, time);
    }

    private static void Count(
        EventBatch batch, in EventRun run, int step, ReadOnlySpan<long> panes, TargetColumns columns, int start, PartitionFold fold,
        EventDecoder decoder)
    {
        if (!columns.Values.IsEmpty)
        {
            CountValues(batch, run, step, panes, columns, start, fold, decoder);
            return;
        }

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
                    : decoder.SegmentOf(columns.Segments[start + i], batch[run.First + i * step].Value);
                fold.Count(panes[i], bins[i], segment, columns.ReferenceBins.IsEmpty ? -1 : columns.ReferenceBins[start + i]);
            }
        }
    }

    // Where the bins of values are found later: their counts belong to this partition and pane, so no order of partitions matters.
    private static void CountValues(
        EventBatch batch, in EventRun run, int step, ReadOnlySpan<long> panes, TargetColumns columns, int start, PartitionFold fold,
        EventDecoder decoder)
    {
        Span<byte> copied = stackalloc byte[LongestCopy];
        var needsLabel = columns.NeedsLabels;
        for (var i = 0; i < panes.Length; i++)
        {
            if (panes[i] == NotCounted)
            {
                continue;
            }

            var raw = batch[run.First + i * step].Value;
            scoped ReadOnlySpan<byte> segment = default;
            if (!columns.Segments.IsEmpty)
            {
                // The decoder unescapes one text at a time.
                segment = decoder.SegmentOf(columns.Segments[start + i], raw);
                var copy = segment.Length <= copied.Length ? copied[..segment.Length] : new byte[segment.Length];
                segment.CopyTo(copy);
                segment = copy;
            }

            fold.Count(panes[i], decoder.ValueOf(columns.Values[start + i], raw, needsLabel), segment);
        }
    }

    private static TimeGroup GroupOf(int partition, (int Place, MonitorTarget Target)[] targets)
    {
        var first = targets[0].Target;
        var clock = first.Monitor.FoldOf(partition).Clock;
        return new TimeGroup(
            first.TimeField,
            first.Binding.EventTimeFormat,
            clock,
            [.. targets.Select(target => (target.Place, target.Target.Monitor.FoldOf(partition, clock)))],
            []);
    }
}
