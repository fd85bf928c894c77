using Confluent.Kafka;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>A partition: its log when it was found, and how far it has been read since.</summary>
internal sealed class KafkaPartition
{
    private readonly List<LastRecord> _last = [];

    public KafkaPartition(int topic, TopicPartition name, long low, long high)
    {
        Topic = topic;
        Name = name;
        Low = low;
        High = high;
        Next = low;
        Uses = [(topic, name.Partition.Value)];
    }

    /// <summary>Index of the topic in <see cref="KafkaTopics"/>.</summary>
    public int Topic { get; }

    /// <summary>
    /// What it is for those who read the source: the index of a topic or pattern, and the partition's number there. One, unless it is of
    /// several patterns, or of a topic and a pattern.
    /// </summary>
    public (int Topic, int Partition)[] Uses { get; init; }

    /// <summary>Whether its topic was deleted. <see cref="HasEnded"/> is true too.</summary>
    public bool IsGone { get; private set; }

    /// <summary>Topic and number.</summary>
    public TopicPartition Name { get; }

    /// <summary>The oldest offset when the partition was found.</summary>
    public long Low { get; }

    /// <summary>
    /// The log's end when the partition was found, as far as <c>isolation.level</c> allows reading; or, if a bounded source ends before it,
    /// that offset.
    /// </summary>
    public long High { get; private set; }

    /// <summary>The last records when the partition was found, in their order; none unless the start depends on them.</summary>
    public IReadOnlyList<LastRecord> Last => _last;

    /// <summary>Adds a record to the last ones; those for which there is no room any more are dropped.</summary>
    public void AddLast(LastRecord record)
    {
        _last.Add(record);
        while (_last.Count > LastRecord.Most || (_last.Count > 1 && _last.Sum(last => last.Value.Length) > LastRecord.MostBytes))
        {
            _last.RemoveAt(0);
        }
    }

    /// <summary>The topic was deleted: the log ends where it has been read to.</summary>
    public void Delete()
    {
        (IsGone, HasEnded) = (true, true);
        High = Next;
    }

    /// <summary>Ends a bounded source before the log's end.</summary>
    public void EndAt(long offset)
    {
        High = Math.Clamp(offset, Low, High);
        Next = Math.Min(Next, High);
    }

    /// <summary>Drops the last records, to read them again.</summary>
    public void ClearLast() => _last.Clear();

    /// <summary>The offset to read next. Records below it have been read, and are dropped if they arrive again.</summary>
    public long Next { get; set; }

    /// <summary>How many of the oldest records are not read, because only the newest were asked for.</summary>
    public long Skipped { get; set; }

    /// <summary>
    /// As <see cref="Next"/>, without the records of a batch that has not been given to the reader: if reading fails, it never is.
    /// </summary>
    public long Given { get; set; }

    /// <summary>The offset up to which a monitor had counted before a restart: a log that ends before it is another one.</summary>
    public long Furthest { get; set; }

    /// <summary>Whether the log no longer had what was to be read first, after a restart.</summary>
    public bool HasLoss { get; set; }

    /// <summary>Whether its records are not fetched for a while, as the reader does not need them yet.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Whether nothing more comes: a bounded source has read the partition to its end, or the topic was deleted.</summary>
    public bool HasEnded { get; set; }
}
