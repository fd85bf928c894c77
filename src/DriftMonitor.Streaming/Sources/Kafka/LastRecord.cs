using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>One of the last records of a partition, from which the start by window is computed.</summary>
/// <param name="Value">Its value; empty for a tombstone, and if it is larger than events may be.</param>
/// <param name="RecordTime">Its own time; null if it has none.</param>
/// <param name="Partition">The partition.</param>
public sealed record LastRecord(byte[] Value, EventTime? RecordTime, int Partition = 0)
{
    /// <summary>The most of a partition: enough to see that a date is wrong, and to pass over some records of garbage.</summary>
    public const int Most = 16;

    /// <summary>The most bytes of a partition's, beyond the last one.</summary>
    public const int MostBytes = 1024 * 1024;
}
