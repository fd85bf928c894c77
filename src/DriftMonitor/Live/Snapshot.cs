using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Live;

/// <summary>
/// All that others may see of the loop: immutable, made by the loop's thread a few times a second, swapped by one reference.
/// Metrics, page and API read one snapshot each time, so that their numbers belong together, and take no lock.
/// </summary>
/// <param name="Monitors">The monitors in their configured order.</param>
/// <param name="Topics">The topics that they read, each once.</param>
/// <param name="Trouble">What keeps events from coming, in a sentence; null when nothing does.</param>
/// <param name="IsCaughtUp">Whether every partition is known and has been read to its end at least once.</param>
/// <param name="Checkpoint">The checkpoints; null where none are taken.</param>
/// <param name="Service">What the loop does not own; null for nothing.</param>
/// <param name="Lost">What the topics' logs no longer held when it was to be read.</param>
internal sealed record Snapshot(
    IReadOnlyList<MonitorSnapshot> Monitors, IReadOnlyList<TopicSnapshot> Topics, string? Trouble, bool IsCaughtUp,
    IReadOnlyList<LostEvents> Lost, CheckpointSnapshot? Checkpoint = null,
    ServiceSnapshot? Service = null)
{
    /// <summary>The alerts that have fired, the oldest first; only the newest are kept.</summary>
    public IReadOnlyList<AlertEpisode> Alerts { get; init; } = [];
}
