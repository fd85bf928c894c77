using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Alerts;

/// <summary>
/// An alert as an immutable value. It depends on verdicts and event time only, so a replay gives the same alerts at the same moments.
/// </summary>
/// <param name="State">The state.</param>
/// <param name="Since">The end of the pane at which the state was entered; null if the alert has always been inactive.</param>
/// <param name="LowPanes">The number of consecutive low panes while firing.</param>
public sealed record Alert(AlertState State, EventTime? Since, int LowPanes)
{
    /// <summary>The alert before the first pane.</summary>
    public static readonly Alert Initial = new(AlertState.Inactive, null, 0);

    /// <summary>Returns the alert after a closed pane.</summary>
    /// <param name="verdict">The verdict on the pane's readings.</param>
    /// <param name="time">The end of the pane.</param>
    /// <param name="timing">The hold time and the number of panes to resolve.</param>
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
                return LowPanes + 1 >= timing.PanesToResolve
                    ? new Alert(AlertState.Inactive, time, 0)
                    : this with { LowPanes = LowPanes + 1 };
            case (AlertState.Firing, Verdict.High or Verdict.Between):
                return LowPanes == 0 ? this : this with { LowPanes = 0 };
            default:
                return this;
        }
    }

    /// <summary>Saves an alert, or loads it.</summary>
    public static Alert Exchange(StateExchange state, Alert alert)
    {
        var kind = (AlertState)state.Number((long)alert.State);
        var since = state.Optional(alert.Since?.Milliseconds);
        var low = (int)state.Number(alert.LowPanes);
        return Enum.IsDefined(kind) && (since is not null || kind == AlertState.Inactive)
            ? new Alert(kind, since is { } time ? new EventTime(time) : null, low)
            : throw new StateException("an alert has an unknown state");
    }
}
