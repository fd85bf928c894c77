using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Wording;

namespace DriftMonitor.Live;

/// <summary>Finds out whether a monitor counts events, but its panes do not close, so that it has had no reading for too long.</summary>
/// <remarks>
/// <para>
/// A pane is due when the newest event time has passed its end by the allowed lateness. Then only another partition can hold it back: for
/// a pane's length, if that partition is behind by a constant time, and for <c>IdleAfter</c>, if it is silent. So a pane that has been due
/// for longer than the limit, without any pane closing meanwhile, is a fault.
/// </para>
/// <para>
/// Before a pane is due, events must come whose times advance. So it is a fault that events have been counted for longer than the limit
/// while no pane became due. Where no events come, no pane can close, and nothing is wrong.
/// </para>
/// <para>The limit is twice the sum of pane, allowed lateness and <c>IdleAfter</c>, and at least a minute.</para>
/// </remarks>
/// <param name="spec">The panes and the allowed lateness.</param>
/// <param name="idleAfter">How long a silent partition may hold panes open.</param>
internal sealed class ReadingDelay(MonitorSpec spec, TimeSpan idleAfter)
{
    private static readonly TimeSpan LeastLimit = TimeSpan.FromMinutes(1);

    private long _closed;
    private long _counted;
    private long _countedBefore; // when the last pane closed
    private EventTime? _newest;
    private EventTime? _paneEnd;
    private TimeSpan _now;
    private TimeSpan? _due; // since when a pane is due
    private TimeSpan? _first; // when the first event since the last pane closed was counted
    private TimeSpan _last; // and the last one

    /// <summary>How long a monitor may be without a reading while it counts events.</summary>
    public TimeSpan Limit { get; } = LimitOf(spec, idleAfter);

    /// <summary>Takes note of a monitor.</summary>
    /// <param name="monitor">The monitor.</param>
    /// <param name="isReading">Whether its topics are being read: nothing is expected before, or during trouble.</param>
    /// <param name="now">The clock.</param>
    public void Observe(MonitorSnapshot monitor, bool isReading, TimeSpan now)
    {
        _now = now;
        if (!isReading || monitor.ClosedPanes != _closed || monitor.Counted < _counted)
        {
            (_closed, _counted, _countedBefore) = (monitor.ClosedPanes, monitor.Counted, monitor.Counted);
            (_due, _first) = (null, null);
        }

        if (monitor.Counted > _counted)
        {
            _counted = monitor.Counted;
            _first ??= now;
            _last = now;
        }

        _newest = monitor.NewestEvent;
        _paneEnd = monitor.NextPaneEnd;
        _due = isReading && _newest >= _paneEnd + spec.AllowedLateness ? _due ?? now : null;
    }

    /// <summary>Why the monitor has had no reading for too long, in a sentence; null where that is not so.</summary>
    /// <param name="holdingBack">What is known of the partitions that can hold a due pane back.</param>
    public string? Reason(Func<string> holdingBack)
    {
        if (_due is { } due)
        {
            return _now - due > Limit
                ? $"has had no reading for {Phrases.Duration((_now - due).TotalSeconds)}: the pane that ends at {_paneEnd} is due, "
                    + $"but {holdingBack()}"
                : null;
        }

        return _first is { } first && _last - first > Limit
            ? $"has had no reading for {Phrases.Duration((_now - first).TotalSeconds)}, although "
                + $"{Phrases.Count(_counted - _countedBefore, "event")} were counted: their times do not pass {_newest}, and a pane closes "
                + $"at {_paneEnd + spec.AllowedLateness}; check EventTime and Pane"
            : null;
    }

    private static TimeSpan LimitOf(MonitorSpec spec, TimeSpan idleAfter)
    {
        var seconds = 2 * (spec.Pane.Length.TotalSeconds + spec.AllowedLateness.TotalSeconds + idleAfter.TotalSeconds);
        return seconds < LeastLimit.TotalSeconds ? LeastLimit
            : seconds < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(seconds)
            : TimeSpan.MaxValue;
    }
}
