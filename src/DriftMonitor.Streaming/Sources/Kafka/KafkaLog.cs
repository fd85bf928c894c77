using Confluent.Kafka;
using DriftMonitor.Core.Readings;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>The log messages of a <see cref="KafkaSource"/>.</summary>
internal static partial class KafkaLog
{
    private const int MostTopicsShown = 20;

    [LoggerMessage(EventName = "kafka.trouble", Level = LogLevel.Warning, Message = "{Trouble}")]
    public static partial void TroubleStarted(this ILogger logger, string trouble, string? topic);

    [LoggerMessage(
        EventName = "kafka.trouble_ended", Level = LogLevel.Information,
        Message = "Kafka at {BootstrapServers} answers: reading continues")]
    public static partial void TroubleEnded(this ILogger logger, string bootstrapServers);

    [LoggerMessage(EventName = "kafka.library_message", Level = LogLevel.Debug, Message = "librdkafka: {Line}")]
    public static partial void LibraryMessage(this ILogger logger, string line);

    [LoggerMessage(EventName = "kafka.library_error", Level = LogLevel.Debug, Message = "librdkafka: error {Code}: {Reason}")]
    public static partial void LibraryError(this ILogger logger, ErrorCode code, string reason);

    public static void OffsetNotInLog(this ILogger logger, TopicPartition log, long offset, long oldest) =>
        OffsetNotInLog(logger, log, offset, oldest, log.Topic, log.Partition.Value);

    public static void ReadingStarted(
        this ILogger logger, IEnumerable<string> topics, string bootstrapServers, int partitions, string version) =>
        ReadingPartitions(logger, Shortened(topics), bootstrapServers, partitions, partitions == 1 ? "partition" : "partitions", version);

    private static IEnumerable<string> Shortened(IEnumerable<string> topics) => topics.Count() is var count && count <= MostTopicsShown
        ? topics
        : topics.Take(MostTopicsShown).Append(FormattableString.Invariant($"and {count - MostTopicsShown} others"));

    [LoggerMessage(
        EventName = "kafka.partitions_added", Level = LogLevel.Information,
        Message = "Topic {Topic} now has {Partitions} partitions")]
    public static partial void PartitionsAdded(this ILogger logger, string topic, int partitions);

    [LoggerMessage(
        EventName = "kafka.topic_added", Level = LogLevel.Information,
        Message = "Topic {Topic} is new and matches {Patterns}: it is read from its beginning")]
    public static partial void TopicAdded(this ILogger logger, string topic, string patterns);

    [LoggerMessage(
        EventName = "kafka.topic_deleted", Level = LogLevel.Warning,
        Message = "Topic {Topic} was deleted: no pane waits for it any more, and records lost unread: {Unread}")]
    public static partial void TopicDeleted(this ILogger logger, string topic, long unread);

    [LoggerMessage(
        EventName = "kafka.topic_left_out", Level = LogLevel.Error,
        Message = "Topic {Topic} matches {Pattern} and is not read, because a pattern has at most {Most} topics: write a narrower pattern")]
    public static partial void TopicLeftOut(this ILogger logger, string topic, string pattern, int most);

    [LoggerMessage(
        EventName = "kafka.offset_lost", Level = LogLevel.Warning,
        Message = "{Log} no longer has offset {Offset}: reading continues at {Oldest}, its oldest offset")]
    private static partial void OffsetNotInLog(ILogger logger, TopicPartition log, long offset, long oldest, string topic, int partition);

    [LoggerMessage(
        EventName = "kafka.commit_failed",
        Message = "The group's offsets could not be committed ({Reason}); only lag dashboards are affected")]
    public static partial void CommitFailed(this ILogger logger, LogLevel level, string reason);

    [LoggerMessage(
        EventName = "kafka.not_closed", Level = LogLevel.Warning,
        Message = "The Kafka consumer could not be closed ({Reason}): its connections are dropped instead")]
    public static partial void CloseFailed(this ILogger logger, string reason);

    [LoggerMessage(
        EventName = "kafka.not_released", Level = LogLevel.Warning,
        Message = "The Kafka client could not be released ({Reason}): its memory stays in use until the process ends")]
    public static partial void DisposeFailed(this ILogger logger, string reason);

    [LoggerMessage(
        EventName = "kafka.not_closed_in_time", Level = LogLevel.Warning,
        Message = "librdkafka did not close within {Timeout}: it is abandoned")]
    public static partial void CloseTimedOut(this ILogger logger, TimeSpan timeout);

    [LoggerMessage(
        EventName = "kafka.credentials_changed", Level = LogLevel.Information,
        Message = "Kafka:PropertyFiles:{Property} has changed: the next connections to brokers use the new value")]
    public static partial void CredentialsChanged(this ILogger logger, string property);

    [LoggerMessage(
        EventName = "kafka.property_file_changed", Level = LogLevel.Warning,
        Message = "Kafka:PropertyFiles:{Property} has changed, and the Kafka client takes it only when it starts: restart the service")]
    public static partial void PropertyFileChanged(this ILogger logger, string property);

    [LoggerMessage(
        EventName = "kafka.tls_file_changed", Level = LogLevel.Warning,
        Message = "The file of {Property} in Kafka:Properties has changed, and the Kafka client reads it only when it starts: restart the "
            + "service before what it holds expires")]
    public static partial void TlsFileChanged(this ILogger logger, string property);

    [LoggerMessage(
        EventName = "kafka.property_file_unreadable", Level = LogLevel.Warning,
        Message = "Kafka:PropertyFiles:{Property} {Reason}; until then, the last value stays in use")]
    public static partial void PropertyFileUnreadable(this ILogger logger, string property, string reason);

    [LoggerMessage(
        EventName = "kafka.property_file_readable", Level = LogLevel.Information,
        Message = "Kafka:PropertyFiles:{Property} can be read again")]
    public static partial void PropertyFileReadable(this ILogger logger, string property);

    [LoggerMessage(
        EventName = "kafka.reading", Level = LogLevel.Information,
        Message = "Reading {Topics} at {BootstrapServers}: {Partitions} {Noun}, librdkafka {Version}")]
    private static partial void ReadingPartitions(
        ILogger logger, IEnumerable<string> topics, string bootstrapServers, int partitions, string noun, string version);
}
