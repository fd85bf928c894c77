using Confluent.Kafka;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Events;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// Kafka topics, every partition of them, read from offsets that we keep ourselves: the group is told how far we are, and never asked.
/// </summary>
/// <remarks>
/// Nothing is opened before the first <see cref="Next"/>, and a broker or topic that is not there is waited for: <see cref="Trouble"/> says so.
/// Offsets may have holes (transactions, compaction); a record below the position has been read before and is dropped.
/// </remarks>
public sealed class KafkaSource : IEventSource
{
    // A poll holds up the caller's timers: longer patience is spent in several.
    private static readonly TimeSpan LongestPoll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LookWithin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookForPartitionsEvery = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CommitWithin = TimeSpan.FromSeconds(4);

    // librdkafka has hung in close in several releases; a process that ends must not hang with it.
    private static readonly TimeSpan CloseWithin = TimeSpan.FromSeconds(10);
    private const int EventsBetweenLooks = 4096;

    private readonly KafkaSourceSettings _settings;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly KafkaClient _clients;
    private readonly KafkaTrouble _trouble;
    private readonly ValueBuffer _values;
    private readonly Queue<(SourceSignal Signal, int Topic, int Partition)> _signals = new();
    private readonly KafkaPartition[][] _partitions;
    private readonly Dictionary<string, int> _topics = new(StringComparer.Ordinal);
    private KafkaOpening? _opening;
    private IConsumer<Ignore, int>? _consumer;
    private KafkaCommits? _commits;
    private Error? _fatal;
    private int _unended;
    private long _lookedAt;
    private int _topicsToLookAt;
    private int _eventsUntilLook;
    private TimeSpan _quietInTrouble;
    private bool _hasAnswered;
    private bool _isDisposed;

    /// <summary>A source that is opened by the first <see cref="Next"/>.</summary>
    /// <exception cref="SourceException">A property of the settings is refused.</exception>
    public KafkaSource(KafkaSourceSettings settings, ILogger logger, TimeProvider time)
    {
        _settings = settings;
        _logger = logger;
        _time = time;
        _clients = new KafkaClient(settings, logger);
        _trouble = new KafkaTrouble(_clients, logger);
        _values = new ValueBuffer(settings.MaxEventBytes);
        _partitions = [.. settings.Topics.Select(_ => Array.Empty<KafkaPartition>())];
        foreach (var (index, topic) in settings.Topics.Index())
        {
            _topics.TryAdd(topic, index);
        }
    }

    /// <inheritdoc/>
    public string? Trouble => _trouble.Current;

    /// <inheritdoc/>
    public int TopicOf(string topic) =>
        _topics.TryGetValue(topic, out var index) ? index : throw new ArgumentException($"the source does not read topic '{topic}'", nameof(topic));

    /// <inheritdoc/>
    public int Partitions(int topic) => _partitions[topic].Length;

    /// <inheritdoc/>
    public SourceSignal Next(TimeSpan patience, out RawEvent raw)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        try
        {
            return NextOrRefusal(patience, out raw);
        }
        catch (KafkaException e)
        {
            // What may fail without harm is caught where it fails: a client that refuses its partitions reads nothing more.
            throw Ended(e.Error);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<Progress> Progress() =>
        [.. _partitions.SelectMany(topic => topic).Select(partition =>
            new Progress(new Position(partition.Name.Topic, partition.Name.Partition.Value, partition.Next), LogEnd(partition)))];

    /// <inheritdoc/>
    public double? FractionRead
    {
        get
        {
            var known = _partitions.SelectMany(topic => topic).ToList();
            var offsets = known.Sum(partition => partition.High - partition.Low);
            return _settings.IsBounded && offsets > 0 ? Math.Clamp(known.Sum(partition => (double)(partition.Next - partition.Low)) / offsets, 0, 1) : null;
        }
    }

    /// <inheritdoc/>
    public void Commit() => _commits?.Commit(_partitions.SelectMany(topic => topic));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _opening?.Dispose();
        if (_consumer is not { } consumer)
        {
            return;
        }

        // Nobody else uses the consumer now: it may be closed from a thread that we can leave behind if it hangs.
        _commits!.Finish(CommitWithin);
        var closing = new Thread(() =>
        {
            consumer.Close();
            consumer.Dispose();
        })
        { IsBackground = true, Name = "kafka-close" };
        closing.Start();
        if (!closing.Join(CloseWithin))
        {
            _logger.CloseHangs(CloseWithin);
        }
    }

    /// <summary>The record's own time; null where it has none.</summary>
    internal static EventTime? TimeOf(Timestamp timestamp) =>
        timestamp.Type == TimestampType.NotAvailable || timestamp.UnixTimestampMs < 0 ? null : new EventTime(timestamp.UnixTimestampMs);

