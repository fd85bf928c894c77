using Confluent.Kafka;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>A partition: its log when it was found, and how far it has been read since.</summary>
internal sealed class KafkaPartition
{
    public KafkaPartition(int topic, TopicPartition name, long low, long high)
    {
        Topic = topic;
        Name = name;
        Low = low;
        High = high;
        Next = low;
    }

    /// <summary>Index of the topic.</summary>
    public int Topic { get; }

    /// <summary>Topic and number.</summary>
    public TopicPartition Name { get; }

    /// <summary>The oldest offset when the partition was found.</summary>
    public long Low { get; }

    /// <summary>The log's end when the partition was found, as far as <c>isolation.level</c> allows reading.</summary>
    public long High { get; }

    /// <summary>The last record when the partition was found; null unless the start depends on it, and if there is none.</summary>
    public LastRecord? Last { get; set; }

    /// <summary>The offset to read next. Records below it have been read, and are dropped if they arrive again.</summary>
    public long Next { get; set; }

    /// <summary>For a bounded source: whether the partition has been read to its end.</summary>
    public bool HasEnded { get; set; }
}
