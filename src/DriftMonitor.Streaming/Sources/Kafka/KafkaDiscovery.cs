using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// Finds the topics' partitions, their ends and where to start reading. It has its own client and threads, so a slow or dead broker blocks
/// nobody else. Each step is retried until it succeeds or is cancelled.
/// </summary>
internal sealed class KafkaDiscovery : IDisposable
{
    private const int RecordsBehindEnd = 4;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan PollTimeout = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan FirstTimeout = TimeSpan.FromSeconds(1);

    // Answers may take seconds on a slow connection, so the timeout doubles up to this. librdkafka returns early when the broker answers.
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan LastRecordTimeout = TimeSpan.FromSeconds(20);

    private readonly KafkaSourceSettings _settings;
    private readonly KafkaClientFactory _clients;
    private readonly KafkaTrouble _trouble;
    private readonly IConsumer<Ignore, byte[]> _client;
    private readonly CancellationToken _stopping;
    private bool _reportsErrors = true;

    public KafkaDiscovery(KafkaSourceSettings settings, KafkaClientFactory clients, KafkaTrouble trouble, CancellationToken stopping)
    {
        _settings = settings;
        _clients = clients;
        _trouble = trouble;
        _stopping = stopping;
        Topics = new KafkaTopics(settings);
        _client = clients.CreateConsumer(Deserializers.ByteArray, error =>
        {
            if (_reportsErrors)
            {
                trouble.ReportClientError(error);
            }
        });
    }

    /// <summary>
    /// Finds the partitions of all topics, in the order of the topics; with their last records if reading starts by window.
    /// </summary>
    public Task<List<KafkaPartition>> FindPartitions() => RunWithRetries(timeout =>
    {
        using var admin = new DependentAdminClientBuilder(_client.Handle).Build();
        var topics = new KafkaTopics(_settings);
        var listed = new Dictionary<string, TopicMetadata>(StringComparer.Ordinal);
        if (topics.HasPatterns)
        {
            var all = admin.GetMetadata(timeout).Topics;
            topics.AddMatching(all, _trouble.LogLeftOut);
            listed = all.ToDictionary(topic => topic.Topic);
            if (topics.PatternsWithoutTopic.FirstOrDefault() is { } pattern)
            {
                _trouble.ReportNoMatch(pattern);
                return null;
            }
        }

        var found = new List<KafkaPartition>();
        foreach (var (topic, topicName) in topics.Found.Index())
        {
            var metadata = topics.IsOfPattern(topic) ? listed[topicName] : admin.GetMetadata(topicName, timeout).Topics[0];
            if (metadata.Error.IsError || metadata.Partitions.Count == 0)
            {
                _trouble.ReportTopicError(topicName, metadata.Error.IsError ? metadata.Error : new Error(ErrorCode.LeaderNotAvailable));
                return null;
            }

            foreach (var partition in metadata.Partitions.OrderBy(partition => partition.PartitionId))
            {
                _stopping.ThrowIfCancellationRequested();
                var name = new TopicPartition(topicName, partition.PartitionId);
                var offsets = _client.QueryWatermarkOffsets(name, timeout);
                found.Add(new KafkaPartition(topic, name, offsets.Low.Value, offsets.High.Value)
                {
                    Uses = topics.UsesOf(topic, partition.PartitionId),
                });
            }
        }

        Topics = topics;
        if (_settings.Resume.Positions.Count > 0)
        {
            Identities = Identify(admin, timeout);
        }

        if (_settings is { Start: KafkaStart.Window, WindowStart: not null })
        {
            DiscardErrors();
            ReadLastRecords(found.FindAll(partition => !IsWhole(partition)));
        }

        return found;
    });

    /// <summary>The topics; known with their partitions.</summary>
    public KafkaTopics Topics { get; private set; }

    /// <summary>Which topics were found; empty where there is nothing to compare them with.</summary>
    public IReadOnlyList<TopicIdentity> Identities { get; private set; } = [];

