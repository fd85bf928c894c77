using System.Diagnostics;
using Confluent.Kafka;
using DriftMonitor.Streaming.Events;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// Commits a group's offsets in the background: a commit may wait a long time for a coordinator, and nothing depends on it.
/// One commit runs at a time. Positions that arrive in the meantime are committed by the next one.
/// </summary>
/// <remarks>
/// All commits are made by one thread, which is started with the consumer: a process that has run out of file descriptors or of memory
/// cannot start another.
/// </remarks>
internal sealed class KafkaCommits
{
    private readonly IConsumer<Ignore, int> _consumer;
    private readonly ILogger _logger;
    private readonly object _state = new(); // a monitor, which can be waited on
    private List<TopicPartitionOffset>? _pending;
    private bool _isCommitting;
    private bool _isFinished;
    private bool _hasFailed;

    /// <summary>Commits by a consumer.</summary>
    public KafkaCommits(IConsumer<Ignore, int> consumer, ILogger logger)
    {
        _consumer = consumer;
        _logger = logger;
        new Thread(Run) { IsBackground = true, Name = "commits" }.Start();
    }

    /// <summary>Whether the last commit that was asked for failed or has not ended.</summary>
    public bool LastFailed
    {
        get
        {
            lock (_state)
            {
                return !IsIdle || _hasFailed;
            }
        }
    }

    private bool IsIdle => _pending is null && !_isCommitting;

    /// <summary>Starts to commit the positions. Returns at once.</summary>
    public void Commit(IEnumerable<Position> positions)
    {
        List<TopicPartitionOffset> offsets =
            [.. positions.Select(position => new TopicPartitionOffset(position.Topic, position.Partition, position.NextOffset))];
        lock (_state)
        {
            _pending = offsets;
            Monitor.PulseAll(_state);
        }
    }

    /// <summary>Waits for the running commit and the pending one, and ends the thread. Never throws.</summary>
    /// <param name="timeout">The longest wait.</param>
    public void Finish(TimeSpan timeout)
    {
        var started = Stopwatch.GetTimestamp();
        lock (_state)
        {
            while (!IsIdle && timeout - Stopwatch.GetElapsedTime(started) is var left && left > TimeSpan.Zero)
            {
                Monitor.Wait(_state, left);
            }

            _isFinished = true;
            Monitor.PulseAll(_state);
        }
    }

    private void Run()
    {
        while (TakePending() is { } offsets)
        {
            var hasFailed = !TryCommit(offsets);
            lock (_state)
            {
                _hasFailed = hasFailed;
                _isCommitting = false;
                Monitor.PulseAll(_state);
            }
        }
    }

    private List<TopicPartitionOffset>? TakePending()
    {
        lock (_state)
        {
            while (_pending is null && !_isFinished)
            {
                Monitor.Wait(_state);
            }

            var offsets = _isFinished ? null : _pending;
            (_pending, _isCommitting) = (null, offsets is not null);
            return offsets;
        }
    }

    private bool TryCommit(List<TopicPartitionOffset> offsets)
    {
        try
        {
            _consumer.Commit(offsets);
            return true;
        }
        catch (Exception e) when (e is KafkaException or ObjectDisposedException)
        {
            // Each checkpoint commits again, so only the first failure in a row is a warning. Only this thread writes the field.
            _logger.CommitFailed(_hasFailed ? LogLevel.Debug : LogLevel.Warning, e.Message);
            return false;
        }
    }
}
