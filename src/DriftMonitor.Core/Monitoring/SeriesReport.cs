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
    EventTime Time, string Segment, IReadOnlyList<Reading> Readings, Alert? Alert, AlertTransition? Transition);
