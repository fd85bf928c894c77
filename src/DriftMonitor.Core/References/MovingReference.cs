using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.References;

/// <summary>A reference that is not the same at every pane: what a window is compared with is known only when its last pane closes.</summary>
/// <remarks>It belongs to one series, which tells it of every pane. The bins do not move: windows of different panes stay comparable.</remarks>
public abstract class MovingReference
{
    /// <summary>A reference in some bins.</summary>
    protected MovingReference(FieldBinning binning) => Binning = binning;

    /// <summary>The bins.</summary>
    public FieldBinning Binning { get; }

    /// <summary>What windows are compared with, for people.</summary>
    public abstract string Description { get; }

    /// <summary>Windows of the series that it needs beside the monitor's own, in panes.</summary>
    public virtual IReadOnlyList<int> FurtherWindowPanes => [];

    /// <summary>Counts an event of the other stream, where there is one.</summary>
    public virtual void Add(long pane, int bin) => throw new NotSupportedException("this reference has no stream of its own");

    /// <summary>Takes notice of a pane that has closed.</summary>
    /// <param name="pane">The pane.</param>
    /// <param name="series">The series' windows as of its end: the monitor's, then <see cref="FurtherWindowPanes"/>, and last the pane alone.</param>
    public abstract void Close(long pane, SlidingHistogram series);

    /// <summary>What a window that ends with the pane closed last is compared with; null while that is not known.</summary>
    public abstract Reference? For(int window);
}
