using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming.Events;

/// <summary>
/// An event as it came, valid until its source is read again: the bytes may lie in the source's own memory, so that none are copied.
/// </summary>
public readonly ref struct RawEvent
{
    /// <summary>Index of the topic in the source's own order: see <see cref="IEventSource.TopicOf"/>.</summary>
    public int Topic { get; init; }

    /// <summary>The partition.</summary>
    public int Partition { get; init; }

    /// <summary>The topic's name, where it is one of those of a pattern, or that of a file; null where nobody asked for it.</summary>
    public string? TopicName { get; init; }

    /// <summary>The offset in the partition; for a file, the number of the line or row, from 1.</summary>
    public long Offset { get; init; }

    /// <summary>The record's own time; null for files, and for records without one.</summary>
    public EventTime? RecordTime { get; init; }

    /// <summary>The value's bytes; none for a tombstone or an empty line.</summary>
    public ReadOnlySpan<byte> Value { get; init; }

    /// <summary>The bytes of the record's key; none for files, for events that were posted, and for records without one.</summary>
    public ReadOnlySpan<byte> Key { get; init; }

    /// <summary>Whether the value is larger than events may be; its bytes are then not given.</summary>
    public bool IsTooLarge { get; init; }

    /// <summary>The path of the file that it is from; null for a topic.</summary>
    public string? File { get; init; }

    /// <summary>The batch that it is in, which has the record's headers; null where records have none.</summary>
    public EventBatch? Batch { get; init; }

    /// <summary>Its place in <see cref="Batch"/>.</summary>
    public int Place { get; init; }

    /// <summary>Whether the record has a header of a name.</summary>
    public bool HasRecordHeader(string name) => Batch is not null && Batch.HasHeader(Place, name);

    /// <summary>The header of a CSV row; null where the value is JSON.</summary>
    public CsvHeader? Header { get; init; }
}
