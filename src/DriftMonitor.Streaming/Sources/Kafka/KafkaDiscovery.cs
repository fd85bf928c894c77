using Confluent.Kafka;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// Finds the partitions of the topics, their ends and where to start, with a client and on threads of its own: a slow or dead broker keeps nobody waiting.
/// Every step is tried again until it succeeds or told to stop.
/// </summary>
internal sealed class KafkaDiscovery : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ShortestTry = TimeSpan.FromSeconds(1);

    // Answers may take seconds on a poor line: tries grow so long, and librdkafka ends them early when the broker answers.
    private static readonly TimeSpan LongestTry = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan LastRecordWithin = TimeSpan.FromSeconds(20);

    private readonly KafkaSourceSettings _settings;
    private readonly KafkaTrouble _trouble;
    private readonly IConsumer<Ignore, byte[]> _client;
    private readonly CancellationToken _stopping;
    private bool _isHeard = true;

    public KafkaDiscovery(KafkaSourceSettings settings, KafkaClient clients, KafkaTrouble trouble, CancellationToken stopping)
    {
        _settings = settings;
        _trouble = trouble;
        _stopping = stopping;
        _client = clients.Open(Deserializers.ByteArray, error =>
        {
            if (_isHeard)
            {
                trouble.Note(error);
            }
        });
    }

    /// <summary>The partitions of all topics, in the topics' order, with their last records where the start is by window.</summary>
    public Task<List<KafkaPartition>> Find() => Run(timeout =>
    {
        using var admin = new DependentAdminClientBuilder(_client.Handle).Build();
        var found = new List<KafkaPartition>();
        for (var topic = 0; topic < _settings.Topics.Count; topic++)
        {
            var metadata = admin.GetMetadata(_settings.Topics[topic], timeout).Topics[0];
            if (metadata.Error.IsError || metadata.Partitions.Count == 0)
            {
                _trouble.FailedFor(_settings.Topics[topic], metadata.Error.IsError ? metadata.Error : new Error(ErrorCode.LeaderNotAvailable));
                return null;
            }

            foreach (var partition in metadata.Partitions.OrderBy(partition => partition.PartitionId))
            {
                _stopping.ThrowIfCancellationRequested();
                var name = new TopicPartition(_settings.Topics[topic], partition.PartitionId);
                var offsets = _client.QueryWatermarkOffsets(name, timeout);
                found.Add(new KafkaPartition(topic, name, offsets.Low.Value, offsets.High.Value));
            }
        }

        if (_settings is { Start: KafkaStart.Window, WindowStart: not null })
        {
            DropErrors();
            ReadLastRecords(found);
        }

        return found;
    });

    /// <summary>Sets where the partitions are read from.</summary>
    /// <param name="partitions">What <see cref="Find"/> found.</param>
    /// <param name="times">The record time to start from, by topic; null for the oldest record. Only for a start by window.</param>
    public Task<List<KafkaPartition>> SetStarts(List<KafkaPartition> partitions, IReadOnlyList<EventTime?> times) => Run(timeout =>
    {
        foreach (var partition in partitions)
        {
            partition.Next = _settings.Start == KafkaStart.Latest ? partition.High : partition.Low;
        }

        // A time at or before the epoch cannot be asked for (-1 and -2 mean the log's end and start); every record is later.
        var asked = partitions.Where(partition => times.Count > 0 && times[partition.Topic] is { Milliseconds: > 0 } && partition.High > partition.Low).ToList();
        if (asked.Count == 0)
        {
            return partitions;
        }

        var answers = _client.OffsetsForTimes(
            asked.Select(partition => new TopicPartitionTimestamp(
                partition.Name, new Timestamp(times[partition.Topic]!.Value.Milliseconds, TimestampType.CreateTime))),
            timeout);
        foreach (var answer in answers)
        {
            var partition = asked.Find(partition => partition.Name == answer.TopicPartition)!;
            partition.Next = StartOf(partition, answer.Offset, times[partition.Topic]!.Value.Milliseconds);
        }

        return partitions;
    });

    /// <summary>Closes the client; nothing may be under way.</summary>
    public void Dispose()
    {
        _isHeard = false; // closing hands over what nobody has polled
        _client.Close();
        _client.Dispose();
    }

    private static long StartOf(KafkaPartition partition, Offset answer, long asked)
    {
        if (!answer.IsSpecial)
        {
            return Math.Clamp(answer.Value, partition.Low, partition.High);
        }

        // "The end" says that every record is older. The mock cluster says so of any time; the last record tells.
        return partition.Last is { RecordTime: { } last } && last.Milliseconds >= asked ? partition.Low : partition.High;
    }

    private Task<T> Run<T>(Func<TimeSpan, T?> step)
        where T : class =>
        Task.Factory.StartNew(() => UntilDone(step), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private T UntilDone<T>(Func<TimeSpan, T?> step)
        where T : class
    {
        for (var timeout = ShortestTry; ; timeout = timeout * 2 < LongestTry ? timeout * 2 : LongestTry)
        {
            _stopping.ThrowIfCancellationRequested();
            try
            {
                var result = step(timeout);
                DropErrors();
                if (result is not null)
                {
                    _trouble.Clear();
                    return result;
                }
            }
            catch (KafkaException e)
            {
                // Who no longer reads need not be told what is wrong; the broker may end before this thread does.
                _stopping.ThrowIfCancellationRequested();
                ReportErrors();
                _trouble.Failed(e.Error);
            }

            _stopping.WaitHandle.WaitOne(Pause);
        }
    }

    // librdkafka hands over its errors when it is polled; they name the cause of a request's failure.
    private void ReportErrors()
    {
        try
        {
            _client.Consume(Poll);
        }
        catch (ConsumeException e)
        {
            _trouble.Note(e.Error);
        }
    }

    // Answers overtake the errors, which wait to be polled: once there is an answer, those before it tell of an outage that is over.
    private void DropErrors()
    {
        _isHeard = false;
        try
        {
            _client.Consume(TimeSpan.Zero);
        }
        catch (ConsumeException)
        {
        }

        _isHeard = true;
    }

    // The last offset may hold no record: transactions end in markers, and compaction leaves holes. So step back further until there is one.
    private void ReadLastRecords(List<KafkaPartition> found)
    {
        var waiting = found.Where(partition => partition.High > partition.Low).ToDictionary(partition => partition.Name);
        var left = LastRecordWithin;
        try
        {
            for (long back = 1; waiting.Count > 0; back *= 16)
            {
                _client.Assign(waiting.Values.Select(partition =>
                    new TopicPartitionOffset(partition.Name, Math.Max(partition.Low, partition.High - back))));
                var reading = new HashSet<TopicPartition>(waiting.Keys);
                while (reading.Count > 0)
                {
                    _stopping.ThrowIfCancellationRequested();
                    var result = _client.Consume(Poll);
                    if (result is null)
                    {
                        left -= Poll;
                        if (left <= TimeSpan.Zero)
                        {
                            throw new KafkaException(ErrorCode.Local_TimedOut);
                        }

                        continue;
                    }

                    var name = new TopicPartition(result.Topic ?? _settings.Topics[0], result.Partition);
                    if (!waiting.TryGetValue(name, out var partition))
                    {
                        continue;
                    }

                    if (!result.IsPartitionEOF)
                    {
                        partition.Last = LastRecordOf(result.Message);
                    }

                    if (result.IsPartitionEOF || result.Offset >= partition.High - 1)
                    {
                        reading.Remove(name);
                    }
                }

                foreach (var partition in waiting.Values.Where(p => p.Last is not null || p.High - back <= p.Low).ToList())
                {
                    waiting.Remove(partition.Name);
                }
            }
        }
        finally
        {
            _client.Unassign();
        }
    }

    private LastRecord LastRecordOf(Message<Ignore, byte[]> message) =>
        new(message.Value is { } value && value.Length <= _settings.MaxEventBytes ? value : [], KafkaSource.TimeOf(message.Timestamp));
}
