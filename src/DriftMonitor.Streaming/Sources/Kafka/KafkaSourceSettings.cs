using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>Where reading of a topic starts when there is no checkpoint.</summary>
public enum KafkaStart
{
    /// <summary>From the longest window's start before the topic's newest event: windows are full at once.</summary>
    Window,

    /// <summary>From the oldest record that the topic holds.</summary>
    Earliest,

    /// <summary>From the records that come next.</summary>
    Latest,
}

/// <summary>The last record of a partition, from which the start by window is computed.</summary>
public sealed record LastRecord(byte[] Value, EventTime? RecordTime);

/// <summary>How a Kafka cluster is read.</summary>
public sealed record KafkaSourceSettings
{
    /// <summary>Host and port of one or more brokers, separated by commas.</summary>
    public required string BootstrapServers { get; init; }

    /// <summary>The topics; the index in this list is the topic's.</summary>
    public required IReadOnlyList<string> Topics { get; init; }

    /// <summary>Where reading starts.</summary>
    public KafkaStart Start { get; init; }

    /// <summary>
    /// For <see cref="KafkaStart.Window"/>: the record time from which a topic (by index) is to be read, given its partitions' last records;
    /// null reads it from the oldest record.
    /// </summary>
    public Func<int, IReadOnlyList<LastRecord>, EventTime?>? WindowStart { get; init; }

    /// <summary>Whether reading ends at the logs' ends as they are when the source is opened.</summary>
    public bool IsBounded { get; init; }

    /// <summary>How long a bounded source waits for a broker and its topics before it gives up.</summary>
    public TimeSpan ConnectWithin { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The consumer group whose offsets are committed, for lag dashboards only.</summary>
    public string Group { get; init; } = "driftmonitor";

    /// <summary>The largest value that is read, in bytes.</summary>
    public int MaxEventBytes { get; init; } = 1024 * 1024;

    /// <summary>librdkafka properties, which win over our own; those that <see cref="KafkaProperties"/> tells of are refused.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();
}
