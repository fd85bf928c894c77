using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>The last record of a partition, from which the start by window is computed.</summary>
/// <param name="Value">Its value; empty for a tombstone, and if it is larger than events may be.</param>
/// <param name="RecordTime">Its own time; null if it has none.</param>
public sealed record LastRecord(byte[] Value, EventTime? RecordTime);
