using Confluent.Kafka;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>A partition as it was found, and how far it has been read since.</summary>
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

    public TopicPartition Name { get; }

    /// <summary>The oldest offset when it was found.</summary>
    public long Low { get; }

    /// <summary>The end when it was found: of what <c>isolation.level</c> lets us read.</summary>
    public long High { get; }

    /// <summary>The last record when it was found; only where the start depends on it.</summary>
    public LastRecord? Last { get; set; }

    /// <summary>The offset to go on from. Records below it have been read, and are dropped if they come again.</summary>
    public long Next { get; set; }

    /// <summary>For a bounded source: nothing more comes from it.</summary>
    public bool HasEnded { get; set; }
}
