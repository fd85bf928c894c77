using System.Text;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming;

/// <summary>A partition of a topic: places its decoded events in panes, and counts or rejects them.</summary>
internal sealed class PartitionRoute
{
    private const long NotCounted = long.MinValue;
    private const int LongestCopy = 256; // of a segment, on the stack

    private readonly TimeGroup[] _groups;
    private readonly byte[] _topic; // its name, where that may be part of segments
    private readonly long[] _panes = new long[DecodedEvents.Capacity];

    /// <summary>A partition before its first event.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="targets">The monitors that read the topic.</param>
    /// <param name="name">Which partition it is, where the topic is a pattern, or which file; otherwise null.</param>
    public PartitionRoute(int partition, MonitorTarget[] targets, PartitionName? name = null)
    {
        TopicName = name?.Topic;
        _topic = Encoding.UTF8.GetBytes(TopicName ?? "");
        _groups =
        [
            .. from target in targets.Index()
               where !target.Item.IsReference
               group target by (target.Item.TimeRules, target.Item.CountsFrom(partition, name)) into alike
               from shared in GroupsOf(partition, name, [.. alike])
               select shared,
            .. from target in targets.Index()
               where target.Item.IsReference
               let fold = target.Item.Monitor.ReferenceFoldOf(partition)
               select new TimeGroup(
                   target.Item.TimeField, target.Item.Binding.EventTimeFormat, target.Item.Binding.Where, fold.Clock,
                   target.Item.CountsFrom(partition, name), [], [(target.Index, fold)]),
        ];
    }

