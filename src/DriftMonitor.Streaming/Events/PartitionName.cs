namespace DriftMonitor.Streaming.Events;

/// <summary>Which partition of which topic a number stands for, where the configuration names several topics by a pattern.</summary>
/// <param name="Topic">The topic's name.</param>
/// <param name="Partition">The partition of that topic.</param>
public readonly record struct PartitionName(string Topic, int Partition);
