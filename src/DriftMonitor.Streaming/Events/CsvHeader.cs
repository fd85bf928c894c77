namespace DriftMonitor.Streaming.Events;

/// <summary>The first row of a CSV file: the name of each column.</summary>
/// <param name="Columns">The names in order.</param>
public sealed record CsvHeader(IReadOnlyList<string> Columns);
