using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// Tells the broker how far a group has read, beside the reading: a commit may wait long for a coordinator, and nothing depends on it.
/// One is under way at a time; one that comes meanwhile is made by the next.
/// </summary>
internal sealed class KafkaCommits
{
    private readonly IConsumer<Ignore, int> _consumer;
    private readonly ILogger _logger;
    private Task? _underWay;
    private List<TopicPartitionOffset> _due = [];
    private bool _hasFailed;

    public KafkaCommits(IConsumer<Ignore, int> consumer, ILogger logger)
    {
        _consumer = consumer;
        _logger = logger;
    }

    /// <summary>Commits the positions. Returns at once.</summary>
    public void Commit(IEnumerable<KafkaPartition> partitions)
    {
        _due = [.. partitions.Select(partition => new TopicPartitionOffset(partition.Name, partition.Next))];
        if (_underWay is null or { IsCompleted: true })
        {
            SendDue();
        }
    }

    /// <summary>Waits for what is under way, and makes the commit that had to wait.</summary>
    public void Finish(TimeSpan within)
    {
        if (_underWay is not null && Task.WaitAny([_underWay], within) == 0 && _due.Count > 0)
        {
            SendDue();
            Task.WaitAny([_underWay], within);
        }
    }

    private void SendDue()
    {
        var offsets = _due;
        _due = [];
        _underWay = Task.Factory.StartNew(() => Send(offsets), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private void Send(List<TopicPartitionOffset> offsets)
    {
        try
        {
            _consumer.Commit(offsets);
            _hasFailed = false;
        }
        catch (Exception e) when (e is KafkaException or ObjectDisposedException)
        {
            // Every checkpoint tries again: once is enough to be told.
            _logger.CommitFailed(_hasFailed ? LogLevel.Debug : LogLevel.Warning, e.Message);
            _hasFailed = true;
        }
    }
}
