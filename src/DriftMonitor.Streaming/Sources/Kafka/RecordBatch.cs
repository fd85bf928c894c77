using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>Those of a queue's records that are events, which lie in the queue's memory until it is read again.</summary>
/// <param name="records">The queue.</param>
/// <param name="cloudEvents">Gives records of binary mode their structured form; null where no topic has CloudEvents.</param>
internal sealed class RecordBatch(IRecordQueue records, BinaryCloudEvents? cloudEvents) : EventBatch
{
    /// <inheritdoc/>
    public override RawEvent this[int place]
    {
        get
        {
            var record = records[place];
            var structured = cloudEvents is null ? default : cloudEvents.ValueAt(place);
            return new RawEvent
            {
                Topic = record.Topic,
                Partition = record.Partition,
                Offset = record.Offset,
                RecordTime = record.RecordTime,
                Value = structured.IsEmpty ? record.Value : structured,
                Key = record.Key,
                IsTooLarge = record.IsTooLarge,
                Batch = this,
                Place = place,
            };
        }
    }

    /// <inheritdoc/>
    protected internal override bool HasHeader(int place, string name) => records.TryGetHeader(place, name, out _);

    /// <summary>Removes all events and signals.</summary>
    public void Clear()
    {
        ClearRuns();
        cloudEvents?.Clear();
    }

    /// <summary>Appends an event.</summary>
    /// <param name="topic">The topic's index.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="place">The record's place in the queue.</param>
    public void Append(int topic, int partition, int place)
    {
        AppendEvent(topic, partition, place);
        cloudEvents?.Take(topic, place);
    }

    /// <summary>Appends a signal of the source.</summary>
    public void Append(SourceSignal signal, int topic = 0, int partition = 0) => AppendSignal(signal, topic, partition);
}
