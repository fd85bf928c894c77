using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming;
using DriftMonitor.Wording;

namespace DriftMonitor.Reports;

/// <summary>What a replay has read and left out.</summary>
/// <param name="Events">The number of events read.</param>
/// <param name="Unreadable">The number of events that no monitor could read, by reason.</param>
internal sealed record ReplayTotals(long Events, IReadOnlyList<KeyValuePair<string, long>> Unreadable)
{
    /// <summary>The totals of a pipeline that has come to its end.</summary>
    public static ReplayTotals Of(Pipeline pipeline) => new(
        pipeline.Tallies.Sum(tally => tally.Events),
        [.. RejectionNames.Occurred(RejectionCounts.Sum(pipeline.Tallies.Select(tally => tally.Rejected)))]);

    /// <summary>Sentences for people: one on all events, and those on each monitor that there is something to say of.</summary>
    /// <param name="bindings">The monitors.</param>
    public IEnumerable<string> Describe(IReadOnlyList<MonitorBinding> bindings)
    {
        var monitors = bindings.Select(binding => binding.Monitor).ToList();
        var rejectedByMonitor =
            from monitor in monitors
            from reason in RejectionNames.Occurred(monitor.Rejected.With(monitor.RejectedOfReference))
            select $"{monitor.Spec.Name}: {reason.Value} {reason.Key}";
        var rejected = rejectedByMonitor.Concat(Unreadable.Select(reason => $"{reason.Value} {reason.Key}")).ToList();
        yield return $"{Phrases.Count(Events, "event")} read; rejected: {(rejected.Count == 0 ? "none" : string.Join(", ", rejected))}";
        foreach (var monitor in monitors.Where(monitor => monitor.UnknownSegment + monitor.Dropped > 0))
        {
            var unknown = Phrases.Count(monitor.UnknownSegment, "event");
            yield return $"{monitor.Spec.Name}: {unknown} in segments that are not in the reference, "
                + $"{monitor.Dropped} in segments that found no room (MaxSegments {monitor.Spec.MostSegments})";
        }

        foreach (var binding in bindings.Where(binding => binding.Monitor.WithoutHistory > 0))
        {
            var left = Phrases.Count(binding.Monitor.WithoutHistory, "event");
            yield return $"{binding.Monitor.Spec.Name}: {left} left out, as not enough came before for {binding.Field}";
        }

        foreach (var monitor in monitors)
        {
            if (monitor.Join is { } join)
            {
                var unmatched = Phrases.Count(join.Unmatched, "event");
                yield return $"{monitor.Spec.Name}: {Phrases.Count(join.Joined, "pair")}, {unmatched} without a partner, "
                    + $"{join.WaitingEvents} that still wait for one and do not count";
            }
        }

        foreach (var monitor in monitors.Where(monitor => monitor.LargestStepForward > monitor.Spec.Windows.Max(window => window.Length)))
        {
            var step = Phrases.Duration(monitor.LargestStepForward.TotalSeconds);
            yield return $"{monitor.Spec.Name}: an event was {step} ahead of all earlier events: "
                + "the stream paused or a date is wrong; the windows in between are empty";
        }
    }
}
