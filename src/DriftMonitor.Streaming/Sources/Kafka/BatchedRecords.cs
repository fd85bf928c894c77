using Confluent.Kafka;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>Reads records from batches that stay in librdkafka's own memory: nothing is copied or allocated for a record.</summary>
/// <param name="queue">The batches.</param>
/// <param name="maxBytes">The largest value that is read.</param>
internal sealed class BatchedRecords(BatchQueue queue, int maxBytes) : IRecordQueue
{
    private int _count;
    private int _next;

    /// <inheritdoc/>
    public bool TryRead(TimeSpan timeout, out KafkaRecord record)
    {
        if (_next == _count)
        {
            (_next, _count) = (0, 0);
            _count = queue.Read(timeout).Length;
            if (_count == 0)
            {
                record = default;
                return false;
            }
        }

        ref readonly var message = ref queue[_next++];
        var value = message.Value;
        var isTooLarge = value.Length > maxBytes && message.Error == ErrorCode.NoError;
        record = new KafkaRecord
        {
            Topic = message.Topic,
            Partition = message.Partition,
            Offset = message.Offset,
            Error = message.Error,
            RecordTime = message.RecordTime,
            Value = isTooLarge ? default : value,
            IsTooLarge = isTooLarge,
        };
        return true;
    }

    /// <inheritdoc/>
    public Error GetError() => queue.ErrorOf(in queue[_next - 1]);

    /// <inheritdoc/>
    public void Dispose() => queue.Dispose();
}
