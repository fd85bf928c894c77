using DriftMonitor.Core.Time;

namespace DriftMonitor.Live;

/// <summary>What is known of the checkpoints.</summary>
/// <param name="Taken">When the newest one that was written was taken, or the one that the process went on from; null for none.</param>
/// <param name="Failures">How many could not be written, or read at the start.</param>
/// <param name="Size">The size of the newest one that was written, in bytes; null before that.</param>
internal sealed record CheckpointSnapshot(EventTime? Taken, long Failures, long? Size);
