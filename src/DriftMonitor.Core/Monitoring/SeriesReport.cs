using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Monitoring;

/// <summary>The readings and the alert of a series at a pane's end.</summary>
/// <param name="Time">The pane's end.</param>
/// <param name="Segment">The value of the segment field; empty without segments.</param>
/// <param name="Readings">One for each window, as configured.</param>
/// <param name="Alert">The alert after the pane; null where the monitor has none.</param>
/// <param name="Transition">The alert's change at this pane, if it changed.</param>
public sealed record SeriesReport(
    EventTime Time, string Segment, IReadOnlyList<Reading> Readings, Alert? Alert, AlertTransition? Transition)
{
    /// <summary>
    /// Whether the longest windows of all series of the monitor are empty. Panes that close one after another with this true are one run,
    /// however many reports they come in.
    /// </summary>
    public bool IsEmpty { get; init; }

    /// <summary>
    /// The end of the last pane for which the report stands, where these are more than one, without events: see <see cref="IsEmpty"/>.
    /// Their readings are like the first's, but for what depends on the time of day.
    /// </summary>
    public EventTime? Until { get; init; }

    /// <summary>The readings at the end of the last pane.</summary>
    public IReadOnlyList<Reading> LastReadings { get; init; } = Readings;
}
