using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming;

/// <summary>
/// Monitors that judge a partition's event times alike: the same field, filter, panes, longest window, allowed lateness and limits. Each
/// event's time is read and judged once for all of them.
/// </summary>
/// <param name="TimeField">Place of the event time among the fields that are decoded, or <see cref="MonitorTarget.RecordTime"/>.</param>
/// <param name="Format">How it is written; null for the usual forms.</param>
/// <param name="Filter">Which events they count; null for all.</param>
/// <param name="Clock">Judges the times.</param>
/// <param name="CountsFrom">The offset from which on the records of the partition are counted.</param>
/// <param name="Folds">The monitors' places among the topic's targets, and what the partition contributes to each.</param>
/// <param name="References">The same for monitors whose windows are compared with this topic.</param>
internal sealed record TimeGroup(
    int TimeField,
    EventTimeFormat? Format,
    EventFilter? Filter,
    PartitionClock Clock,
    long CountsFrom,
    (int Place, PartitionFold Fold)[] Folds,
    (int Place, ReferenceFold Fold)[] References)
{
    private bool _isCounting = CountsFrom == 0;

    /// <summary>The first event of each reason that the clock rejected.</summary>
    public FirstRejections FirstRejected { get; } = new();

    /// <summary>
    /// For each event that the clock holds: itself, to be shown if it is rejected, and whether its record has a time. An event from before
    /// a restart cannot be shown.
    /// </summary>
    public Queue<(RejectedEvent? Event, bool HasRecordTime)> Held { get; } =
        new(Enumerable.Repeat(((RejectedEvent?)null, true), Clock.HeldEvents));

    /// <summary>Keeps the place of an event that the clock holds and that is not to be counted.</summary>
    /// <param name="hasRecordTime">Whether its record has a time.</param>
    public void HoldOther(bool hasRecordTime)
    {
        foreach (var (_, fold) in Folds)
        {
            fold.HoldOther();
        }

        foreach (var (_, fold) in References)
        {
            fold.HoldOther();
        }

        Held.Enqueue((null, hasRecordTime));
    }

    /// <summary>Whether a monitor is one of these.</summary>
    /// <param name="place">Its place among the topic's targets.</param>
    public bool Has(int place) => Array.Exists(Folds, fold => fold.Place == place) || Array.Exists(References, fold => fold.Place == place);

    /// <summary>How many events of a run come before the first that is to be counted: those that a checkpoint holds already.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="run">The run.</param>
    /// <param name="step">How many records there are from one event to the next.</param>
    public int CountBefore(EventBatch batch, in EventRun run, int step)
    {
        var skipped = 0;
        while (!_isCounting && skipped < run.Count)
        {
            _isCounting = batch[run.First + skipped * step].Offset >= CountsFrom;
            skipped += _isCounting ? 0 : 1;
        }

        return skipped;
    }

    /// <summary>Counts a record that was rejected for all of them.</summary>
    /// <param name="offset">Its offset.</param>
    /// <returns>False if it was counted before a restart.</returns>
    public bool TryRejectRecord(long offset)
    {
        _isCounting |= offset >= CountsFrom;
        if (_isCounting)
        {
            Reject();
        }

        return _isCounting;
    }

    /// <summary>Counts an event that was rejected for all of them.</summary>
    public void Reject()
    {
        foreach (var (_, fold) in Folds)
        {
            fold.Reject();
        }

        foreach (var (_, fold) in References)
        {
            fold.Reject();
        }
    }
}
