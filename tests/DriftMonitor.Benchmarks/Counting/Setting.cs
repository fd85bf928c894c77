namespace DriftMonitor.Benchmarks.Counting;

/// <summary>What is varied: one at a time, with the others fixed.</summary>
/// <param name="Monitors">Monitors of one topic, each of a field of its own.</param>
/// <param name="Bins">Regular bins of each; all are occupied.</param>
/// <param name="Segments">Segments of each; 0 for a monitor without segments.</param>
/// <param name="Windows">Windows of each.</param>
internal sealed record Setting(int Monitors = 1, int Bins = 10, int Segments = 0, int Windows = 1);
