using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.References;

/// <summary>What the windows of a series are compared with. Each kind of reference is a class of its own.</summary>
/// <remarks>
/// It belongs to one series, which reports every closed pane to it. Only a reference that counts values changes its bins, and then makes
/// the windows anew.
/// </remarks>
public abstract class WindowReference
{
    /// <summary>A reference in some bins.</summary>
    protected WindowReference(FieldBinning binning) => Binning = binning;

    /// <summary>The bins of the windows and of the reference.</summary>
    public FieldBinning Binning { get; private protected set; }

    /// <summary>What windows are compared with, for people; null where the reference is one fixed distribution.</summary>
    public abstract string? Description { get; }

    /// <summary>The distribution that holds everything windows are compared with; null where there is none, or not yet.</summary>
    public abstract Reference? Whole { get; }

    /// <summary>Whether the reference is known before the first event.</summary>
    public virtual bool IsLoaded => false;

    /// <summary>Whether it can hold as few events as a window, so that the minimum of events applies to it as well.</summary>
    public virtual bool CanBeScarce => true;

    /// <summary>Whether it can be made from the very events of a window: such a window is then compared with less than all of it.</summary>
    public virtual bool CanHoldWindows => true;

    /// <summary>
    /// How it counts the series' values itself, because it finds the bins in them; 0 where the series counts events by their bins.
    /// </summary>
    public virtual ValueViews Views => 0;

    /// <summary>Empty windows of a series that is compared with this reference.</summary>
    /// <param name="windowPanes">The monitor's windows in panes.</param>
    /// <param name="closedPanes">Panes that have closed before the series' first event.</param>
    /// <returns>
    /// The monitor's windows; where the reference changes, then <see cref="ExtraWindowPanes"/>, and last the closed pane alone.
    /// </returns>
    public virtual SlidingHistogram CreateWindows(IReadOnlyList<int> windowPanes, long closedPanes) =>
        new(Binning, [.. windowPanes, .. ExtraWindowPanes, 1], closedPanes);

    /// <summary>Counts events of the stream that windows are compared with.</summary>
    /// <exception cref="NotSupportedException">This kind of reference has no stream of its own.</exception>
    public virtual void Add(long pane, int bin, long events) =>
        throw new NotSupportedException($"{GetType().Name} has no stream of its own");

    /// <summary>Takes values of the series in the pane that closes next.</summary>
    /// <exception cref="NotSupportedException">This kind of reference counts no values: see <see cref="Views"/>.</exception>
    public virtual void Add(ValueCounts values) => throw new NotSupportedException($"{GetType().Name} counts no values");

    /// <summary>Adds the values of a pane that is about to close to the windows, which it may make anew in other bins.</summary>
    /// <param name="pane">The pane.</param>
    /// <param name="windows">The series' windows.</param>
    public virtual void Enter(long pane, ref SlidingHistogram windows)
    {
    }

    /// <summary>Learns that a pane has closed.</summary>
    /// <param name="pane">The pane.</param>
    /// <param name="windows">The series' windows at its end, as <see cref="CreateWindows"/> made them.</param>
    public abstract void Close(long pane, SlidingHistogram windows);

    /// <summary>
    /// Whether panes without events can close in one step: each leaves what windows are compared with as it is, but for what depends on the
    /// time of day. Asked while all windows are empty.
    /// </summary>
    public virtual bool IsSteady => false;

    /// <summary>Learns that panes without events have closed, of which <see cref="IsSteady"/> is true.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="last">The last of them.</param>
    /// <param name="windows">The series' windows at the end of the last.</param>
    public virtual void CloseSteady(long first, long last, SlidingHistogram windows) => Close(last, windows);

    /// <summary>What a window that ends with the last closed pane is compared with; null while that is not known.</summary>
    public abstract Reference? For(int window);

    /// <summary>
    /// The regimes that a window may be compared with: that against which its z is least is taken. Null where the reference is one.
    /// </summary>
    public virtual IReadOnlyList<Regime>? Regimes => null;

    /// <summary>Learns which regime the reading of a window was taken from; see <see cref="Regimes"/>.</summary>
    public virtual void Choose(int window, int regime)
    {
    }

    /// <summary>The divergence of a window from a regime; see <see cref="Regimes"/>.</summary>
    /// <exception cref="NotSupportedException">There are no regimes.</exception>
    public virtual IncrementalKullbackLeibler Compare(WindowCounts window, int regime) =>
        throw new NotSupportedException($"{GetType().Name} has no regimes");

    /// <summary>Windows of the series that the reference needs in addition to the monitor's own, in panes.</summary>
    protected virtual IReadOnlyList<int> ExtraWindowPanes => [];

    /// <summary>Saves or loads what it remembers.</summary>
    internal virtual void Exchange(StateExchange state)
    {
    }

    /// <summary>Learns, after loading, of the series' windows as of the pane closed last.</summary>
    internal virtual void OnLoaded(SlidingHistogram windows)
    {
    }
}
