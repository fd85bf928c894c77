using Confluent.Kafka;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>Reads records one by one with Confluent.Kafka's own <c>Consume</c>: <c>Kafka:Batches</c> is false.</summary>
/// <remarks>An event costs more than twice as much as in batches, and 480 bytes. For comparison, and as a way out.</remarks>
/// <param name="consumer">The consumer, whose values <paramref name="values"/> receives.</param>
/// <param name="values">Holds the value of the record read last.</param>
/// <param name="keys">Holds its key; null where keys are not asked for.</param>
/// <param name="topics">The topics.</param>
/// <param name="maxBytes">The largest value that is read.</param>
internal sealed class ConsumedRecords(
    IConsumer<Ignore, int> consumer, ValueBuffer values, KeyBuffer? keys, KafkaTopics topics, int maxBytes)
    : IRecordQueue
{
    private ConsumeResult<Ignore, int>? _result;
    private ConsumeException? _error;

    /// <inheritdoc/>
    public KafkaRecord this[int place]
    {
        get
        {
            if (_result is not { } result)
            {
                var about = _error!.ConsumerRecord;
                return new KafkaRecord
                {
                    Topic = about is null && !HasOneTopic ? -1 : TopicOf(about?.Topic),
                    Partition = about?.Partition.Value ?? -1,
                    Offset = about?.Offset.Value ?? Offset.Unset,
                    Error = _error.Error.Code,
                };
            }

            var length = result.IsPartitionEOF ? 0 : result.Message.Value;
            return new KafkaRecord
            {
                Topic = TopicOf(result.Topic),
                Partition = result.Partition.Value,
                Offset = result.Offset.Value,
                Error = result.IsPartitionEOF ? ErrorCode.Local_PartitionEOF : ErrorCode.NoError,
                RecordTime = result.IsPartitionEOF ? null : result.Message.Timestamp.ToEventTime(),
                Value = length > maxBytes ? default : values.GetValue(Math.Max(length, 0)),
                Key = keys is null || result.IsPartitionEOF ? default : keys.Key,
                IsTooLarge = length > maxBytes,
            };
        }
    }

    /// <inheritdoc/>
    public int Read(TimeSpan timeout)
    {
        try
        {
            _result = consumer.Consume(timeout);
            return _result is null ? 0 : 1;
        }
        catch (ConsumeException e)
        {
            (_result, _error) = (null, e);
            return 1;
        }
    }

    /// <inheritdoc/>
    public bool TryGetHeader(int place, string name, out ReadOnlySpan<byte> value)
    {
        byte[]? bytes = null;
        var isThere = _result?.Message?.Headers is { } headers && headers.TryGetLastBytes(name, out bytes);
        value = bytes;
        return isThere;
    }

    /// <inheritdoc/>
    public Error GetError(int place) => _error!.Error;

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    // With one topic the client does not give its name.
    private int TopicOf(string? name) => HasOneTopic ? 0 : name is null ? -1 : topics.IndexOf(name);

    private bool HasOneTopic => topics.Found.Count == 1 && !topics.HasPatterns;
}
