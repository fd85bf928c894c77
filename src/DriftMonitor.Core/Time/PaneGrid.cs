namespace DriftMonitor.Core.Time;

/// <summary>Panes of equal length, aligned to the Unix epoch: pane k is [k · length, (k + 1) · length) of event time.</summary>
/// <param name="Length">The length of a pane: a whole number of milliseconds, at least 1.</param>
public readonly record struct PaneGrid(TimeSpan Length)
{
    private long Milliseconds => (long)Length.TotalMilliseconds;

    /// <summary>The pane that contains a moment; negative before the epoch.</summary>
    public long PaneOf(EventTime time)
    {
        var (pane, rest) = Math.DivRem(time.Milliseconds, Milliseconds);
        return rest < 0 ? pane - 1 : pane;
    }

    /// <summary>The first moment of a pane.</summary>
    public EventTime Start(long pane) => new(pane * Milliseconds);

    /// <summary>The first moment after a pane.</summary>
    public EventTime End(long pane) => new((pane + 1) * Milliseconds);

    /// <summary>Whether a moment is the start of a pane.</summary>
    public bool IsAligned(EventTime time) => time.Milliseconds % Milliseconds == 0;

    /// <summary>The first pane end at a moment or after it.</summary>
    public EventTime FirstEndFrom(EventTime moment) => IsAligned(moment) ? moment : End(PaneOf(moment));
}
