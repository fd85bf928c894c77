using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming;

/// <summary>
/// A partition of a topic: takes its events through decoding, binning and counting. Partitions can be folded side by side.
/// </summary>
internal sealed class PartitionRoute
{
    private readonly TimeGroup[] _groups;
    private readonly (MonitorTarget Target, ReferenceFold Fold)[] _references;

    /// <summary>A partition before its first event.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="targets">The monitors that read the topic.</param>
    public PartitionRoute(int partition, MonitorTarget[] targets)
    {
        _groups =
        [
            .. from target in targets
               where !target.IsReference
               group target by target.TimeRules into alike
               select GroupOf(partition, alike.ToArray()),
        ];
        _references =
        [
            .. from target in targets
               where target.IsReference
               select (target, target.Monitor.ReferenceFoldOf(partition)),
        ];
    }

    /// <summary>What has come from the partition.</summary>
    public TopicTally Tally { get; } = new();

    /// <summary>Counts the events of a run, or rejects them.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="run">The run, of this partition.</param>
    /// <param name="decoder">The topic's decoder, of this thread.</param>
    public void Fold(EventBatch batch, EventRun run, EventDecoder decoder)
    {
        Tally.Events += run.Count;
        for (var place = run.First; place < run.First + run.Count; place++)
        {
            Fold(batch[place], decoder);
        }
    }

    private void Fold(in RawEvent raw, EventDecoder decoder)
    {
        Tally.LastEvent = raw.RecordTime ?? Tally.LastEvent;
        var rejection = decoder.Decode(raw);
        if (rejection != Rejection.None)
        {
            Tally.Rejected.Add(rejection);
            return;
        }

        foreach (var group in _groups)
        {
            if (Admit(group.Clock, group.Folds[0].Target, raw, decoder, out var pane))
            {
                foreach (ref readonly var counted in group.Folds.AsSpan())
                {
                    Count(counted.Target, counted.Fold, pane, raw.Value, decoder);
                }
            }
        }

        foreach (ref readonly var reference in _references.AsSpan())
        {
            if (Admit(reference.Fold.Clock, reference.Target, raw, decoder, out var pane))
            {
                reference.Fold.Count(pane, decoder.BinOf(reference.Target.ValueField, reference.Target.Monitor.Binning, raw.Value));
            }
        }
    }

    private bool Admit(PartitionClock clock, in MonitorTarget target, in RawEvent raw, EventDecoder decoder, out long pane)
    {
        var isRecordTime = target.TimeField == MonitorTarget.RecordTime;
        var time = isRecordTime ? raw.RecordTime : decoder.TimeOf(target.TimeField, target.Binding.EventTimeFormat, raw.Value);
        if (clock.Admit(time, isRecordTime ? null : raw.RecordTime, out pane) != Rejection.None)
        {
            if (time is null && !isRecordTime && target.Binding.UnreadableTime.Example is null)
            {
                target.Binding.UnreadableTime.Keep(decoder.ExampleOf(target.TimeField, raw.Value));
            }

            return false;
        }

        if (raw.RecordTime is null && (Tally.LastEvent is not { } last || time > last))
        {
            Tally.LastEvent = time;
        }

        return true;
    }

    private static void Count(in MonitorTarget target, PartitionFold fold, long pane, ReadOnlySpan<byte> value, EventDecoder decoder)
    {
        var binning = target.Monitor.Binning;
        var bin = decoder.BinOf(target.ValueField, binning, value);
        var referenceBin = target.ReferenceField == MonitorTarget.None ? -1 : decoder.BinOf(target.ReferenceField, binning, value);
        var segment = target.SegmentField == MonitorTarget.None ? default : decoder.SegmentOf(target.SegmentField, value);
        fold.Count(pane, bin, segment, referenceBin);
    }

    private static TimeGroup GroupOf(int partition, MonitorTarget[] targets)
    {
        var clock = targets[0].Monitor.FoldOf(partition).Clock;
        return new TimeGroup(
            clock, [.. targets.Select(target => (target, target.Monitor.FoldOf(partition, clock)))]);
    }
}
