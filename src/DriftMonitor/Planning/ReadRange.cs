using DriftMonitor.Configuration;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Planning;

/// <summary>
/// The record times that must be read for the readings of a range. Records outside them can be skipped only where a record's own time is
/// its event time, and where readings depend on nothing but their windows.
/// </summary>
/// <param name="From">The first record time; null for the oldest record.</param>
/// <param name="To">The first record time after them; null for the newest record.</param>
/// <param name="WhyAll">Why everything is read, in words that follow "because"; null if nothing need be.</param>
internal sealed record ReadRange(EventTime? From, EventTime? To, string? WhyAll)
{
    /// <summary>Everything, because nothing else was asked for.</summary>
    public static readonly ReadRange All = new(null, null, null);

    /// <summary>The records that monitors need for the readings of a range.</summary>
    public static ReadRange Of(IReadOnlyList<PlannedMonitor> monitors, Period range)
    {
        EventTime? to = range.To <= EventTime.Latest ? range.To : null;
        EventTime? from = range.From > EventTime.Earliest ? range.From : null;
        if (from is null && to is null)
        {
            return All;
        }

        if (monitors.Select(WhyAllOf).FirstOrDefault(reason => reason is not null) is { } reason)
        {
            return new ReadRange(null, null, reason);
        }

        // A pane's reading is of the longest window before its end. Behind the range, an event is read that lets the last pane close.
        return new ReadRange(
            from is null
                ? null
                : monitors.Min(monitor => from.Value - monitor.Spec.Windows[monitor.Spec.LongestWindow].Length
                    - WindowStart.JoinHistoryOf(monitor.Spec)),
            to is null ? null : monitors.Max(monitor => to.Value + monitor.Spec.AllowedLateness),
            WhyAll: null);
    }

    /// <summary>The monitors as they are to read this range: where records are skipped, alerts are judged from its start on.</summary>
    /// <param name="monitors">The monitors.</param>
    /// <param name="start">The start of the range of readings.</param>
    public IReadOnlyList<PlannedMonitor> Apply(IReadOnlyList<PlannedMonitor> monitors, EventTime start) => From is null
        ? monitors
        : [.. monitors.Select(monitor => monitor with { Spec = monitor.Spec with { JudgedFrom = start } })];

    private static string? WhyAllOf(PlannedMonitor monitor) =>
        monitor.EventTime is not null ? $"the event time of {monitor.Spec.Name} is a field, and the record's own time does not limit it"
        : !IsFixed(monitor.Reference?.Kind) ? $"the reference of {monitor.Spec.Name} depends on what came before"
        : monitor.Spec.Derivation is { IsOrdered: true } ? $"the field of {monitor.Spec.Name} depends on events before it"
        : null;

    private static bool IsFixed(ReferenceKind? kind) =>
        kind is ReferenceKind.File or ReferenceKind.HourOfWeek or ReferenceKind.Inline or ReferenceKind.Parametric;
}
