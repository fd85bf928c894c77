using Confluent.Kafka;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// A record or an error from a <see cref="BatchQueue"/>, valid until the queue's next <see cref="BatchQueue.Read"/> or
/// <see cref="BatchQueue.Release"/>.
/// </summary>
internal readonly unsafe struct QueuedMessage
{
    /// <summary>The timestamp of a message that has none.</summary>
    internal const long NoTime = -1;

    private readonly byte* _value;
    private readonly byte* _key;
    private readonly int _length;
    private readonly int _keyLength;
    private readonly long _timestamp;

    internal QueuedMessage(int topic, in NativeMessage message, long timestamp)
    {
        Topic = topic;
        Partition = message.Topic == IntPtr.Zero ? -1 : message.Partition; // librdkafka leaves 0 there
        Offset = message.Offset;
        Error = message.Error;
        _value = message.Value;
        _length = checked((int)message.Length);
        _key = message.Key;
        _keyLength = checked((int)message.KeyLength);
        _timestamp = timestamp;
    }

    /// <summary>The topic's index in the list that the queue was opened with; −1 for an error that is about none of them.</summary>
    public int Topic { get; }

    /// <summary>The partition; −1 for an error that is about no partition.</summary>
    public int Partition { get; }

    /// <summary>
    /// The record's offset; at <see cref="ErrorCode.Local_PartitionEOF"/> the offset that the next record will have; −1001 for an error
    /// that is about no offset.
    /// </summary>
    public long Offset { get; }

    /// <summary><see cref="ErrorCode.NoError"/> for a record; for an error, <see cref="BatchQueue.ErrorOf"/> has its text.</summary>
    public ErrorCode Error { get; }

    /// <summary>The record's value in librdkafka's memory; empty for a tombstone. Of an error, its text.</summary>
    public ReadOnlySpan<byte> Value => new(_value, _length);

    /// <summary>The record's key in librdkafka's memory; empty where there is none.</summary>
    public ReadOnlySpan<byte> Key => new(_key, _keyLength);

    /// <summary>Whether the record is a tombstone: it has no value, not even an empty one.</summary>
    public bool IsNull => _value is null;

    /// <summary>The record's own time; null where it has none.</summary>
    public EventTime? RecordTime => _timestamp < 0 ? null : new EventTime(_timestamp);
}
