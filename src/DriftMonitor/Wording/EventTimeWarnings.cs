using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;

namespace DriftMonitor.Wording;

/// <summary>Finds event times that are probably read in another form than they are written in.</summary>
internal static class EventTimeWarnings
{
    private static readonly EventTime Year1970 = new(0);
    private static readonly EventTime Year1971 = new(365L * 24 * 3600 * 1000);

    /// <summary>A warning about a monitor whose events begin in 1970; null where they don't.</summary>
    public static string? Describe(MonitorBinding binding) =>
        DescribeStart(binding.Monitor.From, binding.EventTime?.Text) is { } start
            ? $"the monitor \"{binding.Monitor.Spec.Name}\" has {start}"
            : null;

    /// <summary>What is probably wrong with event times that begin in 1970; null where they don't.</summary>
    /// <param name="first">The first event time; null if there is none.</param>
    /// <param name="field">The field of the event time; null for the record's own time.</param>
    public static string? DescribeStart(EventTime? first, string? field)
    {
        if (first is not { } start || start < Year1970 || start >= Year1971)
        {
            return null;
        }

        var source = field is null ? "the record's own time" : $"the field \"{field}\"";
        return $"event times in 1970, from {start} on, so {source} is probably no time, or is in another unit: numbers are read as seconds "
            + "below 1e11, milliseconds below 1e14 and microseconds below 1e17; for days, or dates without separators, write "
            + "EventTimeFormat, such as days or yyyyMMdd";
    }
}
