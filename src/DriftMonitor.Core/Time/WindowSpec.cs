namespace DriftMonitor.Core.Time;

/// <summary>A sliding window.</summary>
/// <param name="Length">How much event time it holds.</param>
/// <param name="Label">The length as its owner wrote it, <c>24h</c> rather than <c>1d</c>: what metrics, readings and alerts call the window.</param>
public sealed record WindowSpec(TimeSpan Length, string Label);
