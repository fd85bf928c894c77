using DriftMonitor.Core.Binning;
using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Windows;

/// <summary>The values of panes that are still open, for bins that are found later.</summary>
/// <param name="views">How values are counted, as of now.</param>
public sealed class OpenValues(Func<ValueViews> views)
{
    private readonly Dictionary<long, ValueCounts> _panes = [];
    private long _current; // the pane counted into last
    private ValueCounts? _counts;

    /// <summary>The panes with values.</summary>
    public int Count => _panes.Count;

    /// <summary>The first pane with values from a pane on; <see cref="long.MaxValue"/> if there is none.</summary>
    public long FirstFrom(long pane)
    {
        var first = long.MaxValue;
        foreach (var open in _panes.Keys)
        {
            first = open >= pane ? Math.Min(first, open) : first;
        }

        return first;
    }

    /// <summary>Counts a value into a pane.</summary>
    public void Add(long pane, in FieldValue value)
    {
        if (_counts is null || pane != _current)
        {
            if (!_panes.TryGetValue(pane, out _counts))
            {
                _panes[pane] = _counts = new ValueCounts(views());
            }

            _current = pane;
        }

        _counts.Add(value);
    }

    /// <summary>Removes a pane.</summary>
    /// <returns>Its values; null if it had no event.</returns>
    public ValueCounts? Take(long pane)
    {
        _counts = pane == _current ? null : _counts;
        _panes.Remove(pane, out var counts);
        return counts;
    }

    internal void Exchange(StateExchange state)
    {
        List<KeyValuePair<long, ValueCounts>> panes = [.. _panes];
        state.List(panes, (ref KeyValuePair<long, ValueCounts> pane) =>
        {
            var number = state.Number(pane.Key);
            var kept = (ValueViews)(byte)state.Number((long)(pane.Value?.Views ?? 0)) & ValueViews.Both;
            var values = pane.Value ?? new ValueCounts(kept);
            values.Exchange(state);
            pane = new(number, values);
        });
        if (state.IsLoading)
        {
            panes.ForEach(pane => _panes.Add(pane.Key, pane.Value));
        }
    }
}
