using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Derivations;

/// <summary><c>difference(x)</c> and <c>absdiff(x)</c>: xₜ − xₜ₋₁, or its magnitude. The first event has none.</summary>
/// <param name="isAbsolute">Whether the sign is dropped.</param>
public sealed class PreviousValue(bool isAbsolute) : DerivedState
{
    private double? _previous;

    /// <inheritdoc/>
    public override bool TryNext(EventTime time, double x, out double value)
    {
        var difference = x - _previous.GetValueOrDefault();
        value = isAbsolute ? Math.Abs(difference) : difference;
        var isKnown = _previous is not null;
        _previous = double.IsFinite(x) ? x : _previous;
        return isKnown;
    }

    /// <inheritdoc/>
    public override bool HasEnoughFor(EventTime time) => _previous is not null;

    internal override void Exchange(StateExchange state) => _previous = state.Optional(_previous);
}
