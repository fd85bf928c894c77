using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming;

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
            var place = binding.EventTime is { } time
                ? $"in the field \"{time}\": is the name right?"
                : "of its own: name the field that holds it in EventTime.";
            var own = losses.First(lost => lost.Monitor == binding && !lost.IsReference);
            var example = own.First[Rejection.NoEventTime] is { } first
                ? $" The first is at {RejectionText.PlaceOf(first, own.Topic)}"
                : "";
            return $"the monitor \"{name}\" counted none of {Phrases.Count(timeless, "event")}, as none has an event time {place}{example}";
        }

        return monitor.IsAlwaysMissing
            ? $"the monitor \"{name}\" found no value of the field \"{binding.Field}\" in any of "
                + $"{Phrases.Count(monitor.Counted, "event")}: is the name right?"
            : null;
    }
}
