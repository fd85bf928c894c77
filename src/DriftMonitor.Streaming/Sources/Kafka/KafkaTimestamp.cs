using Confluent.Kafka;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>Converts record times.</summary>
internal static class KafkaTimestamp
{
    /// <summary>The record's own time; null if it has none.</summary>
    public static EventTime? ToEventTime(this Timestamp timestamp) =>
        timestamp.Type == TimestampType.NotAvailable || timestamp.UnixTimestampMs < 0 ? null : new EventTime(timestamp.UnixTimestampMs);
}
