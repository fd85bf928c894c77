using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming.Sources.Synthetic;

/// <summary>How synthetic orders are generated.</summary>
public sealed record SyntheticSettings
{
    /// <summary>The seed of the random numbers: the same seed gives the same bytes.</summary>
    public required int Seed { get; init; }

    /// <summary>The period of the event times; the stream ends at its end.</summary>
    public required Period Period { get; init; }

    /// <summary>When amounts are higher and countries differ; null for never.</summary>
    public Period? Shift { get; init; }

    /// <summary>The mean number of orders per second of event time; they arrive as a Poisson process.</summary>
    public double OrdersPerSecond { get; init; } = 200;
}