    /// <summary>The name of its topic, where the topic is a pattern, or that of its file; otherwise null.</summary>
    public string? TopicName { get; }

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
                Tally.FirstRejected.Add(rejections[i], batch[run.First + i * step] with { TopicName = TopicName });
            }
        }

        foreach (var group in _groups)
        {
            PlaceNew(group, batch, run, step, events, start, decoder);
        }
    }

    /// <summary>The partition has ended: judges the events that are held for want of others.</summary>
    public void End()
    {
        foreach (var group in _groups)
        {
            group.Clock.End();
            Settle(group);
        }
    }

    /// <summary>Rejects a record that no monitor of the topic can read: it counts once, however many events it was to hold.</summary>
    /// <param name="offset">Its offset.</param>
    public void RejectRecord(long offset)
    {
        Tally.Events++;
        foreach (var group in _groups)
        {
            group.TryRejectRecord(offset);
        }
    }

    /// <summary>Rejects a record that these monitors cannot unpack: it counts once for each of them.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="raw">The record.</param>
    /// <param name="unpack">The array whose elements are to be events.</param>
    public void RejectRecord(Rejection reason, in RawEvent raw, FieldPath unpack)
    {
        Tally.Events++;
        foreach (var group in _groups)
        {
            if (group.TryRejectRecord(raw.Offset))
            {
                group.Clock.Rejected.Add(reason);
                group.FirstRejected.Add(reason, raw with { TopicName = TopicName }, unpack: unpack);
            }
        }
    }

    // Leaves out what a group has counted before a restart.
    private void PlaceNew(
        TimeGroup group, EventBatch batch, in EventRun run, int step, DecodedEvents events, int start, EventDecoder decoder)
    {
        var before = group.CountBefore(batch, run, step);
        if (before < run.Count)
        {
            var rest = run with { First = run.First + before * step, Count = run.Count - before };
            Place(group, batch, rest, step, events, start + before, decoder);
        }
    }

    // Finds the panes of events by the rules of a group, and counts them. Events that have none are rejected here, in their order: the
    // largest event time until then decides where they count.
    private void Place(
        TimeGroup group, EventBatch batch, in EventRun run, int step, DecodedEvents events, int start, EventDecoder decoder)
    {
        var isRecordTime = group.TimeField == MonitorTarget.RecordTime;
        var panes = _panes.AsSpan(0, run.Count);
        var rejections = events.Rejections.Slice(start, panes.Length);
        var times = events.TimesIn(group.TimeField, group.Format).Slice(start, panes.Length);
        var recordTimes = events.RecordTimes.Slice(start, panes.Length);
        var matches = events.MatchesOf(group.Filter);
        var counted = 0; // of the run
        for (var i = 0; i < panes.Length; i++)
        {
            if (rejections[i] != Rejection.None)
            {
                panes[i] = NotCounted;
                group.Reject();
                continue;
            }

            var isOther = !matches.IsEmpty && !matches[start + i];
            if (!isOther && group.Clock.TryPlace(times[i], isRecordTime ? null : recordTimes[i], out panes[i]))
            {
                NoteTime(times[i], recordTimes[i] is not null);
            }
            else
            {
                panes[i] = NotCounted;
                var admission = group.Clock.Judge(times[i], isRecordTime ? null : recordTimes[i], isOther);
                if (!group.Clock.Settled.IsEmpty)
                {
                    Count(group, batch, run, step, counted..i, events, start, decoder);
                    counted = i;
                    Settle(group);
                }

                if (admission.IsHeld)
                {
                    Hold(group, batch[run.First + i * step], step, events, start + i, isOther, decoder);
                }
                else if (admission.Reason == Rejection.None)
                {
                    panes[i] = isOther ? NotCounted : admission.Pane!.Value;
                    NoteTime(times[i], recordTimes[i] is not null);
                }
                else if (!isOther)
                {
                    group.Reject();
                    if (group.FirstRejected[admission.Reason] is null)
                    {
                        var example = ExampleOf(group, admission.Reason, batch[run.First + i * step], step, events, start + i, decoder);
                        group.FirstRejected.Add(admission.Reason, example);
                    }
                }
            }
        }

        Count(group, batch, run, step, counted..panes.Length, events, start, decoder);
    }

    private void NoteTime(EventTime? time, bool hasRecordTime)
    {
        if (!hasRecordTime && (Tally.LastEvent is not { } last || time > last))
        {
            Tally.LastEvent = time;
        }
    }

    private void Hold(
        TimeGroup group, in RawEvent raw, int step, DecodedEvents events, int i, bool isOther, EventDecoder decoder)
    {
        if (isOther)
        {
            group.HoldOther(events.RecordTimes[i] is not null);
            return;
        }

        foreach (var (place, fold) in group.Folds)
        {
            var columns = events.ColumnsOf(place);
            if (columns.IsKeyed)
            {
                fold.HoldKeyed(columns.Bins[i], events.Keys[i]);
                continue;
            }

            var segment = columns.SegmentOf(i, raw.Value, _topic, decoder);
            if (columns.HasWords)
            {
                fold.HoldWords(columns.WordsOf(i), segment);
            }
            else if (columns.Values.IsEmpty)
            {
                fold.Hold(
                    columns.Bins[i],
                    columns.Numbers.IsEmpty ? 0 : columns.Numbers[i],
                    segment,
                    columns.ReferenceBins.IsEmpty ? -1 : columns.ReferenceBins[i]);
            }
            else
            {
                var kept = segment.ToArray(); // the decoder unescapes one text at a time
                fold.Hold(decoder.ValueOf(columns.Values[i], raw.Value, columns.NeedsLabels), kept);
            }
        }

        foreach (var (place, fold) in group.References)
        {
            var columns = events.ColumnsOf(place);
            if (columns.HasWords)
            {
                fold.HoldWords(columns.WordsOf(i));
            }
            else
            {
                fold.Hold(columns.Bins[i], columns.Numbers.IsEmpty ? 0 : columns.Numbers[i], columns.IsKeyed ? events.Keys[i] : null);
            }
        }

        group.Held.Enqueue((ExampleOf(group, Rejection.Ahead, raw, step, events, i, decoder), events.RecordTimes[i] is not null));
    }

    private void Settle(TimeGroup group)
    {
        foreach (ref readonly var admission in group.Clock.Settled)
        {
            foreach (var (_, fold) in group.Folds)
            {
                fold.Settle(admission);
            }

            foreach (var (_, fold) in group.References)
            {
                fold.Settle(admission);
            }

            var (example, hasRecordTime) = group.Held.Dequeue();
            if (admission.Reason == Rejection.None)
            {
                NoteTime(admission.Time, hasRecordTime);
            }
            else if (!admission.IsOther)
            {
                group.FirstRejected.Add(admission.Reason, example);
            }
        }
    }

    private RejectedEvent ExampleOf(
        TimeGroup group, Rejection reason, in RawEvent raw, int step, DecodedEvents events, int i, EventDecoder decoder)
    {
        // Again: columns have no place for the text of a time.
        var shown = raw.Value;
        if (step == 0)
        {
            var element = events.StartOfElement(i);
            shown = shown[element..decoder.DecodeElement(raw.Value, element)];
        }
        else
        {
            decoder.Decode(raw);
        }

        var time = group.TimeField == MonitorTarget.RecordTime ? default : decoder[group.TimeField].In(raw.Value);
        return RejectedEvent.Of(reason, raw with { Value = shown, TopicName = TopicName }, time, unpack: null);
    }

    private void Count(
        TimeGroup group, EventBatch batch, in EventRun run, int step, Range part, DecodedEvents events, int start, EventDecoder decoder)
    {
        var panes = _panes.AsSpan(part);
        if (panes.IsEmpty)
        {
            return;
        }

        var first = part.Start.Value;
        var rest = run with { First = run.First + first * step, Count = panes.Length };
        var times = events.TimesIn(group.TimeField, group.Format).Slice(start + first, panes.Length);
        foreach (var (place, fold) in group.Folds)
        {
            var columns = events.ColumnsOf(place);
            if (columns.IsKeyed)
            {
                CountKeyed(panes, times, columns.Bins[(start + first)..], events.Keys[(start + first)..], fold);
            }
            else if (columns.HasWords)
            {
                CountWords(batch, rest, step, panes, columns, start + first, fold, decoder);
            }
            else if (columns.IsOrdered)
            {
                CountDerived(batch, rest, step, panes, times, columns, start + first, fold, decoder);
            }
            else if (!columns.Numbers.IsEmpty)
            {
                CountNumbers(batch, rest, step, panes, columns, start + first, fold, decoder);
            }
            else
            {
                Count(batch, rest, step, panes, columns, start + first, fold, decoder);
            }
        }

        foreach (var (place, fold) in group.References)
        {
            var columns = events.ColumnsOf(place);
            if (columns.HasWords)
            {
                CountWords(panes, columns, start + first, fold);
                continue;
            }

            var bins = columns.Bins.Slice(start + first, panes.Length);
            if (columns.IsKeyed)
            {
                CountKeyed(panes, times, bins, events.Keys[(start + first)..], fold);
                continue;
            }

            if (columns.IsOrdered)
            {
                CountDerived(panes, times, bins, columns.Numbers[(start + first)..], fold);
                continue;
            }

            for (var i = 0; i < panes.Length; i++)
            {
                if (panes[i] != NotCounted)
                {
                    fold.Count(panes[i], bins[i]);
                }
            }
        }
    }

    private void Count(
        EventBatch batch, in EventRun run, int step, ReadOnlySpan<long> panes, TargetColumns columns, int start, PartitionFold fold,
        EventDecoder decoder)
    {
        if (!columns.Values.IsEmpty)
        {
            CountValues(batch, run, step, panes, columns, start, fold, decoder);
            return;
        }

        var bins = columns.Bins.Slice(start, panes.Length);
        if (!columns.HasSegments && columns.ReferenceBins.IsEmpty)
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
                var segment = columns.HasSegments
                    ? columns.SegmentOf(start + i, batch[run.First + i * step].Value, _topic, decoder)
                    : default;
                fold.Count(panes[i], bins[i], segment, columns.ReferenceBins.IsEmpty ? -1 : columns.ReferenceBins[start + i]);
            }
        }
    }

    private void CountNumbers(
        EventBatch batch, in EventRun run, int step, ReadOnlySpan<long> panes, TargetColumns columns, int start, PartitionFold fold,
        EventDecoder decoder)
    {
        for (var i = 0; i < panes.Length; i++)
        {
            if (panes[i] != NotCounted)
            {
                var segment = columns.HasSegments
                    ? columns.SegmentOf(start + i, batch[run.First + i * step].Value, _topic, decoder)
                    : default;
                var referenceBin = columns.ReferenceBins.IsEmpty ? -1 : columns.ReferenceBins[start + i];
                fold.CountNumber(panes[i], columns.Bins[start + i], columns.Numbers[start + i], segment, referenceBin);
            }
        }
    }

    private void CountWords(
        EventBatch batch, in EventRun run, int step, ReadOnlySpan<long> panes, TargetColumns columns, int start, PartitionFold fold,
        EventDecoder decoder)
    {
        for (var i = 0; i < panes.Length; i++)
        {
            if (panes[i] != NotCounted)
            {
                var segment = columns.HasSegments
                    ? columns.SegmentOf(start + i, batch[run.First + i * step].Value, _topic, decoder)
                    : default;
                fold.CountWords(panes[i], columns.WordsOf(start + i), segment);
            }
        }
    }

    private static void CountWords(ReadOnlySpan<long> panes, TargetColumns columns, int start, ReferenceFold fold)
    {
        for (var i = 0; i < panes.Length; i++)
        {
            if (panes[i] != NotCounted)
            {
                fold.CountWords(panes[i], columns.WordsOf(start + i));
            }
        }
    }

    // In the order of the events: each value depends on those before it.
    private void CountDerived(
        EventBatch batch, in EventRun run, int step, ReadOnlySpan<long> panes, ReadOnlySpan<EventTime?> times, TargetColumns columns,
        int start, PartitionFold fold, EventDecoder decoder)
    {
        for (var i = 0; i < panes.Length; i++)
        {
            if (panes[i] != NotCounted)
            {
                var segment = columns.HasSegments
                    ? columns.SegmentOf(start + i, batch[run.First + i * step].Value, _topic, decoder)
                    : default;
                fold.CountDerived(panes[i], times[i].GetValueOrDefault(), columns.Bins[start + i], columns.Numbers[start + i], segment);
            }
        }
    }

    private static void CountKeyed(
        ReadOnlySpan<long> panes, ReadOnlySpan<EventTime?> times, ReadOnlySpan<int> bins, ReadOnlySpan<UInt128?> keys, PartitionFold fold)
    {
        for (var i = 0; i < panes.Length; i++)
        {
            if (panes[i] != NotCounted)
            {
                fold.CountKeyed(panes[i], times[i].GetValueOrDefault(), bins[i], keys[i]);
            }
        }
    }

    private static void CountKeyed(
        ReadOnlySpan<long> panes, ReadOnlySpan<EventTime?> times, ReadOnlySpan<int> bins, ReadOnlySpan<UInt128?> keys, ReferenceFold fold)
    {
        for (var i = 0; i < panes.Length; i++)
        {
            if (panes[i] != NotCounted)
            {
                fold.CountKeyed(panes[i], times[i].GetValueOrDefault(), bins[i], keys[i]);
            }
        }
    }

    private static void CountDerived(
        ReadOnlySpan<long> panes, ReadOnlySpan<EventTime?> times, ReadOnlySpan<int> bins, ReadOnlySpan<double> numbers, ReferenceFold fold)
    {
        for (var i = 0; i < panes.Length; i++)
        {
            if (panes[i] != NotCounted)
            {
                fold.CountDerived(panes[i], times[i].GetValueOrDefault(), bins[i], numbers[i]);
            }
        }
    }

    // Where the bins of values are found later: their counts belong to this partition and pane, so no order of partitions matters.
    private void CountValues(
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
            if (columns.HasSegments)
            {
                // The decoder unescapes one text at a time.
                segment = columns.SegmentOf(start + i, raw, _topic, decoder);
                var copy = segment.Length <= copied.Length ? copied[..segment.Length] : new byte[segment.Length];
                segment.CopyTo(copy);
                segment = copy;
            }

            fold.Count(panes[i], decoder.ValueOf(columns.Values[start + i], raw, needsLabel), segment);
        }
    }

    // One group, unless monitors that were loaded have judged other events before.
    private static IEnumerable<TimeGroup> GroupsOf(
        int partition, PartitionName? name, (int Place, MonitorTarget Target)[] targets)
    {
        while (targets.Length > 0)
        {
            var first = targets[0].Target;
            var clock = first.Monitor.FoldOf(partition).Clock;
            var shared = targets.ToLookup(target => CanShare(target.Target.Monitor));
            yield return new TimeGroup(
                first.TimeField,
                first.Binding.EventTimeFormat,
                first.Binding.Where,
                clock,
                first.CountsFrom(partition, name),
                [.. shared[true].Select(target => (target.Place, target.Target.Monitor.FoldOf(partition)))],
                []);
            targets = [.. shared[false]];

            // Those that share it already do so in any case. Others must have come as far: panes that have closed make events late.
            bool CanShare(FieldMonitor monitor) => ReferenceEquals(monitor.FindClock(partition), clock)
                || (monitor.NextTime == first.Monitor.NextTime && monitor.FoldOf(partition, clock).TryShare(clock));
        }
    }
}
