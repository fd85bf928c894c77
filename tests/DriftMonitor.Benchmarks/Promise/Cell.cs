namespace DriftMonitor.Benchmarks.Promise;

/// <summary>A kind of stream and how it is monitored. Several streams are simulated for each cell.</summary>
internal sealed record Cell(Fluctuation Fluctuation, int Bins, int[] Windows);
