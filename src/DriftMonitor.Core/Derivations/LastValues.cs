using DriftMonitor.Core.Numerics;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Derivations;

/// <summary>
/// <c>deviation(x, n)</c>: x minus the median of the n values before it, to which it does not belong. The first n events have none.
/// </summary>
/// <param name="length">n, from 1 to <see cref="RunningMedian.Longest"/>.</param>
public sealed class LastValues(int length) : DerivedState
{
    private readonly RunningMedian _median = new(length);

    /// <inheritdoc/>
    public override bool TryNext(EventTime time, double x, out double value)
    {
        var isKnown = _median.IsFull;
        value = isKnown ? x - _median.Value : 0;
        if (double.IsFinite(x))
        {
            _median.Add(x);
        }

        return isKnown;
    }

    /// <inheritdoc/>
    public override bool HasEnoughFor(EventTime time) => _median.IsFull;

    internal override void Exchange(StateExchange state) => _median.Exchange(state);
}
