using Confluent.Kafka;
using DriftMonitor.Core.Readings;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>What a <see cref="KafkaSource"/> tells the log.</summary>
internal static partial class KafkaLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Line}")]
    public static partial void Trouble(this ILogger logger, string line);

    [LoggerMessage(Level = LogLevel.Information, Message = "Kafka at {BootstrapServers} answers: reading goes on")]
    public static partial void TroubleIsOver(this ILogger logger, string bootstrapServers);

    [LoggerMessage(Level = LogLevel.Debug, Message = "librdkafka: {Message}")]
    public static partial void Library(this ILogger logger, string message);

    [LoggerMessage(Level = LogLevel.Debug, Message = "librdkafka: error {Code}: {Reason}")]
    public static partial void LibraryError(this ILogger logger, ErrorCode code, string reason);

    public static void Reading(this ILogger logger, IEnumerable<string> topics, string bootstrapServers, int partitions, string version) =>
        ReadingPartitions(logger, topics, bootstrapServers, partitions, partitions == 1 ? "partition" : "partitions", version);

    [LoggerMessage(Level = LogLevel.Information, Message = "Topic {Topic} has {Partitions} partitions now")]
    public static partial void MorePartitions(this ILogger logger, string topic, int partitions);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Partition} has no offset {Offset} any more: reading goes on at {Oldest}, its oldest")]
    public static partial void OffsetIsGone(this ILogger logger, TopicPartition partition, long offset, long oldest);

    [LoggerMessage(Message = "The group was not told how far it has been read ({Reason}); the monitor does not depend on it")]
    public static partial void CommitFailed(this ILogger logger, LogLevel level, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "librdkafka did not close within {Within}: left behind")]
    public static partial void CloseHangs(this ILogger logger, TimeSpan within);

    [LoggerMessage(
        Level = LogLevel.Information, Message = "Reading {Topics} at {BootstrapServers}: {Partitions} {Noun}, librdkafka {Version}")]
    private static partial void ReadingPartitions(
        ILogger logger, IEnumerable<string> topics, string bootstrapServers, int partitions, string noun, string version);
}
