using DriftMonitor.Core.Distributions;

namespace DriftMonitor.Core.Windows;

/// <summary>
/// The histograms of several sliding windows over one series, sharing their panes.
/// </summary>
/// <remarks>
/// Events are counted into the pane of their event time. A pane that closes is added to every window, and the pane that leaves a window is
/// taken from it: an event costs one increment when it comes, and each window at most one change of its sums when the event's pane closes
/// and one when it leaves, however long the window is. Panes leave whole: exact per-event expiry would need every event kept, at 50 000 a
/// second and 15 minutes 45 million.
/// <para>
/// Memory: (panes of the longest window + open panes with an event) × bins × 8 bytes.
/// </para>
/// </remarks>
public sealed class SlidingHistogram
{
    private readonly int[] _lengths; // panes of each window
    private readonly WindowCounts[] _windows;
    private readonly long[]?[] _closed; // ring of the longest window's panes; null where a pane had no event
    private readonly OpenPanes _open;
    private long _closedPanes; // those closed before the first event of these windows too

    /// <summary>Empty windows whose divergence from a reference is kept up to date.</summary>
    /// <param name="reference">Its binning is that of the histograms.</param>
    /// <param name="windowPanes">The length of each window in panes, each at least 1.</param>
    /// <param name="closedPanes">
    /// Panes that have closed already, without an event of these windows: they count towards a full window.
    /// </param>
    public SlidingHistogram(Reference reference, IReadOnlyList<int> windowPanes, long closedPanes = 0)
        : this(reference.Binning.Count, windowPanes, [.. windowPanes.Select(_ => new ComparedWindow(reference))]) =>
        _closedPanes = closedPanes;

    /// <summary>Empty windows of counts alone.</summary>
    /// <param name="bins">The number of bins.</param>
    /// <param name="windowPanes">The length of each window in panes, each at least 1.</param>
    public SlidingHistogram(int bins, IReadOnlyList<int> windowPanes)
        : this(bins, windowPanes, [.. windowPanes.Select(_ => new CountedWindow(bins))])
    {
    }

    private SlidingHistogram(int bins, IReadOnlyList<int> windowPanes, WindowCounts[] windows)
    {
        ArgumentOutOfRangeException.ThrowIfZero(windowPanes.Count);
        _open = new OpenPanes(bins);
        _lengths = [.. windowPanes];
        _windows = windows;
        _closed = new long[windowPanes.Max()][];
    }

    /// <summary>The windows' counts and divergences, as of the last pane that closed.</summary>
    public IReadOnlyList<WindowCounts> Windows => _windows;

    /// <summary>Whether as many panes have closed as a window has.</summary>
    public bool IsFull(int window) => _closedPanes >= _lengths[window];

    /// <summary>The share of a window's panes that have closed, at most 1.</summary>
    public double FilledShare(int window) => Math.Min(1, _closedPanes / (double)_lengths[window]);

    /// <summary>Counts events into a pane that has not closed.</summary>
    public void Add(long pane, int bin, long events = 1) => _open.Add(pane, bin, events);

    /// <summary>Closes the pane, which follows the one closed before: the windows move on by one.</summary>
    public void Close(long pane)
    {
        if (_closedPanes == 0)
        {
            _open.DropBefore(pane); // another stream may have begun earlier: what lies before the first pane is in no window
        }

        var entering = _open.Take(pane);
        var slots = _closed.Length;
        for (var w = 0; w < _windows.Length; w++)
        {
            if (_closedPanes >= _lengths[w])
            {
                Change(_windows[w], _closed[(_closedPanes - _lengths[w]) % slots], -1);
            }

            Change(_windows[w], entering, +1);
        }

        ref var slot = ref _closed[_closedPanes % slots];
        if (slot is { } left)
        {
            _open.Reuse(left);
        }

        slot = entering;
        _closedPanes++;
    }

    private static void Change(WindowCounts window, long[]? pane, int sign)
    {
        if (pane is null)
        {
            return;
        }

        for (var bin = 0; bin < pane.Length; bin++)
        {
            if (pane[bin] != 0)
            {
                window.Change(bin, sign * pane[bin]);
            }
        }
    }
}
