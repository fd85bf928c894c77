using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Alerts;

/// <summary>The state of an alert, in Prometheus's words.</summary>
public enum AlertState
{
    /// <summary>Nothing is wrong.</summary>
    Inactive,

    /// <summary>Readings are high, but not yet for the hold time.</summary>
    Pending,

    /// <summary>The distribution has shifted.</summary>
    Firing,
}

/// <summary>What a closed pane says to an alert.</summary>
public enum Verdict
{
    /// <summary>No reading: neither counts nor resets.</summary>
    None,

    /// <summary>Low enough to resolve.</summary>
    Low,

    /// <summary>Neither high nor low: keeps a firing alert, ends a pending one.</summary>
    Between,

    /// <summary>High enough to fire.</summary>
    High,
}

/// <summary>How an alert waits: for how long readings are high before it fires, and for how many panes low before it resolves.</summary>
/// <param name="Hold">Event time from the first high pane's end to the pane's end at which it fires; zero fires at the first.</param>
/// <param name="PanesToResolve">Low panes in a row that resolve it, at least 1; panes without a reading neither count nor reset.</param>
public sealed record AlertTiming(TimeSpan Hold, int PanesToResolve = 1);

/// <summary>A change of an alert's state at a pane's end.</summary>
public readonly record struct AlertTransition(EventTime Time, AlertState From, AlertState To);

/// <summary>An alert: a value, moved by verdicts and event time alone, so that a replay gives the same alerts at the same moments.</summary>
/// <param name="State">The state.</param>
/// <param name="Since">The pane's end at which the state was entered; null for an alert that has never been anything but inactive.</param>
/// <param name="LowPanes">Low panes in a row while firing.</param>
public sealed record Alert(AlertState State, EventTime? Since, int LowPanes)
{
    /// <summary>An alert before its first pane.</summary>
    public static readonly Alert Initial = new(AlertState.Inactive, null, 0);

    /// <summary>The alert after a pane.</summary>
    public Alert After(Verdict verdict, EventTime time, AlertTiming timing)
    {
        switch (State, verdict)
        {
            case (AlertState.Inactive, Verdict.High):
                return new Alert(timing.Hold > TimeSpan.Zero ? AlertState.Pending : AlertState.Firing, time, 0);
            case (AlertState.Pending, Verdict.High):
                return time - Since!.Value >= timing.Hold ? new Alert(AlertState.Firing, time, 0) : this;
            case (AlertState.Pending, Verdict.Low or Verdict.Between):
                return new Alert(AlertState.Inactive, time, 0);
            case (AlertState.Firing, Verdict.Low):
                return LowPanes + 1 >= timing.PanesToResolve ? new Alert(AlertState.Inactive, time, 0) : this with { LowPanes = LowPanes + 1 };
            case (AlertState.Firing, Verdict.High or Verdict.Between):
                return LowPanes == 0 ? this : this with { LowPanes = 0 };
            default:
                return this;
        }
    }
}
