using DriftMonitor.Core.Binning;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Calibration;

/// <summary>
/// How often each value of a series has occurred so far: in all, up to the last refit, in each pane of the longest window, and in each pane
/// of the warm-up. Whatever the bins are, counts in them are sums of these.
/// </summary>
/// <param name="table">The values.</param>
/// <param name="longest">The longest window in panes.</param>
internal sealed class FineHistory(ValueTable table, int longest)
{
    private readonly byte[]?[] _ring = new byte[longest][]; // by pane, packed by index; null where a pane had no event
    private long[] _totals = [];
    private long[] _fitted = []; // the totals at the last refit
    private List<byte[]?>? _warmUp = [];
    private long _closed;

    /// <summary>The values.</summary>
    public ValueTable Table => table;

    /// <summary>How often each value has occurred, by index; shorter where none of the further ones has.</summary>
    public ReadOnlySpan<long> Totals => _totals;

    /// <summary>The same at the last refit.</summary>
    public ReadOnlySpan<long> Fitted => _fitted;

    /// <summary>The panes of the warm-up; null once it has ended.</summary>
    public IReadOnlyList<byte[]?>? WarmUp => _warmUp;

    /// <summary>Restores what a file holds.</summary>
    public void Restore(long[] totals, long[] fitted, IReadOnlyList<byte[]?>? warmUp) =>
        (_totals, _fitted, _warmUp) = (totals, fitted, warmUp?.ToList());

    /// <summary>Closes a pane.</summary>
    /// <param name="pane">Its values; null if it had no event.</param>
    /// <param name="isNew">Whether it adds to the history; otherwise, only windows need it.</param>
    /// <param name="isExcluded">Whether its values are left out of the totals.</param>
    /// <returns>Whether indexes have changed: a value may be in another bin than before.</returns>
    public bool Close(ValueCounts? pane, bool isNew, bool isExcluded)
    {
        byte[]? packed = null;
        var hasMoved = false;
        if (pane is not null)
        {
            hasMoved = Move(table.Admit(pane));
            var counts = new long[table.Count];
            table.Sum(pane, counts);
            packed = PackedCounts.Pack(counts);
        }

        _ring[_closed++ % longest] = packed;
        if (isNew)
        {
            var counted = isExcluded ? null : packed;
            _warmUp?.Add(counted);
            Unpack(counted, ref _totals, static index => index);
        }

        return hasMoved;
    }

    /// <summary>Adds panes without events to the warm-up, while it lasts.</summary>
    public void Skip(long panes) => _warmUp?.AddRange(new byte[]?[checked((int)panes)]);

    /// <summary>Changes indexes, as the table has.</summary>
    /// <param name="moved">The new index of each one; null if none has changed.</param>
    public bool Move(int[]? moved)
    {
        if (moved is null)
        {
            return false;
        }

        _totals = Move(_totals, moved);
        _fitted = Move(_fitted, moved);
        for (var i = 0; i < _ring.Length; i++)
        {
            _ring[i] = Move(_ring[i], moved);
        }

        for (var i = 0; i < _warmUp?.Count; i++)
        {
            _warmUp[i] = Move(_warmUp[i], moved);
        }

        return true;
    }

    /// <summary>Takes the totals as those of a refit, which ends the warm-up.</summary>
    public void Fit()
    {
        _fitted = [.. _totals];
        _warmUp = null;
    }

    /// <summary>The panes of the warm-up in some bins; null for a pane without events.</summary>
    public long[]?[] CourseIn(FieldBinning binning)
    {
        var bins = BinsIn(binning);
        return [.. _warmUp!.Select(pane => pane is null ? null : Sum(pane))];

        long[] Sum(byte[] pane)
        {
            var counts = new long[binning.Count];
            Unpack(pane, ref counts, index => bins[index]);
            return counts;
        }
    }

    /// <summary>Totals in some bins.</summary>
    public long[] In(FieldBinning binning, ReadOnlySpan<long> totals)
    {
        var counts = new long[binning.Count];
        for (var i = 0; i < totals.Length; i++)
        {
            if (totals[i] != 0)
            {
                counts[table.BinOf(i, binning)] += totals[i];
            }
        }

        return counts;
    }

    /// <summary>How many panes before the newest are kept for windows.</summary>
    public int Kept => (int)Math.Min(_closed, longest) - 1;

    /// <summary>Adds the panes before the newest to windows, and closes them there.</summary>
    /// <param name="windows">The windows, in which none of these has closed.</param>
    /// <param name="newest">The newest pane.</param>
    /// <param name="binning">Their bins.</param>
    public void Refill(SlidingHistogram windows, long newest, FieldBinning binning)
    {
        var bins = BinsIn(binning);
        for (var age = Kept; age > 0; age--)
        {
            AddTo(windows, newest - age, PaneOf(age), bins);
            windows.Close(newest - age);
        }
    }

    /// <summary>Adds the newest pane to windows, in which it has not closed.</summary>
    /// <param name="windows">The windows.</param>
    /// <param name="newest">The pane.</param>
    /// <param name="binning">Their bins.</param>
    public void AddNewest(SlidingHistogram windows, long newest, FieldBinning binning)
    {
        ReadOnlySpan<byte> packed = PaneOf(age: 0);
        var index = -1;
        while (PackedCounts.TryRead(ref packed, ref index, out var count))
        {
            windows.Add(newest, table.BinOf(index, binning), count);
        }
    }

    /// <summary>Saves or loads the panes of the longest window.</summary>
    public void ExchangeWindow(StateExchange state)
    {
        state.Number(ref _closed);
        if (_closed < 0)
        {
            throw new StateException($"{_closed} panes have closed");
        }

        var panes = new byte[]?[(int)Math.Min(_closed, longest)];
        var first = _closed - panes.Length;
        for (var pane = 0; pane < panes.Length && !state.IsLoading; pane++)
        {
            panes[pane] = _ring[(first + pane) % longest];
        }

        PackedCounts.Exchange(state, panes, table.Count);
        for (var pane = 0; pane < panes.Length && state.IsLoading; pane++)
        {
            _ring[(first + pane) % longest] = panes[pane];
        }
    }

    private byte[]? PaneOf(int age) => _ring[(_closed - 1 - age) % longest];

    private static void AddTo(SlidingHistogram windows, long pane, ReadOnlySpan<byte> packed, int[] bins)
    {
        var index = -1;
        while (PackedCounts.TryRead(ref packed, ref index, out var count))
        {
            windows.Add(pane, bins[index], count);
        }
    }

    private int[] BinsIn(FieldBinning binning)
    {
        var bins = new int[table.Count];
        for (var i = 0; i < bins.Length; i++)
        {
            bins[i] = table.BinOf(i, binning);
        }

        return bins;
    }

    private static void Unpack(ReadOnlySpan<byte> packed, ref long[] counts, Func<int, int> place)
    {
        var index = -1;
        while (PackedCounts.TryRead(ref packed, ref index, out var count))
        {
            var at = place(index);
            if (at >= counts.Length)
            {
                Array.Resize(ref counts, Math.Max(at + 1, counts.Length * 2));
            }

            counts[at] += count;
        }
    }

    private static long[] Move(long[] counts, int[] moved)
    {
        var sums = new long[counts.Length];
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] != 0)
            {
                sums[moved[i]] += counts[i];
            }
        }

        return sums;
    }

    private static byte[]? Move(byte[]? packed, int[] moved)
    {
        if (packed is null)
        {
            return null;
        }

        var counts = Array.Empty<long>();
        Unpack(packed, ref counts, index => moved[index]);
        return PackedCounts.Pack(counts);
    }
}
