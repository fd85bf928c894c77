using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Derivations;

/// <summary>
/// <c>gap()</c>: the event time since the event before, in seconds; negative where an event is out of order. The first event has none.
/// </summary>
public sealed class PreviousTime : DerivedState
{
    private EventTime? _previous;

    /// <inheritdoc/>
    public override bool TryNext(EventTime time, double x, out double value)
    {
        value = _previous is { } previous ? (time.Milliseconds - previous.Milliseconds) / 1000.0 : 0;
        var isKnown = _previous is not null;
        _previous = time;
        return isKnown;
    }

    /// <inheritdoc/>
    public override bool HasEnoughFor(EventTime time) => _previous is not null;

    internal override void Exchange(StateExchange state) =>
        _previous = state.Optional(_previous?.Milliseconds) is { } previous ? new EventTime(previous) : null;
}
