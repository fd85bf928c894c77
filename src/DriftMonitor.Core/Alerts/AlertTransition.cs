using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Alerts;

/// <summary>A change of an alert's state.</summary>
/// <param name="Time">The end of the pane at which the state changed.</param>
/// <param name="From">The state before.</param>
/// <param name="To">The state after.</param>
public readonly record struct AlertTransition(EventTime Time, AlertState From, AlertState To);
