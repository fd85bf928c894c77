using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Windows;

/// <summary>
/// The histograms of several sliding windows over one series, sharing their panes.
/// </summary>
/// <remarks>
/// Events are counted into the pane of their event time. A pane that closes is added to every window, and the pane that leaves a window is
/// taken from it: an event costs one increment when it comes, and a window's sums change once for each bin in which these two panes differ,
/// however long the window is. Panes leave whole: exact per-event expiry would need every event kept, at 50 000 a
/// second and 15 minutes 45 million.
/// <para>
/// Memory: (windows + open panes with an event) × bins × 8 bytes; two to four bytes for each bin with an event of each pane of the longest
/// window.
/// </para>
/// </remarks>
public sealed class SlidingHistogram
{
    private readonly int _bins; // that are counted
    private readonly int[] _lengths; // panes of each window
    private readonly WindowCounts[] _windows;
    private readonly byte[]?[] _closed; // ring of the longest window's panes, packed; null where a pane had no event
    private readonly OpenPanes _open;
    private long _closedPanes; // those closed before the first event of these windows too

    /// <summary>Empty windows whose divergence from a reference is kept up to date.</summary>
    /// <param name="reference">Its binning is that of the histograms.</param>
    /// <param name="windowPanes">The length of each window in panes, each at least 1.</param>
    /// <param name="closedPanes">
    /// Panes that have closed already, without an event of these windows: they count towards a full window.
    /// </param>
    public SlidingHistogram(Reference reference, IReadOnlyList<int> windowPanes, long closedPanes = 0)
        : this(new ReferenceTerms(reference), windowPanes, closedPanes)
    {
    }

    /// <summary>As above, with the terms of the reference, which the windows of other series may share.</summary>
    public SlidingHistogram(ReferenceTerms terms, IReadOnlyList<int> windowPanes, long closedPanes = 0)
        : this(
            terms.Reference?.Binning is PairBinning pairs ? pairs.Places : terms.Bins,
            windowPanes,
            [.. windowPanes.Select(_ => WindowOf(terms.Reference?.Binning, new ComparedWindow(terms)))]) =>
        _closedPanes = closedPanes;

    /// <summary>Empty windows of counts alone, in some bins; of pairs, also of their places.</summary>
    /// <param name="binning">The bins.</param>
    /// <param name="windowPanes">The length of each window in panes, each at least 1.</param>
    /// <param name="closedPanes">Panes that have closed already, as above.</param>
    public SlidingHistogram(FieldBinning binning, IReadOnlyList<int> windowPanes, long closedPanes = 0)
        : this(
            binning is PairBinning pairs ? pairs.Places : binning.Count,
            windowPanes,
            [.. windowPanes.Select(_ => WindowOf(binning, new CountedWindow(binning.Count)))]) =>
        _closedPanes = closedPanes;

    /// <summary>Empty windows of counts alone.</summary>
    /// <param name="bins">The number of bins.</param>
    /// <param name="windowPanes">The length of each window in panes, each at least 1.</param>
    /// <param name="closedPanes">Panes that have closed already, as above.</param>
    public SlidingHistogram(int bins, IReadOnlyList<int> windowPanes, long closedPanes = 0)
        : this(bins, windowPanes, [.. windowPanes.Select(_ => new CountedWindow(bins))]) =>
        _closedPanes = closedPanes;

    private SlidingHistogram(int bins, IReadOnlyList<int> windowPanes, WindowCounts[] windows)
    {
        ArgumentOutOfRangeException.ThrowIfZero(windowPanes.Count);
        _bins = bins;
        _open = new OpenPanes(bins);
        _lengths = [.. windowPanes];
        _windows = windows;
        _closed = new byte[windowPanes.Max()][];
    }

    /// <summary>The windows' counts and divergences, as of the last pane that closed.</summary>
    public IReadOnlyList<WindowCounts> Windows => _windows;

    /// <summary>How many panes have closed.</summary>
    public long ClosedPanes => _closedPanes;

    /// <summary>Whether as many panes have closed as a window has.</summary>
    public bool IsFull(int window) => _closedPanes >= _lengths[window];

    /// <summary>The share of a window's panes that have closed, at most 1.</summary>
    public double FilledShare(int window) => Math.Min(1, _closedPanes / (double)_lengths[window]);

