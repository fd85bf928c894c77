using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// Commits a group's offsets in the background: a commit may wait a long time for a coordinator, and nothing depends on it.
/// One commit runs at a time. Positions that arrive in the meantime are committed by the next one.
/// </summary>
internal sealed class KafkaCommits
{
    private readonly IConsumer<Ignore, int> _consumer;
    private readonly ILogger _logger;
    private Task? _running;
    private List<TopicPartitionOffset> _pending = [];
    private bool _hasFailed;

    public KafkaCommits(IConsumer<Ignore, int> consumer, ILogger logger)
    {
        _consumer = consumer;
        _logger = logger;
    }

    /// <summary>Whether the last commit that was started failed or has not ended.</summary>
    public bool LastFailed => _running is { IsCompleted: false } || Volatile.Read(ref _hasFailed);

    /// <summary>Starts to commit the positions. Returns at once.</summary>
    public void Commit(IEnumerable<KafkaPartition> partitions)
    {
        _pending = [.. partitions.Select(partition => new TopicPartitionOffset(partition.Name, partition.Next))];
        if (_running is null or { IsCompleted: true })
        {
            StartPending();
        }
    }

    /// <summary>Waits for the running commit, then makes the pending one and waits for it. Never throws.</summary>
    /// <param name="timeout">The longest wait for each of the two.</param>
    public void Finish(TimeSpan timeout)
    {
        if (_running is not null && Task.WaitAny([_running], timeout) == 0 && _pending.Count > 0)
        {
            StartPending();
            Task.WaitAny([_running], timeout);
        }
    }

    private void StartPending()
    {
        var offsets = _pending;
        _pending = [];
        _running = Task.Factory.StartNew(
            () => CommitOffsets(offsets), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private void CommitOffsets(List<TopicPartitionOffset> offsets)
    {
        try
        {
            _consumer.Commit(offsets);
            _hasFailed = false;
        }
        catch (Exception e) when (e is KafkaException or ObjectDisposedException)
        {
            // Each checkpoint commits again, so only the first failure in a row is a warning.
            _logger.CommitFailed(_hasFailed ? LogLevel.Debug : LogLevel.Warning, e.Message);
            _hasFailed = true;
        }
    }
}
