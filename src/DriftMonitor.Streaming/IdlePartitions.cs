using DriftMonitor.Core.Monitoring;

namespace DriftMonitor.Streaming;

/// <summary>
/// Which partitions of a topic a monitor waits for no longer. A partition that has held the others back for some time is idle, counted from
/// when another one's watermark passed its own or from when it was read to its current end, whichever is later. One with unread events
/// never is, so the source must say that it is at its end when the time is over.
/// </summary>
/// <param name="monitor">The monitor.</param>
/// <param name="isReference">Whether its windows are compared with the topic.</param>
/// <param name="activity">Which partitions of the topic are at their end.</param>
internal sealed class IdlePartitions(FieldMonitor monitor, bool isReference, PartitionActivity activity)
{
    private const long Never = long.MinValue;

    private long[] _passed = []; // timestamp since when the partition has held the others back
    private long[] _recalled = []; // the signals before the last interruption, if it was idle then
    private bool[] _isIdle = [];
    private readonly HashSet<int> _wasIdle = []; // before a restart
    private readonly HashSet<int> _hasEnded = []; // the topic was deleted, or the source is bounded

    /// <summary>Notes which partitions hold the others back, and finds one that is idle.</summary>
    /// <param name="clock">The clock.</param>
    /// <param name="now">Its timestamp.</param>
    /// <param name="idleAfter">How long a partition may hold the others back.</param>
    /// <param name="isUnsure">Set where a partition is idle if the source says that it is at its end.</param>
    /// <returns>The partition, each until it is active again; null if there is none.</returns>
    public int? FindIdle(TimeProvider clock, long now, TimeSpan idleAfter, ref bool isUnsure)
    {
        Grow();
        for (var partition = 0; partition < _isIdle.Length; partition++)
        {
            if (!monitor.HoldsBack(partition, isReference))
            {
                _passed[partition] = Never;
                continue;
            }

            _passed[partition] = _passed[partition] == Never ? now : _passed[partition];
            if (_isIdle[partition] || _hasEnded.Contains(partition) || activity.AtEndSince(partition) is not { } atEnd)
            {
                continue;
            }

            var since = Math.Max(_passed[partition], atEnd);
            var wasIdle = _recalled[partition] != Never;
            if (!wasIdle && clock.GetElapsedTime(since, now) < idleAfter)
            {
                continue;
            }

            var due = since + (long)(idleAfter.TotalSeconds * clock.TimestampFrequency);
            if (wasIdle ? activity.IsConfirmedAfter(partition, _recalled[partition]) : activity.IsConfirmedSince(partition, due))
            {
                _recalled[partition] = Never;
                _isIdle[partition] = true;
                return partition;
            }

            isUnsure = true;
        }

        return null;
    }

    /// <summary>An event came from the partition: the monitor waits for it again.</summary>
    public void MarkActive(int partition)
    {
        Grow();
        if (partition < _isIdle.Length && (_isIdle[partition] || _recalled[partition] != Never || _hasEnded.Remove(partition)))
        {
            (_isIdle[partition], _recalled[partition]) = (false, Never);
            monitor.Include(partition, isReference);
        }
    }

    /// <summary>Nothing more will come from the partition: the monitor does not wait for it again, whatever is interrupted.</summary>
    public void MarkEnded(int partition) => _hasEnded.Add(partition);

    /// <summary>
    /// Reading was interrupted: events of partitions that were idle may wait to be read. The monitor waits until the source says again
    /// that they are at their ends.
    /// </summary>
    public void Recall()
    {
        for (var partition = 0; partition < _isIdle.Length; partition++)
        {
            if (_hasEnded.Contains(partition))
            {
                continue;
            }

            if (_isIdle[partition])
            {
                _isIdle[partition] = false;
                monitor.Include(partition, isReference);
                _recalled[partition] = activity.Signals;
            }
            else if (_recalled[partition] != Never)
            {
                _recalled[partition] = activity.Signals;
            }
        }
    }

    /// <summary>
    /// The monitor was loaded from a checkpoint: it waits for the partitions that were idle, until the source says that they are at their
    /// ends, as after an interruption.
    /// </summary>
    public void Resume()
    {
        foreach (var partition in monitor.LeftOut(isReference))
        {
            monitor.Include(partition, isReference);
            _wasIdle.Add(partition);
        }
    }

    private void Grow()
    {
        var known = _isIdle.Length;
        if (activity.Partitions > known)
        {
            Array.Resize(ref _passed, activity.Partitions);
            Array.Resize(ref _recalled, activity.Partitions);
            Array.Resize(ref _isIdle, activity.Partitions);
            _passed.AsSpan(known).Fill(Never);
            for (var partition = known; partition < _isIdle.Length; partition++)
            {
                _recalled[partition] = _wasIdle.Contains(partition) ? 0 : Never; // any signal comes after the restart
            }
        }
    }
}
