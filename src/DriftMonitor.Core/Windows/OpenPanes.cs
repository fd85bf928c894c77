using System.Runtime.CompilerServices;

namespace DriftMonitor.Core.Windows;

/// <summary>Counts per bin of panes that are still open.</summary>
/// <remarks>
/// Most events fall into the pane of the event before, which is kept apart, so that an event costs a comparison and an increment. The
/// counts of panes that have closed are used again: nothing is allocated once as many panes have been open as ever are.
/// </remarks>
/// <param name="bins">The number of bins.</param>
public sealed class OpenPanes(int bins)
{
    private const long None = long.MinValue;

    private long _current = None; // the pane counted into last
    private long[] _counts = [];
    private Dictionary<long, long[]>? _others;
    private Stack<long[]>? _spare;

    /// <summary>Counts events into a pane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(long pane, int bin, long events = 1)
    {
        if (pane != _current)
        {
            SwitchTo(pane);
        }

        _counts[bin] += events;
    }

    /// <summary>Removes a pane.</summary>
    /// <returns>Its counts, for <see cref="Reuse"/> when they are no longer needed; null if it had no event.</returns>
    public long[]? Take(long pane)
    {
        long[]? counts;
        if (pane == _current)
        {
            (counts, _current, _counts) = (_counts, None, []);
            return counts;
        }

        counts = null;
        _others?.Remove(pane, out counts);
        return counts;
    }

    /// <summary>Removes all panes before one.</summary>
    public void DropBefore(long pane)
    {
        if (_current < pane && _current != None)
        {
            Reuse(Take(_current)!);
        }

        foreach (var earlier in _others?.Keys.Where(open => open < pane).ToList() ?? [])
        {
            Reuse(Take(earlier)!);
        }
    }

    /// <summary>Gives back counts that <see cref="Take"/> gave.</summary>
    public void Reuse(long[] counts)
    {
        Array.Clear(counts);
        (_spare ??= new Stack<long[]>()).Push(counts);
    }

    private void SwitchTo(long pane)
    {
        if (_current != None)
        {
            (_others ??= [])[_current] = _counts;
        }

        long[]? counts = null;
        _others?.Remove(pane, out counts);
        _counts = counts ?? (_spare is not null && _spare.TryPop(out var spare) ? spare : new long[bins]);
        _current = pane;
    }
}
