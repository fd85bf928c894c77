using Confluent.Kafka;
using DriftMonitor.Streaming.Events;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>Reads partitions from known offsets, once <see cref="KafkaOpening"/> has found them.</summary>
internal sealed class KafkaReader : IDisposable
{
    // A poll delays the caller's timers, so a longer patience is split into several polls.
    private static readonly TimeSpan LongestPoll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CommitTimeout = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan DeletedAfter = TimeSpan.FromSeconds(5); // a broker may not know a new topic yet
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(60); // while records are unread and the broker answers
    private const int RecordsBetweenRefreshes = 4096;
    private const int BatchSize = 1024;

    private readonly KafkaSourceSettings _settings;
    private readonly KafkaClientFactory _clients;
    private readonly KafkaTrouble _trouble;
    private readonly ILogger _logger;
    private readonly KafkaTopics _topics;
    private readonly List<KafkaPartition[]> _partitions; // by topic
    private readonly List<KafkaPartition?>[] _numbered; // by configured name and number; null for those whose topic was deleted before
    private readonly List<(KafkaPartition Partition, SourceSignal Signal, int Place)> _shared = []; // to be given to further readers
    private readonly Dictionary<int, long> _missingSince = []; // topics of patterns
    private readonly IConsumer<Ignore, int> _consumer;
    private readonly IRecordQueue _records;
    private readonly RecordBatch _batch;
    private readonly KafkaCommits _commits;
    private readonly KafkaLosses _losses;
    private readonly KafkaMetadataWatch _metadata;
    private readonly KafkaEnds _ends;
    private readonly TimeProvider _time;
    private readonly HashSet<int> _toConfirm = []; // configured names
    private Error? _fatal;
    private long _lastSign; // of life: a record, or trouble that explains that none comes
    private long? _unreadSince; // without a sign of life since
    private long _askedInSilence;
    private int _openPartitions; // of a bounded source: those that have not ended
    private int _recordsUntilRefresh = RecordsBetweenRefreshes;
    private bool _isStarted;
    private bool _isDisposed;

    /// <summary>Creates the consumer; the first <see cref="Read"/> assigns the partitions.</summary>
    /// <param name="settings">What is read.</param>
    /// <param name="topics">The topics that were found.</param>
    /// <param name="clients">Creates and closes the consumer.</param>
    /// <param name="trouble">Where errors are reported.</param>
    /// <param name="partitions">The partitions of all topics, with their start offsets.</param>
    /// <param name="losses">Counts what the logs no longer hold.</param>
    /// <param name="logger">For what is not an error.</param>
    /// <param name="time">For the interval between two searches for new partitions.</param>
    /// <param name="identities">Which topics they are of.</param>
    /// <exception cref="SourceException">The consumer cannot be created.</exception>
    public KafkaReader(
        KafkaSourceSettings settings, KafkaTopics topics, KafkaClientFactory clients, KafkaTrouble trouble,
        List<KafkaPartition> partitions, KafkaLosses losses, ILogger logger, TimeProvider time,
        IReadOnlyList<TopicIdentity> identities)
    {
        _settings = settings;
        _clients = clients;
        _time = time;
        _lastSign = time.GetTimestamp();
        _trouble = trouble;
        _losses = losses;
        _logger = logger;
        _topics = topics;
        var byTopic = partitions.ToLookup(partition => partition.Topic);
        _partitions = [.. topics.Found.Select((_, topic) => byTopic[topic].ToArray())];
        _numbered = [.. settings.Topics.Select(_ => new List<KafkaPartition?>())];
        partitions.ForEach(SetNumbers);
        _openPartitions = partitions.Count;
        partitions.ForEach(partition => partition.Given = partition.Next);
        var values = new ValueBuffer(settings.MaxEventBytes);
        var keys = settings is { ReadsKeys: true, IsBatched: false } ? new KeyBuffer() : null;
        _consumer = clients.CreateConsumer(values, OnError, keys);
        _records = settings.IsBatched
            ? new BatchedRecords(BatchQueue.Over(_consumer, topics.Found, BatchSize), settings.MaxEventBytes)
            : new ConsumedRecords(_consumer, values, keys, topics, settings.MaxEventBytes);
        _batch = new RecordBatch(_records, settings.CloudEvents.Count == 0 ? null : new BinaryCloudEvents(_records, settings));
        _commits = new KafkaCommits(_consumer, logger);
        _ends = new KafkaEnds(_consumer);
        _metadata = new KafkaMetadataWatch(
            settings, _consumer.Handle, trouble, topics, AddPartitions, UpdateTopics, time, identities);
    }

