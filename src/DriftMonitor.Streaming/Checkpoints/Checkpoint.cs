using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Checkpoints;

/// <summary>
/// The state of all monitors, and where reading goes on: a pair that belongs together. Any such pair is right; an older one only costs
/// reading more again.
/// </summary>
/// <param name="Taken">When it was taken, by the wall clock.</param>
/// <param name="Version">The version of the program that took it.</param>
/// <param name="Topics">Which topics the positions are of.</param>
/// <param name="Monitors">The monitors.</param>
public sealed record Checkpoint(
    EventTime Taken, string Version, IReadOnlyList<TopicIdentity> Topics, IReadOnlyList<MonitorCheckpoint> Monitors)
{
    /// <summary>The version of the file's format.</summary>
    public int FormatVersion { get; init; } = StateExchange.CurrentVersion;

    /// <summary>The offset in each partition up to which any monitor has counted.</summary>
    public IReadOnlyDictionary<(string Topic, int Partition), long> Furthest => Monitors.SelectMany(monitor => monitor.Positions)
        .GroupBy(progress => (progress.Position.Topic, progress.Position.Partition))
        .ToDictionary(partition => partition.Key, partition => partition.Max(progress => progress.Position.NextOffset));

    /// <summary>The position in each partition up to which every monitor that reads it has counted.</summary>
    public IReadOnlyList<Progress> Positions =>
    [
        .. Monitors.SelectMany(monitor => monitor.Positions)
            .GroupBy(progress => (progress.Position.Topic, progress.Position.Partition))
            .Select(partition => partition.MinBy(progress => progress.Position.NextOffset)),
    ];
}
