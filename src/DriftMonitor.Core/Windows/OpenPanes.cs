using System.Runtime.CompilerServices;
using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Windows;

/// <summary>Counts per bin of panes that are still open.</summary>
/// <remarks>
/// Most events fall into the pane of the event before, which is kept apart, so that an event costs a comparison and an increment. So is
/// the pane before that: more than two are rarely open, and only they need a dictionary. The counts of panes that have closed are used
/// again: nothing is allocated once as many panes have been open as ever are.
/// </remarks>
/// <param name="bins">The number of bins.</param>
public sealed class OpenPanes(int bins)
{
    private const long None = long.MinValue;

    private long _current = None; // the pane counted into last
    private long[] _counts = [];
    private long _previous = None; // the one counted into before
    private long[]? _previousCounts;
    private Dictionary<long, long[]>? _others;
    private long[]? _spare;
    private Stack<long[]>? _spares; // more than one

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
        if (pane != _current)
        {
            return TakeOther(pane);
        }

        var counts = _counts;
        (_current, _counts) = (None, []);
        return counts;
    }

    /// <summary>How many panes have events.</summary>
    public int Count => (_current == None ? 0 : 1) + (_previous == None ? 0 : 1) + (_others?.Count ?? 0);

    /// <summary>The panes with events, in no order.</summary>
    public IEnumerable<long> Panes
    {
        get
        {
            IEnumerable<long> recent = [_current, _previous];
            return recent.Where(pane => pane != None).Concat(_others?.Keys ?? Enumerable.Empty<long>());
        }
    }

    /// <summary>The first pane with events from a pane on; <see cref="long.MaxValue"/> if there is none.</summary>
    public long FirstFrom(long pane)
    {
        var first = _current >= pane ? _current : long.MaxValue;
        first = _previous >= pane ? Math.Min(first, _previous) : first;
        if (_others is not null)
        {
            foreach (var other in _others.Keys)
            {
                first = other >= pane ? Math.Min(first, other) : first;
            }
        }

        return first;
    }

    /// <summary>Removes all panes before one.</summary>
    /// <returns>How many events they had.</returns>
    public long DropBefore(long pane)
    {
        var events = 0L;
        if (_current < pane && _current != None)
        {
            events += Drop(_current);
        }

        if (_previous < pane && _previous != None)
        {
            events += Drop(_previous);
        }

        return _others is { Count: > 0 } ? events + DropOthersBefore(pane, _others) : events;
    }

    /// <summary>Gives back counts that <see cref="Take"/> gave.</summary>
    public void Reuse(long[] counts)
    {
        Array.Clear(counts);
        if (_spare is null)
        {
            _spare = counts;
        }
        else
        {
            (_spares ??= new Stack<long[]>()).Push(counts);
        }
    }

    internal void Exchange(StateExchange state)
    {
        long[] open = [.. Panes.Order()];
        var panes = state.Numbers(open);
        foreach (var pane in panes)
        {
            if (state.IsLoading)
            {
                var packed = Array.Empty<byte>();
                state.Bytes(ref packed);
                ReadOnlySpan<byte> rest = PackedCounts.Check(packed, bins);
                var bin = -1;
                while (PackedCounts.TryRead(ref rest, ref bin, out var count))
                {
                    Add(pane, bin, count);
                }
            }
            else
            {
                var packed = PackedCounts.Pack(CountsOf(pane));
                state.Bytes(ref packed);
            }
        }
    }

    private long[] CountsOf(long pane) => pane == _current ? _counts : pane == _previous ? _previousCounts! : _others![pane];

    private long DropOthersBefore(long pane, Dictionary<long, long[]> others) =>
        others.Keys.Where(open => open < pane).ToList().Sum(Drop);

    private long Drop(long pane)
    {
        var counts = Take(pane)!;
        var events = counts.Sum();
        Reuse(counts);
        return events;
    }

    private void SwitchTo(long pane)
    {
        var counts = TakeOther(pane) ?? TakeSpare();
        if (_current != None)
        {
            if (_previous != None)
            {
                (_others ??= [])[_previous] = _previousCounts!;
            }

            (_previous, _previousCounts) = (_current, _counts);
        }

        (_current, _counts) = (pane, counts);
    }

    private long[]? TakeOther(long pane)
    {
        if (pane == _previous)
        {
            var counts = _previousCounts;
            (_previous, _previousCounts) = (None, null);
            return counts;
        }

        long[]? other = null;
        _others?.Remove(pane, out other);
        return other;
    }

    private long[] TakeSpare()
    {
        if (_spare is { } spare)
        {
            _spare = null;
            return spare;
        }

        return _spares is not null && _spares.TryPop(out var another) ? another : new long[bins];
    }
}
