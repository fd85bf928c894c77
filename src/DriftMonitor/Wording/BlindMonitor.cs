using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Wording;

/// <summary>Finds monitors whose field or event time is in none of the events. The events are valid, so no rejection reports it.</summary>
internal static class BlindMonitor
{
    /// <summary>What is probably wrong with a monitor's field or event time, in one line; null when nothing is.</summary>
    public static string? Describe(MonitorBinding binding)
    {
        var monitor = binding.Monitor;
        var name = monitor.Spec.Name;
        var timeless = monitor.Rejected[Rejection.NoEventTime];
        if (monitor.Counted == 0 && timeless > 0)
        {
            var reason = binding.EventTime is not { } time
                ? "none has an event time of its own: name the field that holds it in EventTime"
                : binding.UnreadableTime.Example is { } example
                ? EventTimeText.DescribeUnreadable(OneLine.Name(example), time.Text, binding.EventTimeFormat)
                : $"none has an event time in the field \"{time}\": is the name right?";
            return $"the monitor \"{name}\" counted none of {Phrases.Count(timeless, "event")}, as {reason}";
        }

        return monitor.IsAlwaysMissing
            ? $"the monitor \"{name}\" found no value of the field \"{binding.Field}\" in any of "
                + $"{Phrases.Count(monitor.Counted, "event")}: is the name right?"
            : null;
    }
}
