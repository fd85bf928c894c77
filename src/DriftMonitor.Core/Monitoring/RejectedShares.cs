using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Monitoring;

/// <summary>Which share of the events in each window of a monitor was rejected.</summary>
/// <param name="windowPanes">The length of each window in panes, each at least 1.</param>
internal sealed class RejectedShares(IReadOnlyList<int> windowPanes)
{
    private readonly int[] _lengths = [.. windowPanes];
    private readonly (long Counted, long Rejected)[] _closed = new (long, long)[windowPanes.Max()]; // ring of the longest window's panes
    private readonly (long Counted, long Rejected)[] _sums = new (long, long)[windowPanes.Count];
    private long _closedPanes;

    /// <summary>rejected ÷ (rejected + counted) over a window, as of the pane closed last; 0 where no event came.</summary>
    public double this[int window] =>
        _sums[window] is var (counted, rejected) && rejected > 0 ? rejected / (double)(rejected + counted) : 0;

    /// <summary>Closes a pane.</summary>
    /// <param name="counted">Events that were counted in it.</param>
    /// <param name="rejected">Events that were rejected in it.</param>
    public void Close(long counted, long rejected)
    {
        for (var window = 0; window < _lengths.Length; window++)
        {
            var (leavingCounted, leavingRejected) = _closedPanes >= _lengths[window]
                ? _closed[(_closedPanes - _lengths[window]) % _closed.Length]
                : default;
            ref var sum = ref _sums[window];
            sum = (sum.Counted + counted - leavingCounted, sum.Rejected + rejected - leavingRejected);
        }

        _closed[_closedPanes++ % _closed.Length] = (counted, rejected);
    }

    /// <summary>Closes panes without events, counted or rejected.</summary>
    /// <param name="panes">How many.</param>
    public void CloseEmpty(long panes)
    {
        for (; panes > 0 && Array.Exists(_sums, sum => sum != default); panes--)
        {
            Close(0, 0);
        }

        _closedPanes += panes; // all of the ring is 0
    }

    /// <summary>Saves or loads the state.</summary>
    public void Exchange(StateExchange state)
    {
        state.Number(ref _closedPanes);
        if (_closedPanes < 0)
        {
            throw new StateException($"{_closedPanes} panes have closed");
        }

        for (var pane = Math.Max(0, _closedPanes - _closed.Length); pane < _closedPanes; pane++)
        {
            ref var closed = ref _closed[pane % _closed.Length];
            state.Number(ref closed.Counted);
            state.Number(ref closed.Rejected);
        }

        for (var window = 0; state.IsLoading && window < _lengths.Length; window++)
        {
            _sums[window] = default;
            for (var pane = Math.Max(0, _closedPanes - _lengths[window]); pane < _closedPanes; pane++)
            {
                var (counted, rejected) = _closed[pane % _closed.Length];
                _sums[window] = (_sums[window].Counted + counted, _sums[window].Rejected + rejected);
            }
        }
    }
}