    private SourceSignal NextOrRefusal(TimeSpan patience, out RawEvent raw)
    {
        raw = default;
        if (_consumer is null)
        {
            _opening ??= new KafkaOpening(_settings, _clients, _trouble, _time);
            if (_opening.Try(ref patience) is not { } partitions)
            {
                return SourceSignal.Nothing;
            }

            Open(partitions);
        }

        while (true)
        {
            if (_signals.TryDequeue(out var signal))
            {
                raw = new RawEvent { Topic = signal.Topic, Partition = signal.Partition };
                return signal.Signal;
            }

            if (_settings.IsBounded && _unended == 0)
            {
                return SourceSignal.End;
            }

            if (_eventsUntilLook-- <= 0)
            {
                LookForPartitions();
                _eventsUntilLook = EventsBetweenLooks;
            }

            var poll = patience < LongestPoll ? patience : LongestPoll;
            var result = Poll(poll);
            if (result is null)
            {
                patience -= poll;
                Quiet(poll);
                if (patience <= TimeSpan.Zero && _signals.Count == 0)
                {
                    return SourceSignal.Nothing;
                }
            }
            else if (Take(result, out raw))
            {
                return SourceSignal.Event;
            }
        }
    }

    private void Open(List<KafkaPartition> partitions)
    {
        _opening!.Dispose();
        _opening = null;
        _consumer = _clients.Open(_values, error =>
        {
            if (!_isDisposed)
            {
                _trouble.Note(error);
            }

            _fatal = error.IsFatal ? error : _fatal;
        });
        _commits = new KafkaCommits(_consumer, _logger);
        _lookedAt = _time.GetTimestamp();
        _eventsUntilLook = EventsBetweenLooks;
        for (var topic = 0; topic < _partitions.Length; topic++)
        {
            _partitions[topic] = [.. partitions.Where(partition => partition.Topic == topic)];
            _signals.Enqueue((SourceSignal.Partitions, topic, 0));
        }

        _unended = partitions.Count;
        if (_settings.IsBounded)
        {
            foreach (var partition in partitions.Where(partition => partition.Next >= partition.High))
            {
                End(partition);
            }
        }

        _logger.Reading(_settings.Topics, _clients.BootstrapServers, partitions.Count, Library.VersionString);
        _consumer.Assign(partitions.Where(partition => !partition.HasEnded).Select(partition => new TopicPartitionOffset(partition.Name, partition.Next)));
    }

    private ConsumeResult<Ignore, int>? Poll(TimeSpan timeout)
    {
        ConsumeResult<Ignore, int>? result = null;
        try
        {
            result = _consumer!.Consume(timeout);
        }
        catch (ConsumeException e)
        {
            Handle(e);
        }

        return _fatal is null
            ? result
            : throw Ended(_fatal);
    }

    private SourceException Ended(Error error) =>
        new($"Kafka at {_clients.BootstrapServers} can't be read any more ({_clients.Mask(error.Reason)}): restart the monitor");

    private bool Take(ConsumeResult<Ignore, int> result, out RawEvent raw)
    {
        raw = default;
        if (_trouble.Current is not null)
        {
            _hasAnswered = false;
            _trouble.Clear();
        }

        var topic = _partitions.Length == 1 ? 0 : TopicOf(result.Topic);
        var partition = _partitions[topic][result.Partition.Value];
        var offset = result.Offset.Value;
        if (result.IsPartitionEOF)
        {
            partition.Next = Math.Max(partition.Next, offset);
            if (_settings.IsBounded)
            {
                EndAssigned(partition);
            }
            else
            {
                _signals.Enqueue((SourceSignal.CaughtUp, topic, result.Partition.Value));
            }

            return false;
        }

        if (offset < partition.Next || partition.HasEnded)
        {
            return false;
        }

        partition.Next = offset + 1;
        if (_settings.IsBounded && partition.Next >= partition.High)
        {
            EndAssigned(partition);
            if (offset >= partition.High)
            {
                // It came after the end was taken: markers or a hole were the last before it.
                partition.Next = partition.High;
                return false;
            }
        }

        var length = result.Message.Value;
        var isTooLarge = length > _settings.MaxEventBytes;
        raw = new RawEvent
        {
            Topic = topic,
            Partition = result.Partition.Value,
            Offset = offset,
            RecordTime = TimeOf(result.Message.Timestamp),
            Value = isTooLarge ? default : _values.First(Math.Max(length, 0)),
            IsTooLarge = isTooLarge,
        };
        return true;
    }

