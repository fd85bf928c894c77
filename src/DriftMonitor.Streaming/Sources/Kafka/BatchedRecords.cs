using Confluent.Kafka;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>Reads records from batches that stay in librdkafka's own memory: nothing is copied or allocated for a record.</summary>
/// <param name="queue">The batches.</param>
/// <param name="maxBytes">The largest value that is read.</param>
internal sealed class BatchedRecords(BatchQueue queue, int maxBytes) : IRecordQueue
{
    /// <inheritdoc/>
    public KafkaRecord this[int place]
    {
        get
        {
            ref readonly var message = ref queue[place];
            var value = message.Value;
            var isTooLarge = value.Length > maxBytes && message.Error == ErrorCode.NoError;
            return new KafkaRecord
            {
                Topic = message.Topic,
                Partition = message.Partition,
                Offset = message.Offset,
                Error = message.Error,
                RecordTime = message.RecordTime,
                Value = isTooLarge ? default : value,
                Key = message.Key,
                IsTooLarge = isTooLarge,
            };
        }
    }

    /// <inheritdoc/>
    public int Read(TimeSpan timeout) => queue.Read(timeout).Length;

    /// <inheritdoc/>
    public bool TryGetHeader(int place, string name, out ReadOnlySpan<byte> value) => queue.TryGetHeader(place, name, out value);

    /// <inheritdoc/>
    public Error GetError(int place) => queue.ErrorOf(in queue[place]);

    /// <inheritdoc/>
    public void Dispose() => queue.Dispose();
}