    /// <summary>Sets the offsets at which the partitions are read first.</summary>
    /// <param name="partitions">The result of <see cref="FindPartitions"/>.</param>
    /// <param name="times">
    /// The record time to start from, by topic; null for the oldest record. Empty unless reading starts by window.
    /// </param>
    /// <returns>The same partitions.</returns>
    public Task<List<KafkaPartition>> SetStartOffsets(
        List<KafkaPartition> partitions, IReadOnlyList<EventTime?> times) => RunWithRetries(timeout =>
    {
        foreach (var partition in partitions)
        {
            partition.Next = _settings.Start == KafkaStart.Latest && !IsNew(partition) ? partition.High : partition.Low;
        }

        // A time at or before the epoch cannot be searched for (-1 and -2 mean the log's end and start), and every record is later.
        var asked = partitions.Where(partition =>
            StartTimeOf(partition, times) is { Milliseconds: > 0 } && partition.High > partition.Low
            && !IsWhole(partition) && !IsNew(partition)).ToList();
        if (asked.Count > 0)
        {
            SetStartsByTime(asked, times, timeout);
        }

        if (_settings.Newest is { } newest)
        {
            SkipOldest(partitions, newest);
        }

        if (_settings.EndTime is { Milliseconds: > 0 } end && partitions.Count > 0)
        {
            SetEndsByTime(partitions, end, timeout);
        }

        return partitions;
    });

    /// <summary>Closes the client; no step may be running. Never throws.</summary>
    public void Dispose()
    {
        _reportsErrors = false; // closing delivers the errors that nobody has polled
        _clients.Close(_client);
    }

    // The same share of each partition: they then begin at about the same time.
    private static void SkipOldest(List<KafkaPartition> partitions, long newest)
    {
        var records = partitions.Sum(partition => partition.High - partition.Low);
        foreach (var partition in partitions.Where(_ => records > newest))
        {
            partition.Next = partition.High - (long)((double)newest / records * (partition.High - partition.Low));
            partition.Skipped = partition.Next - partition.Low;
        }
    }

    private void SetStartsByTime(List<KafkaPartition> asked, IReadOnlyList<EventTime?> times, TimeSpan timeout)
    {
        var answers = _client.OffsetsForTimes(
            asked.Select(partition => new TopicPartitionTimestamp(
                partition.Name, new Timestamp(StartTimeOf(partition, times)!.Value.Milliseconds, TimestampType.CreateTime))),
            timeout);
        foreach (var answer in answers)
        {
            var partition = asked.Find(partition => partition.Name == answer.TopicPartition)!;
            var start = GetStartOffset(partition, answer.Offset, StartTimeOf(partition, times)!.Value.Milliseconds);
            partition.Next = Math.Max(partition.Low, _settings.StartsOneBefore ? start - 1 : start);
        }
    }

    // With the records that close the last panes: four, as three more have to confirm one that is far ahead.
    private void SetEndsByTime(List<KafkaPartition> partitions, EventTime end, TimeSpan timeout)
    {
        var answers = _client.OffsetsForTimes(
            partitions.Select(partition => new TopicPartitionTimestamp(
                partition.Name, new Timestamp(end.Milliseconds, TimestampType.CreateTime))),
            timeout);
        foreach (var answer in answers.Where(answer => !answer.Offset.IsSpecial)) // special: all records are older
        {
            partitions.Find(partition => partition.Name == answer.TopicPartition)!.EndAt(answer.Offset.Value + RecordsBehindEnd);
        }
    }

    // The earliest time that somebody who reads it needs; null for the oldest record.
    private static EventTime? StartTimeOf(KafkaPartition partition, IReadOnlyList<EventTime?> times) =>
        times.Count == 0 || Array.Exists(partition.Uses, use => times[use.Topic] is null)
            ? null
            : partition.Uses.Min(use => times[use.Topic]);

    private bool IsWhole(KafkaPartition partition) =>
        Array.TrueForAll(partition.Uses, use => _settings.Resume.Whole.Contains(_settings.Topics[use.Topic]));

    // Created since the checkpoint, or its topic was: monitors that go on need all of it.
    private bool IsNew(KafkaPartition partition) =>
        (_settings.Resume.Positions.Any(progress => progress.Position.Topic == partition.Name.Topic)
            || Array.Exists(partition.Uses, use => _settings.Resume.Numbers.ContainsKey(_settings.Topics[use.Topic])))
        && _settings.Resume.Find(partition.Name.Topic, partition.Name.Partition.Value) is null;