    private void End(KafkaPartition partition)
    {
        partition.HasEnded = true;
        _unended--;
        _signals.Enqueue((SourceSignal.PartitionEnded, partition.Topic, partition.Name.Partition.Value));
    }

    // What comes behind the end is not to be fetched for nothing.
    private void EndAssigned(KafkaPartition partition)
    {
        if (!partition.HasEnded)
        {
            End(partition);
            _consumer!.Pause([partition.Name]);
        }
    }

    private void Handle(ConsumeException e)
    {
        var error = e.Error;
        _fatal = error.IsFatal ? error : _fatal;
        var topic = _partitions.Length == 1 ? _settings.Topics[0] : e.ConsumerRecord?.Topic;
        switch (error.Code)
        {
            case ErrorCode.Local_AutoOffsetReset or ErrorCode.OffsetOutOfRange when topic is not null:
                Resume(_partitions[TopicOf(topic)][e.ConsumerRecord!.Partition.Value]);
                break;
            case ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.TopicAuthorizationFailed when topic is not null:
                _trouble.FailedFor(topic, error);
                break;
            default:
                _trouble.Note(error);
                break;
        }
    }

    // The log no longer has the offset: retention was faster, or the topic was made anew. What lies between is lost; the rest is read.
    private void Resume(KafkaPartition partition)
    {
        try
        {
            var log = _consumer!.QueryWatermarkOffsets(partition.Name, LookWithin);
            if (partition.Next < log.Low || partition.Next > log.High)
            {
                _logger.OffsetIsGone(partition.Name, partition.Next, log.Low);
                partition.Next = log.Low;
            }
        }
        catch (KafkaException e)
        {
            // Asked for again, the same offset brings us back here.
            _trouble.Failed(e.Error);
        }

        _consumer!.IncrementalUnassign([partition.Name]);
        _consumer.IncrementalAssign([new TopicPartitionOffset(partition.Name, partition.Next)]);
    }

    // While there is trouble and nothing comes, an idle topic could not show that it is over: so ask, once a second.
    private void Quiet(TimeSpan waited)
    {
        _eventsUntilLook = 0;
        if (_hasAnswered)
        {
            // Answers overtake the errors, which wait to be polled: those before this one have been by now.
            _hasAnswered = false;
            _trouble.Clear();
        }

        _quietInTrouble = _trouble.Current is null ? TimeSpan.Zero : _quietInTrouble + waited;
        if (_quietInTrouble >= LookWithin)
        {
            _quietInTrouble = TimeSpan.Zero;
            _hasAnswered = Enumerable.Range(0, _partitions.Length).All(Look);
        }
    }

    // One topic a call: each look may take its second.
    private void LookForPartitions()
    {
        if (_time.GetElapsedTime(_lookedAt) >= LookForPartitionsEvery)
        {
            _lookedAt = _time.GetTimestamp();
            _topicsToLookAt = _settings.IsBounded ? 0 : _partitions.Length;
        }

        if (_topicsToLookAt > 0)
        {
            Look(--_topicsToLookAt);
        }
    }

    private bool Look(int topic)
    {
        try
        {
            using var admin = new DependentAdminClientBuilder(_consumer!.Handle).Build();
            var metadata = admin.GetMetadata(_settings.Topics[topic], LookWithin).Topics[0];
            if (metadata.Error.IsError)
            {
                _trouble.FailedFor(_settings.Topics[topic], metadata.Error);
                return false;
            }

            Assign(topic, metadata.Partitions.Count);
            return true;
        }
        catch (KafkaException e)
        {
            _trouble.Note(e.Error);
            return false;
        }
    }

    private void Assign(int topic, int count)
    {
        var known = _partitions[topic];
        if (_settings.IsBounded || count <= known.Length)
        {
            return;
        }

        // New since we last looked, so read from their start: nothing in them is old.
        KafkaPartition[] added = [.. Enumerable.Range(known.Length, count - known.Length)
            .Select(partition => new KafkaPartition(topic, new TopicPartition(_settings.Topics[topic], partition), low: 0, high: 0))];
        _partitions[topic] = [.. known, .. added];
        _consumer!.IncrementalAssign(added.Select(partition => new TopicPartitionOffset(partition.Name, Offset.Beginning)));
        _signals.Enqueue((SourceSignal.Partitions, topic, 0));
        _logger.MorePartitions(_settings.Topics[topic], count);
    }

    private long LogEnd(KafkaPartition partition)
    {
        if (_isDisposed || _consumer is not { } consumer || partition.HasEnded)
        {
            return partition.High;
        }

        // Known locally from the last fetch; the end when the partition was found stands in until there is one.
        var high = consumer.GetWatermarkOffsets(partition.Name).High;
        return high.IsSpecial ? partition.High : high.Value;
    }
}
