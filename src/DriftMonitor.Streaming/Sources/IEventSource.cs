using DriftMonitor.Core;

namespace DriftMonitor.Streaming.Sources;

/// <summary>What a source has to say when asked for the next event.</summary>
public enum SourceSignal
{
    /// <summary>An event: <see cref="RawEvent"/> holds it.</summary>
    Event,

    /// <summary>No event came within the patience.</summary>
    Nothing,

    /// <summary>The partitions of a topic have become known, or more of them: ask <see cref="IEventSource.Partitions"/>.</summary>
    Partitions,

    /// <summary>A partition has been read up to its present end; more may come.</summary>
    CaughtUp,

    /// <summary>A partition of a bounded source has been read to its end; nothing more will come from it.</summary>
    PartitionEnded,

    /// <summary>Every partition of a bounded source has ended.</summary>
    End,
}

/// <summary>
/// An event as it came, valid until the source is asked again: the bytes may lie in the source's own buffer, so that none are copied.
/// With a signal other than <see cref="SourceSignal.Event"/>, only <see cref="Topic"/> and <see cref="Partition"/> say something.
/// </summary>
public readonly ref struct RawEvent
{
    /// <summary>Index of the topic in the source's own order: see <see cref="IEventSource.TopicOf"/>.</summary>
    public int Topic { get; init; }

    /// <summary>The partition.</summary>
    public int Partition { get; init; }

    /// <summary>The offset in the partition; for a file, the number of the line or row, from 1.</summary>
    public long Offset { get; init; }

    /// <summary>The record's own time; null for files, and for records without one.</summary>
    public EventTime? RecordTime { get; init; }

    /// <summary>The value's bytes; none for a tombstone or an empty line.</summary>
    public ReadOnlySpan<byte> Value { get; init; }

    /// <summary>Whether the value is larger than events may be; its bytes are then not given.</summary>
    public bool IsTooLarge { get; init; }

    /// <summary>The header of a CSV row; null where the value is JSON.</summary>
    public Decoding.CsvHeader? Header { get; init; }
}

/// <summary>Where reading of a partition goes on: the offset of the next event.</summary>
public readonly record struct Position(string Topic, int Partition, long NextOffset);

/// <summary>How far a partition has been read: the next offset, and the log's end where that is known.</summary>
public readonly record struct Progress(Position Position, long? LogEnd)
{
    /// <summary>Events between the position and the log's end; null where the end is not known.</summary>
    public long? Lag => LogEnd is { } end ? Math.Max(0, end - Position.NextOffset) : null;
}

/// <summary>A stream of events: Kafka topics, files, or made ones. One thread opens, reads and disposes of it.</summary>
public interface IEventSource : IDisposable
{
    /// <summary>
    /// What keeps events from coming, in a sentence with its remedy; null when nothing does. A broker's own words may be part of it, line ends and all.
    /// May be read from any thread.
    /// </summary>
    string? Trouble { get; }

    /// <summary>The index of a topic. Files stand in for every topic, as one.</summary>
    /// <exception cref="ArgumentException">The source does not read the topic.</exception>
    int TopicOf(string topic);

    /// <summary>The number of a topic's partitions; 0 while it is not known.</summary>
    int Partitions(int topic);

    /// <summary>The next event, or what there is to know instead of one.</summary>
    /// <param name="patience">How long to wait for one.</param>
    /// <param name="raw">The event; for other signals, the topic and partition that they are about.</param>
    /// <exception cref="SourceException">The source can't go on: the process ends with a non-zero code.</exception>
    SourceSignal Next(TimeSpan patience, out RawEvent raw);

    /// <summary>How far the partitions have been read.</summary>
    IReadOnlyList<Progress> Progress();

    /// <summary>How much of a bounded source has been read, from 0 to 1; null where its size is not known.</summary>
    double? FractionRead => null;

    /// <summary>Tells the broker how far the group has read, for lag dashboards only; failure is logged and never fatal.</summary>
    void Commit();
}

/// <summary>A source can't be opened or can't go on; the message is a sentence: what, where, remedy. A broker's own words may be part of it.</summary>
public sealed class SourceException : Exception
{
    /// <summary>A source that can't go on.</summary>
    public SourceException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
