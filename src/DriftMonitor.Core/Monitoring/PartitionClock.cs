using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Monitoring;

/// <summary>
/// Judges the event times of one partition: which pane an event belongs to, or why it is rejected. It depends on the events of that
/// partition alone, not on how partitions interleave.
/// </summary>
/// <remarks>Monitors with the same event time, panes, allowed lateness and limit ahead can share one.</remarks>
public sealed class PartitionClock
{
    private readonly long _pane; // ms
    private readonly long _lateness; // ms
    private readonly long _maxAhead; // ms
    private long _largest = long.MinValue; // largest event time, ms
    private long _largestPane = long.MinValue; // its pane
    private long _smallest = long.MaxValue;
    private long _largestStep; // ms
    private long _current = long.MinValue; // the pane of the event before, and its start in ms
    private long _currentStart;

    /// <summary>A partition before its first event.</summary>
    /// <param name="spec">The panes, the allowed lateness and the limit ahead.</param>
    public PartitionClock(MonitorSpec spec)
    {
        _pane = (long)spec.Pane.Length.TotalMilliseconds;
        _lateness = (long)spec.AllowedLateness.TotalMilliseconds;
        _maxAhead = (long)spec.MaxAhead.TotalMilliseconds;
    }

    /// <summary>The first pane that has not closed: an event of an earlier one is late. Set when panes close, between two events.</summary>
    public long FirstOpenPane { get; set; } = long.MinValue;

    /// <summary>Events that were rejected.</summary>
    public RejectionCounts Rejected { get; } = new();

    /// <summary>The largest event time; null before the first event.</summary>
    public EventTime? LargestEventTime => _largest == long.MinValue ? null : new EventTime(_largest);

    /// <summary>
    /// The pane of the largest event time, or the first that has not closed where that is later: a partition that was left out as silent
    /// comes back behind the others. Null before the first event.
    /// </summary>
    internal long? LargestPane => Math.Max(_largestPane, FirstOpenPane) is > long.MinValue and var pane ? pane : null;

    /// <summary>The smallest event time; null before the first event.</summary>
    public EventTime? SmallestEventTime => _smallest == long.MaxValue ? null : new EventTime(_smallest);

    /// <summary>The largest step by which an event's time was ahead of all before it.</summary>
    public TimeSpan LargestStepForward => TimeSpan.FromMilliseconds(_largestStep);

    /// <summary>Finds the pane of an event, or rejects the event and counts the reason.</summary>
    /// <param name="maybe">Its event time; null where it has none that can be read.</param>
    /// <param name="recordTime">The record's own time where that is not the event time; null otherwise.</param>
    /// <param name="pane">The pane, if the event is not rejected.</param>
    /// <returns>Why it was rejected, or <see cref="Rejection.None"/>.</returns>
    public Rejection Admit(EventTime? maybe, EventTime? recordTime, out long pane)
    {
        pane = 0;
        if (maybe is not { IsInRange: true } eventTime)
        {
            return Reject(Rejection.NoEventTime);
        }

        var time = eventTime.Milliseconds;
        if (recordTime is { } record && time - record.Milliseconds > _maxAhead)
        {
            return Reject(Rejection.Ahead);
        }

        if ((ulong)(time - _currentStart) >= (ulong)_pane || _current == long.MinValue)
        {
            var floor = Math.DivRem(time, _pane, out var rest);
            _current = rest < 0 ? floor - 1 : floor;
            _currentStart = _current * _pane;
        }

        pane = _current;
        if (pane < FirstOpenPane || (_largest != long.MinValue && _largest - _lateness >= _currentStart + _pane))
        {
            return Reject(Rejection.Late);
        }

        if (time > _largest)
        {
            _largestStep = _largest == long.MinValue ? 0 : Math.Max(_largestStep, time - _largest);
            _largest = time;
            _largestPane = pane;
        }

        _smallest = Math.Min(_smallest, time);
        return Rejection.None;
    }

    private Rejection Reject(Rejection reason)
    {
        Rejected.Add(reason);
        return reason;
    }
}