    /// <summary>How much of a bounded source has been read, from 0 to 1; null if it is not bounded or has no records.</summary>
    public double? FractionRead
    {
        get
        {
            var offsets = AllPartitions.Sum(partition => partition.High - partition.Low - partition.Skipped);
            return _settings.IsBounded && offsets > 0
                ? Math.Clamp(AllPartitions.Sum(partition => (double)(partition.Next - partition.Low - partition.Skipped)) / offsets, 0, 1)
                : null;
        }
    }

    /// <summary>How many records of a topic or pattern had been deleted before it was found.</summary>
    public long CountDeleted(int topic) => _numbered[topic].Sum(partition => partition?.Low ?? 0);

    /// <summary>How many of a topic's records are not read, because only the newest were asked for.</summary>
    public long CountSkipped(int topic) => _numbered[topic].Sum(partition => partition?.Skipped ?? 0);

    private IEnumerable<KafkaPartition> AllPartitions => _partitions.SelectMany(topic => topic);

    /// <summary>What is known of a topic; null before a broker has told.</summary>
    public TopicIdentity? IdentityOf(string topic) => _metadata.IdentityOf(topic);

    /// <inheritdoc cref="IEventSource.FindIdentities"/>
    public void FindIdentities(TimeSpan patience)
    {
        if (_topics.Found.Any(topic => IdentityOf(topic) is null))
        {
            _metadata.FindIdentities(patience);
        }
    }

    /// <summary>The number of a topic's partitions, or of those of a pattern.</summary>
    public int CountPartitions(int topic) => _numbered[topic].Count;

    /// <inheritdoc cref="IEventSource.NamesOf"/>
    public IReadOnlyList<PartitionName> NamesOf(int topic) => _topics.NamesOf(topic);

    /// <summary>The topics that a configured name stands for.</summary>
    /// <param name="topic">The name's place in the configuration.</param>
    public IReadOnlyList<string> TopicsOf(int topic) => _topics.TopicsOf(topic);

    /// <summary>How far the partitions have been read.</summary>
    public IReadOnlyList<Progress> GetProgress() =>
        [.. AllPartitions.Select(partition =>
            new Progress(new Position(partition.Name.Topic, partition.Name.Partition.Value, partition.Given), GetLogEnd(partition)))];

    /// <inheritdoc cref="IEventSource.FindEnds"/>
    public void FindEnds() => _ends.Ask([.. AllPartitions.Where(partition => !partition.HasEnded)]);

    /// <inheritdoc cref="IEventSource.Hold"/>
    /// <remarks>librdkafka drops what it has fetched of the partition, and goes on behind the last record that it has given.</remarks>
    public void Hold(int topic, int number, bool isHeld)
    {
        if (number >= _numbered[topic].Count || _numbered[topic][number] is not { HasEnded: false } partition
            || !_consumer.Assignment.Contains(partition.Name))
        {
            return;
        }

        partition.IsHeld = isHeld;
        if (isHeld)
        {
            _consumer.Pause([partition.Name]);
        }
        else
        {
            _consumer.Resume([partition.Name]);
        }
    }

    /// <inheritdoc cref="IEventSource.ConfirmPartitions"/>
    public void ConfirmPartitions(int topic) => _toConfirm.Add(topic);

    /// <summary>Starts to commit the positions. Returns at once.</summary>
    public void Commit(IReadOnlyList<Progress> positions) => _commits.Commit(
        positions.Select(progress => progress.Position).Where(position => !IsGone(position)));

    /// <inheritdoc cref="IEventSource.LastCommitFailed"/>
    public bool LastCommitFailed => _commits.LastFailed;

