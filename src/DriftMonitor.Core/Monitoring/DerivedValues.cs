using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Derivations;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Monitoring;

/// <summary>The values that a monitor derives from the events of one partition: what is remembered for each of its series.</summary>
/// <param name="spec">The monitor.</param>
/// <param name="derivation">How the values are derived.</param>
/// <param name="binning">The bins of the values; null where the reference finds them in the values.</param>
internal sealed class DerivedValues(MonitorSpec spec, Derivation derivation, NumericBinning? binning)
{
    private readonly List<DerivedState> _states = []; // by the place of the series

    /// <summary>Derives the value of the next event of a series.</summary>
    /// <param name="series">The place of the series: see <see cref="SeriesCounts.PlaceOf"/>.</param>
    /// <param name="time">The event's time.</param>
    /// <param name="x">
    /// The number that the value is derived from, which becomes the value; ignored where it is derived from times, or there is a bin.
    /// </param>
    /// <param name="bin">
    /// The bin of an event without a number, or <see cref="PartitionFold.DependsOnHistory"/>, which becomes the bin of the value, or
    /// <see cref="DerivedCode.Number"/>.
    /// </param>
    /// <returns>False if not enough has come before the event.</returns>
    public bool TryNext(int series, EventTime time, ref double x, ref int bin)
    {
        while (_states.Count <= series)
        {
            _states.Add(derivation.CreateState(spec.Pane, spec.AllowedLateness));
        }

        var state = _states[series];
        if (bin != PartitionFold.DependsOnHistory)
        {
            return state.HasEnoughFor(time);
        }

        if (!state.TryNext(time, x, out var value))
        {
            return false;
        }

        (x, bin) = (value, binning?.BinOf(value) ?? DerivedCode.Number);
        return true;
    }

    /// <summary>Forgets what is remembered for some series. Those after them get lower places.</summary>
    /// <param name="places">Their places, in ascending order.</param>
    public void Remove(List<int> places)
    {
        var place = 0;
        _states.RemoveAll(_ => places.BinarySearch(place++) >= 0);
    }

    /// <summary>Saves or loads the state.</summary>
    public void Exchange(StateExchange state) => state.List(_states, (ref DerivedState of) =>
    {
        of ??= derivation.CreateState(spec.Pane, spec.AllowedLateness);
        of.Exchange(state);
    });

    /// <summary>Those of a monitor; null where its values do not depend on the events before.</summary>
    /// <param name="spec">The monitor.</param>
    /// <param name="binning">Its bins; null where the reference finds them.</param>
    public static DerivedValues? Of(MonitorSpec spec, FieldBinning? binning) =>
        spec.Derivation is { IsOrdered: true } derivation ? new DerivedValues(spec, derivation, (NumericBinning?)binning) : null;
}
