namespace DriftMonitor.Streaming.Events;

/// <summary>Events of a topic that the source was to read and that its log no longer holds.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Reason">Why they are lost.</param>
/// <param name="Count">How many; offsets, some of which may not have been events.</param>
public readonly record struct LostEvents(string Topic, LossReason Reason, long Count);
