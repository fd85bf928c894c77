using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Monitoring;

/// <summary>A topic that a monitor reads: its own, or the one that its windows are compared with.</summary>
internal sealed class MonitorInput
{
    private readonly MonitorSpec _spec;

    /// <summary>An input without partitions.</summary>
    public MonitorInput(MonitorSpec spec)
    {
        _spec = spec;
        Watermarks = new Watermarks(spec.AllowedLateness);
    }

    /// <summary>How far each partition has come in event time.</summary>
    public Watermarks Watermarks { get; }

    /// <summary>Events of the topic that the monitor left out.</summary>
    public RejectionCounts Rejected { get; } = new();

    /// <summary>Finds the pane of an event, or rejects the event and counts the reason.</summary>
    /// <param name="partition">The partition that it came from.</param>
    /// <param name="maybe">Its event time; null where it has none that can be read.</param>
    /// <param name="recordTime">The record's own time where that is not the event time; null otherwise.</param>
    /// <param name="next">The pane that closes next: those before it have closed.</param>
    /// <param name="pane">The pane, if the event is not rejected.</param>
    public Rejection Admit(int partition, EventTime? maybe, EventTime? recordTime, long next, out long pane)
    {
        var rejection = Check(partition, maybe, recordTime, next, out pane);
        if (rejection != Rejection.None)
        {
            Rejected.Add(rejection);
        }

        return rejection;
    }

    private Rejection Check(int partition, EventTime? maybe, EventTime? recordTime, long next, out long pane)
    {
        pane = 0;
        if (maybe is not { IsInRange: true } time)
        {
            return Rejection.NoEventTime;
        }

        if (recordTime is { } record && time - record > _spec.MaxAhead)
        {
            return Rejection.Ahead;
        }

        pane = _spec.Pane.PaneOf(time);
        return pane < next || Watermarks.HasReached(partition, _spec.Pane.End(pane)) ? Rejection.Late : Rejection.None;
    }
}
