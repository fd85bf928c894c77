using Confluent.Kafka;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// Asks the brokers, in the background, where partitions end now. The client tells that a partition has been read to its end only once,
/// when it gets there; it does not tell whether more has come that could not be fetched since.
/// </summary>
internal sealed class KafkaEnds
{
    private readonly IConsumer<Ignore, int> _consumer;
    private Task<List<(KafkaPartition Partition, long End)>>? _asked;
    private volatile bool _isStopping;

    public KafkaEnds(IConsumer<Ignore, int> consumer) => _consumer = consumer;

    /// <summary>Asks, unless an answer is still awaited. Returns at once.</summary>
    public void Ask(IReadOnlyList<KafkaPartition> partitions) => _asked ??= Task.Run(() => Query(partitions));

    /// <summary>The ends, once, when they are known. Partitions whose leader gave no answer are missing.</summary>
    public List<(KafkaPartition Partition, long End)>? TakeAnswer()
    {
        if (_asked is not { IsCompleted: true } asked)
        {
            return null;
        }

        _asked = null;
        return asked.IsCompletedSuccessfully ? asked.GetAwaiter().GetResult() : [];
    }

    /// <summary>Waits for the request that is under way: the client must not be closed during it.</summary>
    public void Finish(TimeSpan timeout)
    {
        _isStopping = true;
        if (_asked is not null)
        {
            Task.WaitAny([_asked], timeout);
        }
    }

    private List<(KafkaPartition Partition, long End)> Query(IReadOnlyList<KafkaPartition> partitions)
    {
        var ends = new List<(KafkaPartition, long)>(partitions.Count);
        foreach (var partition in partitions.TakeWhile(_ => !_isStopping))
        {
            try
            {
                ends.Add((partition, _consumer.QueryWatermarkOffsets(partition.Name, KafkaMetadataWatch.RequestTimeout).High.Value));
            }
            catch (KafkaException)
            {
                // It is asked for again, as long as somebody needs to know. The outage itself is reported elsewhere.
            }
        }

        return ends;
    }
}
