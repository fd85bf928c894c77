namespace DriftMonitor.Core.Time;

/// <summary>A sliding window.</summary>
/// <param name="Length">How much event time the window holds.</param>
/// <param name="Label">
/// The length as written in the configuration, <c>24h</c> rather than <c>1d</c>. Metrics, readings and alerts call the window by it.
/// </param>
public sealed record WindowSpec(TimeSpan Length, string Label);
