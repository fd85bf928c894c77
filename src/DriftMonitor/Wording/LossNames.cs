using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Wording;

/// <summary>The wire names of the reasons for which events are lost.</summary>
internal static class LossNames
{
    private static readonly (LossReason Reason, string Name)[] All =
        [(LossReason.Retention, "retention"), (LossReason.Truncated, "truncated")];

    /// <summary>A topic's losses by name; 0 for a reason that has not occurred.</summary>
    public static IReadOnlyDictionary<string, long> Counts(IReadOnlyList<LostEvents> lost, string topic) => All.ToDictionary(
        known => known.Name,
        known => lost.Where(loss => loss.Topic == topic && loss.Reason == known.Reason).Sum(loss => loss.Count));
}
