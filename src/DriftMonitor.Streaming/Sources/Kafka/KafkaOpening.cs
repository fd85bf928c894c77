using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// Finds the partitions and their start offsets in the background, whatever state the brokers are in; the caller polls for the result.
/// </summary>
internal sealed class KafkaOpening : IDisposable
{
    private readonly KafkaSourceSettings _settings;
    private readonly KafkaClientFactory _clients;
    private readonly KafkaTrouble _trouble;
    private readonly KafkaLosses _losses;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly KafkaDiscovery _discovery;
    private readonly long _started;
    private readonly Task<List<KafkaPartition>> _partitions;
    private Task<List<KafkaPartition>>? _startOffsets;

    public KafkaOpening(
        KafkaSourceSettings settings, KafkaClientFactory clients, KafkaTrouble trouble, KafkaLosses losses, TimeProvider time)
    {
        _settings = settings;
        _losses = losses;
        _clients = clients;
        _trouble = trouble;
        _time = time;
        _started = time.GetTimestamp();
        _discovery = new KafkaDiscovery(settings, clients, trouble, _stopping.Token);
        _partitions = _discovery.FindPartitions();
    }

    /// <summary>The topics; known with their partitions.</summary>
    public KafkaTopics Topics => _discovery.Topics;

    /// <summary>Which topics were found; known with their partitions.</summary>
    public IReadOnlyList<TopicIdentity> Identities => _discovery.Identities;

    /// <summary>The partitions with their start offsets; null if they were not found within the patience.</summary>
    /// <param name="patience">How long to wait; on return, what is left of it.</param>
    /// <exception cref="SourceResetException">The topics are not those of the checkpoint, or no longer have its positions.</exception>
    /// <exception cref="SourceException">A bounded source has waited for <see cref="KafkaSourceSettings.ConnectWithin"/>.</exception>
    public List<KafkaPartition>? TryGetPartitions(ref TimeSpan patience)
    {
        if (WaitFor(_partitions, ref patience) is { } found)
        {
            RequireSameTopics();
            _startOffsets ??= _discovery.SetStartOffsets(found, GetWindowStarts(found));
            if (WaitFor(_startOffsets, ref patience) is { } partitions)
            {
                _losses.Resume(partitions, _settings, Topics);
                return partitions;
            }
        }

        if (_settings.IsBounded && _time.GetElapsedTime(_started) >= _settings.ConnectWithin)
        {
            var seconds = _settings.ConnectWithin.TotalSeconds;
            throw new SourceException(
                _trouble.Current ?? $"no answer from {_clients.BootstrapServers} within {seconds:0} s: is Kafka running there?");
        }

        return null;
    }

    /// <summary>Cancels the search; the client is closed when it has ended. Returns at once and never throws.</summary>
    public void Dispose()
    {
        _stopping.Cancel();
        Task[] running = _startOffsets is null ? [_partitions] : [_partitions, _startOffsets];
        Task.WhenAll(running).ContinueWith(
            _ =>
            {
                _discovery.Dispose();
                _stopping.Dispose();
            },
            CancellationToken.None,
            TaskContinuationOptions.LongRunning,
            TaskScheduler.Default);
    }

    // A checkpoint of a topic that was created again, or of another cluster, holds offsets and events that are none of this topic's. One
    // that was taken before the id was known may be of another topic too.
    private void RequireSameTopics()
    {
        var resumed = _settings.Resume.Positions.Select(progress => progress.Position.Topic).ToHashSet();
        foreach (var found in Identities.Where(topic => resumed.Contains(topic.Topic)))
        {
            var known = _settings.Resume.Topics.FirstOrDefault(topic => topic.Topic == found.Topic);
            if (found.Id is not null && (known?.Id is null || found.IsOtherThan(known)))
            {
                throw _losses.Reset(found.Topic, _settings.Resume);
            }
        }
    }

    private static List<KafkaPartition>? WaitFor(Task<List<KafkaPartition>> task, ref TimeSpan patience)
    {
        if (!task.IsCompleted)
        {
            // All of the patience is used up, even if the task took only a part of it: the caller simply asks again.
            Task.WaitAny([task], patience);
            patience = TimeSpan.Zero;
        }

        return task.IsCompleted ? task.GetAwaiter().GetResult() : null;
    }

    // On the caller's thread, because WindowStart is the caller's own code.
    private EventTime?[] GetWindowStarts(List<KafkaPartition> found) =>
        _settings is { Start: KafkaStart.Window, WindowStart: { } windowStart }
            ? [.. _settings.Topics.Select((_, topic) => windowStart(topic, [.. LastRecordsOf(topic, found)]))]
            : [];

    private static IEnumerable<LastRecord> LastRecordsOf(int topic, List<KafkaPartition> found) =>
        from partition in found
        from use in partition.Uses
        where use.Topic == topic
        from record in partition.Last
        select record with { Partition = use.Partition };
}
