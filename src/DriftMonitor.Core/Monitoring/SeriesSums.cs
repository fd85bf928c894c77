using DriftMonitor.Core.State;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Monitoring;

/// <summary>The sums of one partition's numbers in open panes, for each series of a monitor that takes their mean.</summary>
/// <param name="counts">What the partition has counted of the same series.</param>
internal sealed class SeriesSums(SeriesCounts counts)
{
    private readonly List<OpenSums> _panes = []; // by the place of the series

    /// <summary>Adds a number; one that is not finite is in no sum.</summary>
    /// <param name="series">The place of the series: see <see cref="SeriesCounts.PlaceOf"/>.</param>
    /// <param name="pane">The event's pane.</param>
    /// <param name="number">The number.</param>
    public void Add(int series, long pane, double number)
    {
        if (!double.IsFinite(number))
        {
            return;
        }

        while (_panes.Count <= series)
        {
            _panes.Add(new OpenSums());
        }

        _panes[series].Add(pane, number);
    }

    /// <summary>Moves the sums of a pane that closes to the series.</summary>
    public void Merge(long pane)
    {
        for (var series = 0; series < _panes.Count; series++)
        {
            if (_panes[series].Take(pane) is { } sum)
            {
                counts.SeriesAt(series).Add(sum);
            }
        }
    }

    /// <summary>Forgets series without events in open panes. Those after them get lower places.</summary>
    /// <param name="places">Their places, in ascending order.</param>
    public void Remove(List<int> places)
    {
        var place = 0;
        _panes.RemoveAll(_ => places.BinarySearch(place++) >= 0);
    }

    /// <summary>Saves or loads the sums.</summary>
    public void Exchange(StateExchange state)
    {
        var places = state.Count(_panes.Count);
        for (var place = 0; place < places; place++)
        {
            if (place == _panes.Count)
            {
                _ = counts.SeriesAt(place); // throws if there is none
                _panes.Add(new OpenSums());
            }

            _panes[place].Exchange(state);
        }
    }
}
