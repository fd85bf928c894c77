using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.References;

/// <summary>The windows of all events of a monitor, whatever their segment: what is left of them without a segment is the rest.</summary>
/// <remarks>
/// One for a monitor. It closes each pane before the series do. Events that found no series for their segment are counted here too, so that
/// the rest does not depend on which segments have one.
/// </remarks>
public sealed class AllSegments
{
    private readonly SlidingHistogram _windows;
    private readonly Reference?[] _whole; // of each window, once asked for

    /// <summary>Windows before the first event.</summary>
    /// <param name="binning">The bins of all series.</param>
    /// <param name="windowPanes">The monitor's windows.</param>
    /// <param name="pseudoCount">α of the smoothing.</param>
    public AllSegments(FieldBinning binning, IReadOnlyList<int> windowPanes, double pseudoCount)
    {
        (Binning, PseudoCount) = (binning, pseudoCount);
        _windows = new SlidingHistogram(binning.Count, windowPanes);
        _whole = new Reference?[windowPanes.Count];
    }

    /// <summary>The bins of all series.</summary>
    public FieldBinning Binning { get; }

    /// <summary>α of the smoothing.</summary>
    public double PseudoCount { get; }

    /// <summary>How many windows there are.</summary>
    public int Count => _whole.Length;

    /// <summary>Whether every window is full and holds no event.</summary>
    public bool IsEmpty => _windows.IsEmpty;

    /// <summary>The latest pane with events among those that have been added; <see cref="long.MinValue"/> if there is none.</summary>
    public long LastWithEvents { get; private set; } = long.MinValue;

    /// <summary>Counts events of any segment in the pane that closes next.</summary>
    public void Add(long pane, int bin, long events)
    {
        LastWithEvents = Math.Max(LastWithEvents, pane);
        _windows.Add(pane, bin, events);
    }

    /// <summary>Closes a pane.</summary>
    public void Close(long pane)
    {
        Array.Clear(_whole);
        _windows.Close(pane);
    }

    /// <summary>Closes panes without events.</summary>
    public void CloseEmpty(long first, long last)
    {
        Array.Clear(_whole);
        _windows.CloseEmpty(first, last);
    }

    /// <summary>What is left of a window without the events of one segment; null where nothing is.</summary>
    /// <param name="window">The window.</param>
    /// <param name="own">The segment's window, as of the same pane.</param>
    public Reference? Without(int window, WindowCounts own)
    {
        var all = _windows.Windows[window];
        if (all.Events == own.Events)
        {
            return null;
        }

        if (own.Events == 0)
        {
            return _whole[window] ??= new Reference(Binning, all.Counts, PseudoCount); // the same for all segments without events
        }

        var counts = all.Counts.ToArray();
        for (var bin = 0; bin < counts.Length; bin++)
        {
            counts[bin] -= own.Counts[bin];
        }

        return new Reference(Binning, counts, PseudoCount);
    }

    internal void Exchange(StateExchange state)
    {
        LastWithEvents = state.Number(LastWithEvents);
        _windows.Exchange(state);
    }
}
