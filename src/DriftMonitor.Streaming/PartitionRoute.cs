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
    private readonly (MonitorTarget Target, ReferenceFold Fold, FirstRejections FirstRejected)[] _references;

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
               select (target, target.Monitor.ReferenceFoldOf(partition), new FirstRejections()),
        ];
    }

    /// <summary>What has come from the partition.</summary>
    public TopicTally Tally { get; } = new();

    /// <summary>The first event of each reason that a monitor rejected by its time.</summary>
    public FirstRejections FirstRejectedBy(in MonitorTarget target)
    {
        var (monitor, isReference) = (target.Monitor, target.IsReference);
        return isReference
            ? _references.First(reference => reference.Target.Monitor == monitor).FirstRejected
            : _groups.First(group => group.Folds.Any(fold => fold.Target.Monitor == monitor)).FirstRejected;
    }

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
            RejectForAll(rejection, raw);
            return;
        }

        foreach (var group in _groups)
        {
            if (Admit(group.Clock, group.TimeField, group.FirstRejected, raw, decoder, out var pane))
            {
                foreach (ref readonly var counted in group.Folds.AsSpan())
                {
                    Count(counted.Target, counted.Fold, pane, raw.Value, decoder);
                }
            }
            else
            {
                Reject(group);
            }
        }

        foreach (ref readonly var reference in _references.AsSpan())
        {
            if (Admit(reference.Fold.Clock, reference.Target.TimeField, reference.FirstRejected, raw, decoder, out var pane))
            {
                reference.Fold.Count(pane, decoder.BinOf(reference.Target.ValueField, reference.Target.Monitor.Binning, raw.Value));
            }
            else
            {
                reference.Fold.Reject();
            }
        }
    }

    private void RejectForAll(Rejection rejection, in RawEvent raw)
    {
        Tally.Rejected.Add(rejection);
        Tally.FirstRejected.Add(rejection, raw);
        foreach (var group in _groups)
        {
            Reject(group);
        }

        foreach (ref readonly var reference in _references.AsSpan())
        {
            reference.Fold.Reject();
        }
    }

    private static void Reject(TimeGroup group)
    {
        foreach (ref readonly var counted in group.Folds.AsSpan())
        {
            counted.Fold.Reject();
        }
    }

    private bool Admit(
        PartitionClock clock, int timeField, FirstRejections firstRejected, in RawEvent raw, EventDecoder decoder, out long pane)
    {
        var isRecordTime = timeField == MonitorTarget.RecordTime;
        var time = isRecordTime ? raw.RecordTime : decoder.TimeOf(timeField, raw.Value);
        if (clock.Admit(time, isRecordTime ? null : raw.RecordTime, out pane) is not Rejection.None and var rejection)
        {
            firstRejected.Add(rejection, raw, isRecordTime ? default : decoder[timeField].In(raw.Value));
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
            targets[0].TimeField, clock, [.. targets.Select(target => (target, target.Monitor.FoldOf(partition, clock)))]);
    }
}
