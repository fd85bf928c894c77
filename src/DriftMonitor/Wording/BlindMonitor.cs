using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming;

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
            var place = binding.EventTime is { } time
                ? $"in the field \"{time}\": is the name right?"
                : "of its own: name the field that holds it in EventTime";
            return $"the monitor \"{name}\" counted none of {Phrases.Count(timeless, "event")}, as none has an event time {place}";
        }

        return monitor.IsAlwaysMissing
            ? $"the monitor \"{name}\" found no value of the field \"{binding.Field}\" in any of "
                + $"{Phrases.Count(monitor.Counted, "event")}: is the name right?"
            : null;
    }
}
