using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>The way from nothing to partitions with starting offsets, taken a bit further each time it is tried, whatever state the brokers are in.</summary>
internal sealed class KafkaOpening : IDisposable
{
    private readonly KafkaSourceSettings _settings;
    private readonly KafkaClient _clients;
    private readonly KafkaTrouble _trouble;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly KafkaDiscovery _discovery;
    private readonly long _began;
    private readonly Task<List<KafkaPartition>> _finding;
    private Task<List<KafkaPartition>>? _starting;

    public KafkaOpening(KafkaSourceSettings settings, KafkaClient clients, KafkaTrouble trouble, TimeProvider time)
    {
        _settings = settings;
        _clients = clients;
        _trouble = trouble;
        _time = time;
        _began = time.GetTimestamp();
        _discovery = new KafkaDiscovery(settings, clients, trouble, _stopping.Token);
        _finding = _discovery.Find();
    }

    /// <summary>The partitions and where to start in them; null when they were not known within the patience, of which the rest is given back.</summary>
    /// <exception cref="SourceException">A bounded source has waited long enough.</exception>
    public List<KafkaPartition>? Try(ref TimeSpan patience)
    {
        if (Within(_finding, ref patience) is { } found)
        {
            _starting ??= _discovery.SetStarts(found, WindowStarts(found));
            if (Within(_starting, ref patience) is { } partitions)
            {
                return partitions;
            }
        }

        if (_settings.IsBounded && _time.GetElapsedTime(_began) >= _settings.ConnectWithin)
        {
            throw new SourceException(
                _trouble.Current ?? $"no answer from {_clients.BootstrapServers} within {_settings.ConnectWithin.TotalSeconds:0} s: is Kafka running there?");
        }

        return null;
    }

    /// <summary>Gives up what is under way, and closes the client when that has ended. Returns at once.</summary>
    public void Dispose()
    {
        _stopping.Cancel();
        Task[] underWay = _starting is null ? [_finding] : [_finding, _starting];
        Task.WhenAll(underWay).ContinueWith(
            _ =>
            {
                _discovery.Dispose();
                _stopping.Dispose();
            },
            CancellationToken.None,
            TaskContinuationOptions.LongRunning,
            TaskScheduler.Default);
    }

    private static List<KafkaPartition>? Within(Task<List<KafkaPartition>> task, ref TimeSpan patience)
    {
        if (!task.IsCompleted)
        {
            // Not exact, and it need not be: who has waited once gets a look at the rest, and no more.
            Task.WaitAny([task], patience);
            patience = TimeSpan.Zero;
        }

        return task.IsCompleted ? task.GetAwaiter().GetResult() : null;
    }

    // On the caller's thread: what reads the last records is the caller's own.
    private EventTime?[] WindowStarts(List<KafkaPartition> found) =>
        _settings is { Start: KafkaStart.Window, WindowStart: { } windowStart }
            ? [.. _settings.Topics.Select((_, topic) =>
                windowStart(topic, [.. found.Where(partition => partition.Topic == topic).Select(partition => partition.Last).OfType<LastRecord>()]))]
            : [];
}
