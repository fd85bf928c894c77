using Confluent.Kafka;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>Reads records one by one with Confluent.Kafka's own <c>Consume</c>: <c>Kafka:Batches</c> is false.</summary>
/// <remarks>An event costs more than twice as much as in batches, and 480 bytes. For comparison, and as a way out.</remarks>
/// <param name="consumer">The consumer, whose values <paramref name="values"/> receives.</param>
/// <param name="values">Holds the value of the record read last.</param>
/// <param name="topics">The index of each topic, by name.</param>
/// <param name="maxBytes">The largest value that is read.</param>
internal sealed class ConsumedRecords(IConsumer<Ignore, int> consumer, ValueBuffer values, Dictionary<string, int> topics, int maxBytes)
    : IRecordQueue
{
    private Error? _error;

    /// <inheritdoc/>
    public bool TryRead(TimeSpan timeout, out KafkaRecord record)
    {
        record = default;
        try
        {
            if (consumer.Consume(timeout) is not { } result)
            {
                return false;
            }

            var length = result.IsPartitionEOF ? 0 : result.Message.Value;
            record = new KafkaRecord
            {
                Topic = TopicOf(result.Topic),
                Partition = result.Partition.Value,
                Offset = result.Offset.Value,
                Error = result.IsPartitionEOF ? ErrorCode.Local_PartitionEOF : ErrorCode.NoError,
                RecordTime = result.IsPartitionEOF ? null : result.Message.Timestamp.ToEventTime(),
                Value = length > maxBytes ? default : values.GetValue(Math.Max(length, 0)),
                IsTooLarge = length > maxBytes,
            };
        }
        catch (ConsumeException e)
        {
            _error = e.Error;
            var about = e.ConsumerRecord;
            record = new KafkaRecord
            {
                Topic = about is null && topics.Count > 1 ? -1 : TopicOf(about?.Topic),
                Partition = about?.Partition.Value ?? -1,
                Offset = about?.Offset.Value ?? Offset.Unset,
                Error = e.Error.Code,
            };
        }

        return true;
    }

    /// <inheritdoc/>
    public Error GetError() => _error!;

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    // With one topic the client does not give its name.
    private int TopicOf(string? name) => topics.Count == 1 ? 0 : name is not null && topics.TryGetValue(name, out var topic) ? topic : -1;
}
