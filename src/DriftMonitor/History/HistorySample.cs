namespace DriftMonitor.History;

/// <summary>A value at a pane's end.</summary>
/// <param name="Milliseconds">Its event time, in milliseconds since 1970.</param>
/// <param name="Value">The value; finite.</param>
internal readonly record struct HistorySample(long Milliseconds, double Value);
