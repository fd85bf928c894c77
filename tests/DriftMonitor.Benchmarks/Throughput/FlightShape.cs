namespace DriftMonitor.Benchmarks.Throughput;

/// <summary>How flights are written.</summary>
/// <param name="IsLarge">Whether an event has about 1 KB; otherwise about 250 bytes.</param>
/// <param name="IsShuffled">Whether the keys of each event are in an order of their own; otherwise all have the same order.</param>
internal sealed record FlightShape(bool IsLarge, bool IsShuffled)
{
    /// <summary>Small or large, with keys in order or shuffled.</summary>
    public static FlightShape[] All { get; } = [new(false, false), new(false, true), new(true, false), new(true, true)];

    /// <inheritdoc/>
    public override string ToString() => $"{(IsLarge ? "1 KB" : "250 B")}, keys {(IsShuffled ? "shuffled" : "in order")}";
}
