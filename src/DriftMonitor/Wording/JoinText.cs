using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming;

namespace DriftMonitor.Wording;

/// <summary>Sentences on monitors that join the events of two topics.</summary>
internal static class JoinText
{
    private const int EventsUntilBlind = 100;

    /// <summary>What is probably wrong where no event has found a partner, in one line; null when some have, or few have come.</summary>
    public static string? DescribeUnmatched(MonitorBinding binding) =>
        binding.Monitor.Join is { Joined: 0, Unmatched: >= EventsUntilBlind } join
            ? $"the monitor \"{binding.Monitor.Spec.Name}\" found no pair among {Phrases.Count(join.Unmatched, "event")} of the topics "
                + $"{binding.Topic} and {binding.ReferenceTopic}: do their records have the same keys, within JoinWithin "
                + $"({new Duration(binding.Monitor.Spec.JoinWithin!.Value)})?"
            : null;

    /// <summary>The field that no event of its topic has, in one line; null where there is none.</summary>
    public static string? DescribeMissing(MonitorBinding binding) =>
        binding.Monitor.Join is null ? null
        : binding.Monitor.IsAlwaysMissing ? DescribeMissing(binding, $"{binding.ReadField}", binding.Topic)
        : binding.Monitor.IsJoinedAlwaysMissing ? DescribeMissing(binding, $"{binding.ReferenceField}", binding.ReferenceTopic!)
        : null;

    private static string DescribeMissing(MonitorBinding binding, string field, string topic) =>
        $"the monitor \"{binding.Monitor.Spec.Name}\" found no value of the field \"{field}\" in any event of the topic {topic}: is the "
        + "name right?";

    /// <summary>How many events did not wait as long as they should have, with the remedy, in one line; null where all did.</summary>
    public static string? DescribeCutShort(MonitorBinding binding) =>
        binding.Monitor.Join is { CutShort: > 0 } join
            ? $"the monitor \"{binding.Monitor.Spec.Name}\" has counted {Phrases.Count(join.CutShort, "event")} as missing before "
                + $"JoinWithin was over, as more than {KeyJoin.MostWaiting} waited, or open panes held {KeyJoin.MostOpen}: write a shorter "
                + "JoinWithin or Pane"
            : null;
}
