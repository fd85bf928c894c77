using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Derivations;

/// <summary><c>hour()</c>: the hour of the event time, 0 to 23, in UTC. Nothing is remembered.</summary>
public sealed class NoHistory : DerivedState
{
    private const long Hour = 3_600_000; // ms
    private const long HoursADay = 24;

    /// <inheritdoc/>
    public override bool TryNext(EventTime time, double x, out double value)
    {
        var hours = Math.DivRem(time.Milliseconds, Hour, out var rest) - (rest < 0 ? 1 : 0);
        value = (hours % HoursADay + HoursADay) % HoursADay;
        return true;
    }

    /// <inheritdoc/>
    public override bool HasEnoughFor(EventTime time) => true;

    internal override void Exchange(StateExchange state)
    {
    }
}
