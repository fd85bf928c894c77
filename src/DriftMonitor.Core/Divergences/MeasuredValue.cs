namespace DriftMonitor.Core.Divergences;

/// <summary>The value of a further measure for a window.</summary>
/// <param name="Measure">The measure.</param>
/// <param name="Value">Its value, finite.</param>
public readonly record struct MeasuredValue(Measure Measure, double Value);
