namespace DriftMonitor.Streaming.Events;

/// <summary>Where reading of a partition goes on: the offset of the next event.</summary>
public readonly record struct Position(string Topic, int Partition, long NextOffset);
