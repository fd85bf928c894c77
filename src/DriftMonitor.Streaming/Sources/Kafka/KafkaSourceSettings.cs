using System.Collections.ObjectModel;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>How a Kafka cluster is read.</summary>
public sealed record KafkaSourceSettings
{
    /// <summary>Host and port of one or more brokers, separated by commas.</summary>
    public required string BootstrapServers { get; init; }

    /// <summary>The topics, and <see cref="Events.TopicPattern"/>s of several. A topic's index is its place in this list.</summary>
    public required IReadOnlyList<string> Topics { get; init; }

    /// <summary>Whether all records are of one topic, so that a record need not name its own.</summary>
    public bool HasOneTopic => Topics.Count == 1 && !Events.TopicPattern.IsPattern(Topics[0]);

    /// <summary>Where reading starts.</summary>
    public KafkaStart Start { get; init; }

    /// <summary>
    /// For <see cref="KafkaStart.Window"/>: returns the record time from which to read a topic, given its index and the last records of its
    /// partitions; null for the oldest record.
    /// </summary>
    public Func<int, IReadOnlyList<LastRecord>, EventTime?>? WindowStart { get; init; }

    /// <summary>
    /// For <see cref="KafkaStart.Window"/>: whether one more record of each partition is read, the last one before that time. It shows that
    /// the partition has been read from there on, even if its next record comes later.
    /// </summary>
    public bool StartsOneBefore { get; init; }

    /// <summary>
    /// For a bounded source: reading ends behind the first records with this record time or a later one, which show that time has passed
    /// it; null for the log's end.
    /// </summary>
    public EventTime? EndTime { get; init; }

    /// <summary>
    /// For <see cref="KafkaStart.Earliest"/>: how many records are read at most, the newest, from each partition the same share; null for
    /// all.
    /// </summary>
    public long? Newest { get; init; }

    /// <summary>Where reading goes on after a restart; in place of <see cref="Start"/> where it says so.</summary>
    public ResumePoints Resume { get; init; } = ResumePoints.None;

    /// <summary>Whether reading stops at the ends that the logs have when the source is opened.</summary>
    public bool IsBounded { get; init; }

    /// <summary>How long a bounded source waits for a broker and its topics before it fails.</summary>
    public TimeSpan ConnectWithin { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The consumer group whose offsets are committed, for lag dashboards only.</summary>
    public string Group { get; init; } = "driftmonitor";

    /// <summary>The largest value that is read, in bytes.</summary>
    public int MaxEventBytes { get; init; } = 1024 * 1024;

    /// <summary>
    /// Whether records are read in batches from librdkafka's memory, or one by one with Confluent.Kafka's <c>Consume</c>.
    /// </summary>
    public bool IsBatched { get; init; } = true;

    /// <summary>Whether records have their keys where they are read one by one; in batches they always have.</summary>
    public bool ReadsKeys { get; init; }

    /// <summary>
    /// The topics whose records are CloudEvents, each with the attributes that are read: records of binary mode then have the value that
    /// they would have in structured mode.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<CloudEventHeader>> CloudEvents { get; init; } =
        ReadOnlyDictionary<string, IReadOnlyList<CloudEventHeader>>.Empty;

    /// <summary>librdkafka properties, which override our own; some are not allowed: <see cref="KafkaProperties"/>.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>Properties whose values are in files, which are read again while the source is open.</summary>
    public PropertyFiles PropertyFiles { get; init; } = new(new Dictionary<string, string>());
}