    /// <summary>Whether every window is full and holds no event: further panes without events change nothing.</summary>
    public bool IsEmpty => _closedPanes >= _closed.Length && Array.TrueForAll(_windows, window => window.Events == 0);

    /// <summary>Counts events into a pane that has not closed.</summary>
    public void Add(long pane, int bin, long events = 1) => _open.Add(pane, bin, events);

    /// <summary>Closes the pane, which follows the one closed before: the windows move on by one.</summary>
    public void Close(long pane)
    {
        if (_closedPanes == 0)
        {
            _open.DropBefore(pane); // another stream may have begun earlier: what lies before the first pane is in no window
        }

        byte[]? entering = null;
        if (_open.Take(pane) is { } counts)
        {
            entering = PackedCounts.Pack(counts);
            _open.Reuse(counts);
        }

        var slots = _closed.Length;
        for (var w = 0; w < _windows.Length; w++)
        {
            var leaving = _closedPanes >= _lengths[w] ? _closed[(_closedPanes - _lengths[w]) % slots] : null;
            Change(_windows[w], entering, leaving);
        }

        _closed[_closedPanes % slots] = entering;
        _closedPanes++;
    }

    /// <summary>Closes panes without events, which follow the one closed before, in one step once the windows are empty.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="last">The last of them.</param>
    public void CloseEmpty(long first, long last)
    {
        while (first <= last && !IsEmpty)
        {
            Close(first++);
        }

        _closedPanes += last - first + 1; // all of the ring is null
    }

    internal void Exchange(StateExchange state)
    {
        state.Number(ref _closedPanes);
        if (_closedPanes < 0)
        {
            throw new StateException($"{_closedPanes} panes have closed");
        }

        var slots = _closed.Length;
        var panes = new byte[]?[(int)Math.Min(_closedPanes, slots)];
        var first = _closedPanes - panes.Length;
        for (var pane = 0; pane < panes.Length && !state.IsLoading; pane++)
        {
            panes[pane] = _closed[(first + pane) % slots];
        }

        PackedCounts.Exchange(state, panes, _bins);
        _open.Exchange(state);
        if (!state.IsLoading)
        {
            return;
        }

        for (var pane = 0; pane < panes.Length; pane++)
        {
            _closed[(first + pane) % slots] = panes[pane];
        }

        for (var window = 0; window < _windows.Length; window++)
        {
            Fill(_windows[window], panes.AsSpan(Math.Max(0, panes.Length - _lengths[window])), _bins);
        }
    }

    private static WindowCounts WindowOf(FieldBinning? binning, WindowCounts bins) =>
        binning is PairBinning pairs ? new PairWindow(pairs, bins) : bins;

    // The sums of a window's bins first: each then changes its divergence once.
    private static void Fill(WindowCounts window, ReadOnlySpan<byte[]?> panes, int bins)
    {
        var sums = new long[bins];
        foreach (ReadOnlySpan<byte> pane in panes)
        {
            var rest = pane;
            var bin = -1;
            while (PackedCounts.TryRead(ref rest, ref bin, out var count))
            {
                sums[bin] = checked(sums[bin] + count);
            }
        }

        for (var bin = 0; bin < bins; bin++)
        {
            if (sums[bin] != 0)
            {
                window.Change(bin, sums[bin]);
            }
        }
    }

    // Adds one pane and removes another. A bin that both have changes once, by the difference, and not at all where they are equal.
    private static void Change(WindowCounts window, ReadOnlySpan<byte> entering, ReadOnlySpan<byte> leaving)
    {
        var (inBin, outBin) = (-1, -1);
        var hasIn = PackedCounts.TryRead(ref entering, ref inBin, out var inCount);
        var hasOut = PackedCounts.TryRead(ref leaving, ref outBin, out var outCount);
        while (hasIn || hasOut)
        {
            var takesIn = hasIn && (!hasOut || inBin <= outBin);
            var takesOut = hasOut && (!hasIn || outBin <= inBin);
            var by = (takesIn ? inCount : 0) - (takesOut ? outCount : 0);
            if (by != 0)
            {
                window.Change(takesIn ? inBin : outBin, by);
            }

            hasIn = takesIn ? PackedCounts.TryRead(ref entering, ref inBin, out inCount) : hasIn;
            hasOut = takesOut ? PackedCounts.TryRead(ref leaving, ref outBin, out outCount) : hasOut;
        }
    }
}
