using DriftMonitor.Core.Monitoring;

namespace DriftMonitor.Streaming;

/// <summary>
/// Monitors that judge a partition's event times alike: the same field, panes, allowed lateness and limit ahead. Each event's time is read
/// and judged once for all of them.
/// </summary>
/// <param name="Clock">Judges the times.</param>
/// <param name="Folds">The monitors, and what the partition contributes to each.</param>
internal sealed record TimeGroup(PartitionClock Clock, (MonitorTarget Target, PartitionFold Fold)[] Folds);
