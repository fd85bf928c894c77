using System.Collections.Concurrent;
using System.Text;
using Confluent.Kafka;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Tests.Kafka;

/// <summary>A consumer that a test reads by a <see cref="BatchQueue"/>.</summary>
internal sealed class BatchReader : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly string[] _topics;

    public BatchReader(
        string bootstrapServers,
        string[] topics,
        int capacity = 64,
        Action<ConsumerConfig>? configure = null,
        Action<string>? onStatistics = null)
    {
        _topics = topics;
        var config = new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = Topics.NewName(),
            AutoOffsetReset = AutoOffsetReset.Error,
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            EnablePartitionEof = true,
            ReconnectBackoffMaxMs = 500,
        };
        configure?.Invoke(config);
        Consumer = new ConsumerBuilder<Ignore, Ignore>(config)
            .SetErrorHandler((_, error) => HandledErrors.Enqueue(error))
            .SetLogHandler((_, line) => LogLines.Enqueue(line.Message))
            .SetStatisticsHandler((_, json) => onStatistics?.Invoke(json))
            .Build();
        Queue = BatchQueue.Over(Consumer, topics, capacity);
    }

    public IConsumer<Ignore, Ignore> Consumer { get; }

    public BatchQueue Queue { get; }

    public List<ReadRecord> Records { get; } = [];

    public List<ReadError> Errors { get; } = [];

    public ConcurrentQueue<Error> HandledErrors { get; } = new();

    public ConcurrentQueue<string> LogLines { get; } = new();

    public int LargestBatch { get; private set; }

    /// <summary>Assigns the first partitions of each topic.</summary>
    public BatchReader Assign(int partitions, long offset = 0)
    {
        Consumer.Assign(_topics.SelectMany(topic =>
            Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffset(topic, partition, offset))));
        return this;
    }

    /// <summary>Reads one batch and keeps copies of what is in it.</summary>
    /// <returns>The number of messages in it.</returns>
    public int Step(TimeSpan? timeout = null)
    {
        var batch = Queue.Read(timeout ?? TimeSpan.FromMilliseconds(100));
        LargestBatch = Math.Max(LargestBatch, batch.Length);
        foreach (ref readonly var message in batch)
        {
            if (message.Error == ErrorCode.NoError)
            {
                var value = message.IsNull ? null : Encoding.UTF8.GetString(message.Value);
                Records.Add(new ReadRecord(message.Topic, message.Partition, message.Offset, value, message.RecordTime));
            }
            else
            {
                Errors.Add(new ReadError(message.Topic, message.Partition, message.Offset, Queue.ErrorOf(message)));
            }
        }

        return batch.Length;
    }

    public BatchReader Until(string what, Func<BatchReader, bool> condition)
    {
        Eventually.Within(Deadline, what, () =>
        {
            while (Step() > 0)
            {
                if (condition(this))
                {
                    return true;
                }
            }

            return condition(this);
        });
        return this;
    }

    public BatchReader UntilRecords(int count) => Until($"{count} records", _ => Records.Count >= count);

    public IEnumerable<string?> Values(int partition, int topic = 0) =>
        Records.Where(record => record.Partition == partition && record.Topic == topic).Select(record => record.Value);

    /// <summary>Closes the consumer, which librdkafka can't do while a message is not released.</summary>
    public void Dispose()
    {
        var closing = new Thread(() =>
        {
            Queue.Dispose();
            if (!Errors.Exists(error => error.Error.IsFatal))
            {
                Consumer.Close(); // throws the fatal error if there was one
            }

            Consumer.Dispose();
        })
        { IsBackground = true };
        closing.Start();
        if (!closing.Join(Deadline))
        {
            throw new TimeoutException("the consumer does not close: a message was not released");
        }
    }

    public sealed record ReadRecord(int Topic, int Partition, long Offset, string? Value, EventTime? Time);

    public sealed record ReadError(int Topic, int Partition, long Offset, Error Error);
}