    /// <inheritdoc cref="IEventSource.Read"/>
    /// <exception cref="KafkaException">The client refuses a request that must not fail.</exception>
    public EventBatch Read(TimeSpan patience)
    {
        _batch.Clear();
        if (!_isStarted)
        {
            Start();
        }

        if (_toConfirm.Count > 0)
        {
            ConfirmPartitions();
            patience = TimeSpan.Zero; // panes wait for it
        }

        while (_batch.Runs.IsEmpty && !(_settings.IsBounded && _openPartitions == 0))
        {
            if (_recordsUntilRefresh <= 0)
            {
                if (_metadata.RefreshIfDue() is { } recreated)
                {
                    throw Reset(recreated);
                }

                _recordsUntilRefresh = RecordsBetweenRefreshes;
            }

            var timeout = patience < LongestPoll ? patience : LongestPoll;
            var count = _records.Read(timeout);
            _recordsUntilRefresh -= count;
            if (_fatal is not null)
            {
                throw _clients.CannotReadOn(_fatal);
            }

            for (var place = 0; place < count; place++)
            {
                Take(_records[place], place);
            }

            if (count == 0)
            {
                patience -= timeout;
                _recordsUntilRefresh = 0;
            }

            _metadata.OnPoll();
            WatchSilence(count);
            foreach (var (partition, end) in _ends.TakeAnswer() ?? [])
            {
                if (partition.Next >= end)
                {
                    Append(partition, SourceSignal.CaughtUp);
                }
                else if (!partition.IsHeld && IsSilentTooLong())
                {
                    var seconds = LongestSilence.TotalSeconds;
                    throw new SourceException(
                        $"{partition.Name} has unread records, and none has come for {seconds:0} s though its broker answers");
                }
            }

            AppendShared();
            if (patience <= TimeSpan.Zero)
            {
                break;
            }
        }

        AppendShared();
        foreach (ref readonly var run in _batch.Runs)
        {
            var partitions = _numbered[run.Topic];
            if (run.Partition < partitions.Count && partitions[run.Partition] is { } partition)
            {
                partition.Given = partition.Next;
            }
        }

        if (_settings.IsBounded && _openPartitions == 0)
        {
            _batch.Append(SourceSignal.End);
        }

        return _batch;
    }

