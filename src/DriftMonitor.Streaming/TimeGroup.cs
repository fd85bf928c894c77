using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming;

/// <summary>
/// Monitors that judge a partition's event times alike: the same field, panes, longest window, allowed lateness and limits. Each event's
/// time is read and judged once for all of them.
/// </summary>
/// <param name="TimeField">Place of the event time among the fields that are decoded, or <see cref="MonitorTarget.RecordTime"/>.</param>
/// <param name="Format">How it is written; null for the usual forms.</param>
/// <param name="Clock">Judges the times.</param>
/// <param name="Folds">The monitors' places among the topic's targets, and what the partition contributes to each.</param>
/// <param name="References">The same for monitors whose windows are compared with this topic.</param>
internal sealed record TimeGroup(
    int TimeField,
    EventTimeFormat? Format,
    PartitionClock Clock,
    (int Place, PartitionFold Fold)[] Folds,
    (int Place, ReferenceFold Fold)[] References)
{
    /// <summary>The first event of each reason that the clock rejected.</summary>
    public FirstRejections FirstRejected { get; } = new();

    /// <summary>
    /// For each event that the clock holds: itself, to be shown if it is rejected, and whether its record has a time.
    /// </summary>
    public Queue<(RejectedEvent Event, bool HasRecordTime)> Held { get; } = [];

    /// <summary>Whether a monitor is one of these.</summary>
    /// <param name="place">Its place among the topic's targets.</param>
    public bool Has(int place) => Array.Exists(Folds, fold => fold.Place == place) || Array.Exists(References, fold => fold.Place == place);

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
