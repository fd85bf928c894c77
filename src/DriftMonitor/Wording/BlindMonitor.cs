using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.References;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Wording;

/// <summary>Finds monitors whose field or event time is in none of the events. The events are valid, so no rejection reports it.</summary>
internal static class BlindMonitor
{
    /// <summary>Whether a monitor counted no event because none has an event time.</summary>
    public static bool IsWithoutTime(FieldMonitor monitor) => monitor.Counted == 0 && monitor.Rejected[Rejection.NoEventTime] > 0;

    /// <summary>What is probably wrong with a monitor's field or event time, in one line; null when nothing is.</summary>
    /// <param name="binding">The monitor.</param>
    /// <param name="losses">What was rejected: the first event without a time is an example.</param>
    public static string? Describe(MonitorBinding binding, IReadOnlyList<Losses> losses)
    {
        var monitor = binding.Monitor;
        var name = monitor.Spec.Name;
        if (IsWithoutTime(monitor))
        {
            var timeless = monitor.Rejected[Rejection.NoEventTime];
            var own = losses.First(lost => lost.Monitor == binding && !lost.IsReference);
            var first = own.First[Rejection.NoEventTime];
            var reason = binding.EventTime is not { } time
                ? "none has an event time of its own: name the field that holds it in EventTime"
                : first is { IsTime: true }
                ? EventTimeText.DescribeUnreadable(RejectionText.TextOf(first), time.Text, binding.EventTimeFormat)
                    + $"; the first is at {RejectionText.PlaceOf(first, own.Topic)}"
                : $"none has an event time in the field \"{time}\": is the name right?"
                    + (first is null ? "" : $" The first is at {RejectionText.ExampleOf(first, own.Topic)}");
            return $"the monitor \"{name}\" counted none of {Phrases.Count(timeless, "event")}, as {reason}";
        }

        if (JoinText.DescribeMissing(binding) is { } missing)
        {
            return missing;
        }

        if (monitor.IsAlwaysMissing)
        {
            return $"the monitor \"{name}\" found no value of the field \"{binding.Field}\" in any of "
                + $"{Phrases.Count(monitor.Counted + monitor.WithoutHistory, "event")}: is the name right?";
        }

        if (JoinText.DescribeUnmatched(binding) is { } unmatched)
        {
            return unmatched;
        }

        if (monitor is { Against: RestOfSegments, Series: [var only], Dropped: 0 })
        {
            return $"the monitor \"{name}\" has no reading, as all of {Phrases.Count(monitor.Counted, "event")} are of the segment "
                + $"{Phrases.Quote(only.Segment)}, and there is no rest to compare it with: is \"{binding.SegmentBy}\" the right field?";
        }

        return monitor is { Counted: 0, WithoutHistory: > 0 }
            ? $"the monitor \"{name}\" counted none of {Phrases.Count(monitor.WithoutHistory, "event")}, "
                + $"as not enough came before any of them for {binding.Field}: replay a longer period, or wait"
            : null;
    }
}