    private IReadOnlyList<TopicIdentity> Identify(IAdminClient admin, TimeSpan timeout)
    {
        try
        {
            return TopicIds.Find(admin, Topics.Found, timeout).GetAwaiter().GetResult();
        }
        catch (KafkaException) when (!_settings.Resume.Topics.Any(topic => topic.Id is not null))
        {
            return []; // these brokers may have no ids; where they had some, an error is only a delay
        }
    }

    private static long GetStartOffset(KafkaPartition partition, Offset answer, long asked)
    {
        if (!answer.IsSpecial)
        {
            return Math.Clamp(answer.Value, partition.Low, partition.High);
        }

        // "The end" means that every record is older. The mock cluster answers so for any time, so compare with the last record.
        return partition.Last is [.., { RecordTime: { } last }] && last.Milliseconds >= asked ? partition.Low : partition.High;
    }

    private Task<T> RunWithRetries<T>(Func<TimeSpan, T?> step)
        where T : class =>
        Task.Factory.StartNew(() => Retry(step), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private T Retry<T>(Func<TimeSpan, T?> step)
        where T : class
    {
        for (var timeout = FirstTimeout; ; timeout = timeout * 2 < MaxTimeout ? timeout * 2 : MaxTimeout)
        {
            _stopping.ThrowIfCancellationRequested();
            try
            {
                var result = step(timeout);
                DiscardErrors();
                if (result is not null)
                {
                    _trouble.Clear(_trouble.Reports);
                    return result;
                }
            }
            catch (KafkaException e)
            {
                // Don't report errors after cancellation: the broker may stop before this thread does.
                _stopping.ThrowIfCancellationRequested();
                ReportErrors();
                _trouble.ReportRequestError(e.Error);
            }

            _stopping.WaitHandle.WaitOne(RetryDelay);
        }
    }

    // librdkafka delivers its errors when it is polled. They name the cause of a failed request.
    private void ReportErrors()
    {
        try
        {
            _client.Consume(PollTimeout);
        }
        catch (ConsumeException e)
        {
            _trouble.ReportClientError(e.Error);
        }
    }

    // An answer arrives before errors that wait to be polled. Errors from before the answer describe an outage that is over.
    private void DiscardErrors()
    {
        _reportsErrors = false;
        try
        {
            _client.Consume(TimeSpan.Zero);
        }
        catch (ConsumeException)
        {
            // Discarded too.
        }

        _reportsErrors = true;
    }

    // The last offsets may have no records: transactions end with markers, and compaction leaves gaps. So step back further until there is
    // one at least.
    private void ReadLastRecords(List<KafkaPartition> found)
    {
        var waiting = found.Where(partition => partition.High > partition.Low).ToDictionary(partition => partition.Name);
        var left = LastRecordTimeout;
        try
        {
            for (long back = LastRecord.Most; waiting.Count > 0; back *= 16)
            {
                _client.Assign(waiting.Values.Select(partition =>
                    new TopicPartitionOffset(partition.Name, Math.Max(partition.Low, partition.High - back))));
                var reading = new HashSet<TopicPartition>(waiting.Keys);
                foreach (var partition in waiting.Values)
                {
                    partition.ClearLast();
                }

                while (reading.Count > 0)
                {
                    _stopping.ThrowIfCancellationRequested();
                    var result = _client.Consume(PollTimeout);
                    if (result is null)
                    {
                        left -= PollTimeout;
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
                        partition.AddLast(ToLastRecord(result.Message, partition));
                    }

                    if (result.IsPartitionEOF || result.Offset >= partition.High - 1)
                    {
                        reading.Remove(name);
                    }
                }

                foreach (var partition in waiting.Values.Where(p => p.Last.Count > 0 || p.High - back <= p.Low).ToList())
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

    private LastRecord ToLastRecord(Message<Ignore, byte[]> message, KafkaPartition partition)
    {
        var value = message.Value is { } bytes && bytes.Length <= _settings.MaxEventBytes ? bytes : [];
        if (_settings.CloudEvents.TryGetValue(_settings.Topics[partition.Uses[0].Topic], out var attributes)
            && !CloudEventEnvelope.IsStructured(MessageHeaders.ContentTypeIn(message.Headers))
            && new CloudEventEnvelope().TryWrite(attributes, new MessageHeaders(message.Headers), value, out var envelope))
        {
            value = envelope.ToArray();
        }

        return new LastRecord(value, message.Timestamp.ToEventTime(), partition.Name.Partition.Value);
    }
}
