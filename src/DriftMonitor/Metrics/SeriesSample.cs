namespace DriftMonitor.Metrics;

/// <summary>A value of a series' metric. Its labels are <c>monitor</c>, <c>segment</c> and those given here.</summary>
/// <param name="Window">The window's label; null for a value of the whole series.</param>
/// <param name="Label">The name of a further label; null for none.</param>
/// <param name="LabelValue">That label's value.</param>
/// <param name="Value">The value.</param>
/// <param name="Distribution">The value of the label <c>distribution</c>; null for none. A value that has one has a window too.</param>
internal readonly record struct SeriesSample(
    string? Window, string? Label, string? LabelValue, double Value, string? Distribution = null);
