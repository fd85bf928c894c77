using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming;

/// <summary>
/// Monitors that judge a partition's event times alike: the same field, panes, allowed lateness and limit ahead. Each event's time is read
/// and judged once for all of them.
/// </summary>
/// <param name="TimeField">Place of the event time among the fields that are decoded, or <see cref="MonitorTarget.RecordTime"/>.</param>
/// <param name="Clock">Judges the times.</param>
/// <param name="Folds">The monitors, and what the partition contributes to each.</param>
internal sealed record TimeGroup(int TimeField, PartitionClock Clock, (MonitorTarget Target, PartitionFold Fold)[] Folds)
{
    /// <summary>The first event of each reason that the clock rejected.</summary>
    public FirstRejections FirstRejected { get; } = new();
}
