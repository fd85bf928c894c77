namespace DriftMonitor.Core.Alerts;

/// <summary>How long readings must be high before an alert fires, and for how many panes low before it resolves.</summary>
/// <param name="Hold">
/// Event time from the end of the first high pane to the end of the pane at which the alert fires. With zero it fires at the first high
/// pane.
/// </param>
/// <param name="PanesToResolve">
/// The number of consecutive low panes that resolve the alert, at least 1. Panes without a reading neither count nor reset the count.
/// </param>
public sealed record AlertTiming(TimeSpan Hold, int PanesToResolve = 1);
