namespace DriftMonitor.Streaming.Events;

/// <summary>Consecutive events of one partition in a batch, or another signal of the source at that point.</summary>
/// <param name="Signal">What it is.</param>
/// <param name="Topic">Index of the topic: see <see cref="IEventSource.TopicOf"/>.</param>
/// <param name="Partition">The partition.</param>
/// <param name="First">The place of the first event in the batch.</param>
/// <param name="Count">How many events; 0 for another signal.</param>
public readonly record struct EventRun(SourceSignal Signal, int Topic, int Partition, int First, int Count);
