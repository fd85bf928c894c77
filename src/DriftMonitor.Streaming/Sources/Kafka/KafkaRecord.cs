using Confluent.Kafka;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>A record from an <see cref="IRecordQueue"/>, or an error about a partition. Valid until the queue is read again.</summary>
internal readonly ref struct KafkaRecord
{
    /// <summary>The topic's index; −1 for an error that is about none of them.</summary>
    public int Topic { get; init; }

    /// <summary>The partition; −1 for an error that is about none.</summary>
    public int Partition { get; init; }

    /// <summary>The record's offset; at the end of a partition, the offset that its next record will have.</summary>
    public long Offset { get; init; }

    /// <summary><see cref="ErrorCode.NoError"/> for a record.</summary>
    public ErrorCode Error { get; init; }

    /// <summary>The record's own time; null if it has none.</summary>
    public EventTime? RecordTime { get; init; }

    /// <summary>The value; empty for a tombstone, and if it is too large.</summary>
    public ReadOnlySpan<byte> Value { get; init; }

    /// <summary>The key; empty where there is none, and where keys are not asked for.</summary>
    public ReadOnlySpan<byte> Key { get; init; }

    /// <summary>Whether the value is larger than values may be.</summary>
    public bool IsTooLarge { get; init; }
}
