using DriftMonitor.Core.Numerics;
using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Windows;

/// <summary>Sums of the numbers in panes that are still open. What panes that have closed held is used again.</summary>
public sealed class OpenSums
{
    private readonly Dictionary<long, ExactSum> _panes = [];
    private readonly Stack<ExactSum> _spares = [];
    private long _current; // the pane added to last
    private ExactSum? _sum;

    /// <summary>Adds a number to a pane.</summary>
    public void Add(long pane, double number)
    {
        if (_sum is null || pane != _current)
        {
            if (!_panes.TryGetValue(pane, out _sum))
            {
                _panes[pane] = _sum = _spares.TryPop(out var spare) ? spare : new ExactSum();
            }

            _current = pane;
        }

        _sum.Add(number);
    }

    /// <summary>Removes a pane.</summary>
    /// <returns>Its sum; null if it had no number.</returns>
    public PackedSum? Take(long pane)
    {
        if (!_panes.Remove(pane, out var sum))
        {
            return null;
        }

        _sum = pane == _current ? null : _sum;
        var packed = sum.Pack();
        sum.Clear();
        _spares.Push(sum);
        return packed;
    }

    internal void Exchange(StateExchange state)
    {
        List<(long Pane, PackedSum Sum)> panes = [.. _panes.OrderBy(pane => pane.Key).Select(pane => (pane.Key, pane.Value.Pack()))];
        state.List(panes, (ref (long Pane, PackedSum Sum) pane) =>
            pane = (state.Number(pane.Pane), PackedSum.Exchange(state, pane.Sum)));
        if (state.IsLoading)
        {
            foreach (var (pane, packed) in panes)
            {
                var sum = new ExactSum();
                sum.Add(packed);
                _panes.Add(pane, sum);
            }
        }
    }
}
