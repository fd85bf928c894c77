using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Derivations;

/// <summary>
/// What a derived field remembers of the events of one partition (and segment). Events come in their order; rejected ones, and those
/// without a number where one is needed, do not come.
/// </summary>
/// <remarks>A number that is not finite gets its value (NaN, or an infinity), and is not remembered.</remarks>
public abstract class DerivedState
{
    /// <summary>Derives the value of the next event, from those before it alone, and then remembers the event.</summary>
    /// <param name="time">Its event time.</param>
    /// <param name="x">The number that the value is derived from; ignored where it is derived from times.</param>
    /// <param name="value">The value.</param>
    /// <returns>False if not enough has come before it: the event has no value.</returns>
    public abstract bool TryNext(EventTime time, double x, out double value);

    /// <summary>Whether enough has come before an event without a number, which is not remembered.</summary>
    /// <param name="time">Its event time.</param>
    public abstract bool HasEnoughFor(EventTime time);

    internal abstract void Exchange(StateExchange state);
}
