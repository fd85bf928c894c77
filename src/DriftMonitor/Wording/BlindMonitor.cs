using System.Globalization;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming;

namespace DriftMonitor.Wording;

/// <summary>Monitors that see nothing though events come: nothing is wrong with the events, so a person must be told.</summary>
internal static class BlindMonitor
{
    /// <summary>What is likely wrong with a monitor's field or event time, in one line; null when nothing is.</summary>
    public static string? Describe(MonitorBinding binding)
    {
        var monitor = binding.Monitor;
        var name = monitor.Spec.Name;
        var timeless = monitor.Rejected[Rejection.NoEventTime];
        if (monitor.Counted == 0 && timeless > 0)
        {
            var remedy = binding.EventTime is { } time ? $"in the field \"{time}\": is the name right?" : "of its own: name the field that holds it in EventTime";
            return string.Create(CultureInfo.InvariantCulture, $"the monitor \"{name}\" counted none of {timeless} events, as none has an event time {remedy}");
        }

        return monitor.IsAlwaysMissing
            ? string.Create(CultureInfo.InvariantCulture, $"the monitor \"{name}\" found no value of the field \"{binding.Field}\" in any of {monitor.Counted} events: is the name right?")
            : null;
    }
}