    /// <summary>Makes the pending commit and closes the consumer. Never throws.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _ends.Finish(2 * KafkaMetadataWatch.RequestTimeout);
            _commits.Finish(CommitTimeout);
            _metadata.Dispose();
            _records.Dispose();
            _clients.CloseWithTimeout(_consumer);
        }
    }

    private void ConfirmPartitions()
    {
        var isMatched = false; // one answer is about all patterns
        foreach (var topic in _toConfirm)
        {
            var isPattern = TopicPattern.IsPattern(_settings.Topics[topic]);
            isMatched |= isPattern && !isMatched && _metadata.RefreshMatching();
            if (isPattern ? !isMatched : !_metadata.Refresh(_topics.IndexOf(_settings.Topics[topic])))
            {
                break; // it is trouble, and the others would take as long to find that out
            }

            _batch.Append(SourceSignal.PartitionsConfirmed, topic);
        }

        _toConfirm.Clear();
    }

    // A consumer can stop fetching without an error; librdkafka's lists of issues have several. Only the broker tells.
    private void WatchSilence(int records)
    {
        if (records > 0 || _trouble.Current is not null || _settings.IsBounded)
        {
            _lastSign = _time.GetTimestamp();
            _unreadSince = null;
        }
        else if (_time.GetElapsedTime(_lastSign) >= LongestSilence / 2 && _time.GetElapsedTime(_askedInSilence) >= LongestSilence / 2)
        {
            _askedInSilence = _time.GetTimestamp();
            FindEnds();
        }
    }

    // Records may have been written just before their broker was asked.
    private bool IsSilentTooLong()
    {
        _unreadSince ??= _time.GetTimestamp();
        return _time.GetElapsedTime(_unreadSince.Value) >= LongestSilence;
    }

    // Assigns the partitions to the consumer.
    private void Start()
    {
        _isStarted = true;
        for (var topic = 0; topic < _numbered.Length; topic++)
        {
            AddMissingNumbers(topic);
            _batch.Append(SourceSignal.Partitions, topic);
            foreach (var (number, _) in _numbered[topic].Index().Where(partition => partition.Item is null))
            {
                _batch.Append(SourceSignal.CaughtUp, topic, number);
                _batch.Append(SourceSignal.PartitionEnded, topic, number);
            }
        }

        foreach (var partition in AllPartitions.Where(partition => partition.HasLoss))
        {
            Append(partition, SourceSignal.Lost);
        }

        if (_settings.IsBounded)
        {
            foreach (var partition in AllPartitions.Where(partition => partition.Next >= partition.High))
            {
                EndPartition(partition);
            }
        }

        _logger.ReadingStarted(_topics.Found, _clients.BootstrapServers, AllPartitions.Count(), Library.VersionString);
        _consumer.Assign(AllPartitions.Where(partition => !partition.HasEnded)
            .Select(partition => new TopicPartitionOffset(partition.Name, partition.Next)));
    }

    private void OnError(Error error)
    {
        if (!_isDisposed)
        {
            _trouble.ReportClientError(error);
        }

        _fatal = error.IsFatal ? error : _fatal;
    }

    private void Take(in KafkaRecord record, int place)
    {
        if (record.Error is not (ErrorCode.NoError or ErrorCode.Local_PartitionEOF))
        {
            HandleError(record, place);
            return;
        }

        var partition = _partitions[record.Topic][record.Partition];
        if (record.Error == ErrorCode.Local_PartitionEOF)
        {
            partition.Next = Math.Max(partition.Next, record.Offset);
            if (_settings.IsBounded)
            {
                EndAndPausePartition(partition);
            }
            else
            {
                Append(partition, SourceSignal.CaughtUp);
            }

            return;
        }

        // Skipped if it was read before. At the end of a bounded source transaction markers or a gap may have been the last offsets, so
        // that a record from beyond it follows.
        var isBeyondEnd = _settings.IsBounded && record.Offset >= partition.High;
        if (record.Offset >= partition.Next && !partition.HasEnded && !isBeyondEnd)
        {
            partition.Next = record.Offset + 1;
            var uses = partition.Uses;
            _batch.Append(uses[0].Topic, uses[0].Partition, place);
            if (uses.Length > 1)
            {
                _shared.Add((partition, SourceSignal.Event, place));
            }
        }

        if (_settings.IsBounded && !partition.HasEnded && record.Offset >= partition.High - 1)
        {
            partition.Next = partition.High;
            EndAndPausePartition(partition);
        }
    }

    private void EndPartition(KafkaPartition partition)
    {
        partition.HasEnded = true;
        _openPartitions--;
        Append(partition, SourceSignal.PartitionEnded);
    }

    private void Append(KafkaPartition partition, SourceSignal signal)
    {
        _batch.Append(signal, partition.Uses[0].Topic, partition.Uses[0].Partition);
        if (partition.Uses.Length > 1)
        {
            _shared.Add((partition, signal, 0));
        }
    }

    // Records of a topic that is read for several configured names: for each of the further ones in runs of their own.
    private void AppendShared()
    {
        for (var use = 1; _shared.Count > 0; use++)
        {
            _shared.RemoveAll(shared => shared.Partition.Uses.Length <= use);
            foreach (var (partition, signal, place) in _shared)
            {
                var (topic, number) = partition.Uses[use];
                if (signal == SourceSignal.Event)
                {
                    _batch.Append(topic, number, place);
                }
                else
                {
                    _batch.Append(signal, topic, number);
                }
            }
        }
    }

    private bool IsGone(Position position) =>
        _topics.IndexOf(position.Topic) is >= 0 and var topic && position.Partition < _partitions[topic].Length
        && _partitions[topic][position.Partition].IsGone;

    private void SetNumbers(KafkaPartition partition)
    {
        foreach (var (topic, number) in partition.Uses)
        {
            AddMissingNumbers(topic, number + 1);
            _numbered[topic][number] = partition;
        }
    }

    private void AddMissingNumbers(int topic, int count = 0)
    {
        while (_numbered[topic].Count < Math.Max(count, _topics.NamesOf(topic).Count))
        {
            _numbered[topic].Add(null);
        }
    }

    // Paused, so that records beyond the end are not fetched for nothing.
    private void EndAndPausePartition(KafkaPartition partition)
    {
        if (!partition.HasEnded)
        {
            EndPartition(partition);
            _consumer.Pause([partition.Name]);
        }
    }

    private void HandleError(in KafkaRecord record, int place)
    {
        var error = _records.GetError(place);
        if (error.IsFatal)
        {
            throw _clients.CannotReadOn(error);
        }

        switch (error.Code)
        {
            case ErrorCode.Local_AutoOffsetReset or ErrorCode.OffsetOutOfRange when record is { Topic: >= 0, Partition: >= 0 }:
                ReassignPartition(_partitions[record.Topic][record.Partition]);
                break;
            case ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition
                when record.Topic >= 0 && _topics.IsOfPattern(record.Topic):
                break; // deleted, which the metadata will show
            case ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.TopicAuthorizationFailed when record.Topic >= 0:
                _trouble.ReportTopicError(_topics.Found[record.Topic], error);
                break;
            default:
                _trouble.ReportClientError(error);
                break;
        }
    }

    // The log no longer has the offset. Where retention has deleted it, the rest is read. A log that has become shorter has lost records
    // that are counted, and may have others in their place.
    private void ReassignPartition(KafkaPartition partition)
    {
        try
        {
            var log = _consumer.QueryWatermarkOffsets(partition.Name, KafkaMetadataWatch.RequestTimeout);
            if (partition.Next < log.Low)
            {
                _logger.OffsetNotInLog(partition.Name, partition.Next, log.Low);
                _losses.Add(partition.Name.Topic, LossReason.Retention, log.Low - partition.Next);
                partition.Given = partition.Given == partition.Next ? log.Low : partition.Given;
                partition.Next = log.Low;
                Append(partition, SourceSignal.Lost);
            }
            else if (Math.Max(partition.Next, partition.Furthest) > log.High)
            {
                throw Reset(partition.Name.Topic);
            }
        }
        catch (KafkaException e)
        {
            // The same offset is requested again, and its error leads here again.
            _trouble.ReportRequestError(e.Error);
        }

        _consumer.IncrementalUnassign([partition.Name]);
        _consumer.IncrementalAssign([new TopicPartitionOffset(partition.Name, partition.Next)]);
    }

    // What was written after our position and before the log became shorter can't be read any more.
    private SourceResetException Reset(string topic)
    {
        var unread = AllPartitions.Where(partition => partition.Name.Topic == topic)
            .Sum(partition => Math.Max(0, GetLogEnd(partition) - partition.Next));
        _losses.Add(topic, LossReason.Truncated, unread);
        return new SourceResetException($"the log of topic {topic} is no longer the one that was read: it was created again or truncated");
    }

    private void AddPartitions(int topic, int count)
    {
        var known = _partitions[topic];
        if (_settings.IsBounded || count <= known.Length)
        {
            return;
        }

        // Created since the last refresh, so they are read from their start: nothing in them is old.
        KafkaPartition[] added = [.. Enumerable.Range(known.Length, count - known.Length)
            .Select(partition => new KafkaPartition(topic, new TopicPartition(_topics.Found[topic], partition), low: 0, high: 0)
            {
                Uses = _topics.UsesOf(topic, partition),
            })];
        _partitions[topic] = [.. known, .. added];
        Array.ForEach(added, SetNumbers);
        _consumer.IncrementalAssign(added.Select(partition => new TopicPartitionOffset(partition.Name, Offset.Beginning)));
        foreach (var (name, _) in added[0].Uses)
        {
            _batch.Append(SourceSignal.Partitions, name);
        }

        if (known.Length > 0)
        {
            _logger.PartitionsAdded(_topics.Found[topic], count);
        }
    }

    // The cluster's topics as they are now: those that match a pattern are read, and those that no longer exist are given up.
    private void UpdateTopics(IReadOnlyList<TopicMetadata> listed)
    {
        if (_settings.IsBounded)
        {
            return;
        }

        var partitions = listed.Where(KafkaTopics.IsThere).ToDictionary(topic => topic.Topic, topic => topic.Partitions.Count);
        for (var topic = _topics.Configured; topic < _topics.Found.Count; topic++)
        {
            if (!partitions.TryGetValue(_topics.Found[topic], out var count))
            {
                NoteMissing(topic);
                continue;
            }

            _missingSince.Remove(topic);
            if (Array.Exists(_partitions[topic], partition => partition.IsGone))
            {
                throw Reset(_topics.Found[topic]); // it was deleted
            }

            AddPartitions(topic, count);
        }

        var added = _topics.AddMatching(listed, _trouble.LogLeftOut);
        foreach (var topic in added)
        {
            _partitions.Add([]);
            if (_topics.IsNumbered(topic))
            {
                throw Reset(_topics.Found[topic]); // it was deleted before the last restart
            }

            AddPartitions(topic, partitions[_topics.Found[topic]]);
            var patterns = _partitions[topic][0].Uses.Select(use => _settings.Topics[use.Topic]);
            _logger.TopicAdded(_topics.Found[topic], string.Join(", ", patterns));
        }

        if (added.Count > 0)
        {
            _metadata.FindIds(); // a checkpoint without them could be of other topics
        }
    }

    private void NoteMissing(int topic)
    {
        if (!_missingSince.TryGetValue(topic, out var since))
        {
            _missingSince[topic] = _time.GetTimestamp();
        }
        else if (_time.GetElapsedTime(since) >= DeletedAfter && Array.Exists(_partitions[topic], partition => !partition.IsGone))
        {
            _losses.Delete(_topics.Found[topic], _partitions[topic].Sum(partition => Math.Max(0, GetLogEnd(partition) - partition.Next)));
            foreach (var partition in _partitions[topic])
            {
                partition.Delete();
                Append(partition, SourceSignal.CaughtUp);
                Append(partition, SourceSignal.PartitionEnded);
            }

            _consumer.IncrementalUnassign(_partitions[topic].Select(partition => partition.Name));
        }
    }

    private long GetLogEnd(KafkaPartition partition)
    {
        if (_isDisposed || partition.HasEnded)
        {
            return partition.High;
        }

        // The client knows it from the last fetch. Before the first one, take the end at the time when the partition was found.
        var high = _consumer.GetWatermarkOffsets(partition.Name).High;
        return high.IsSpecial ? partition.High : high.Value;
    }
}
