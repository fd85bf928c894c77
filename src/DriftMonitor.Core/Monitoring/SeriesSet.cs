using System.Collections.Frozen;
using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Monitoring;

/// <summary>The series of a monitor, and which of them an event belongs to.</summary>
internal abstract class SeriesSet
{
    /// <summary>The series, in ordinal order of their segments.</summary>
    public abstract IReadOnlyList<Series> All { get; }

    /// <summary>Whether there is a series for each segment.</summary>
    public abstract bool IsSegmented { get; }

    /// <summary>Panes of the monitor that have closed: those that a series which begins now has missed.</summary>
    public long ClosedPanes { get; private set; }

    /// <summary>The series of a segment; null where there is none.</summary>
    public abstract Series? Find(string segment);

    /// <summary>
    /// The latest closed pane with events that count though their segment has no series; <see cref="long.MinValue"/> if there is none.
    /// </summary>
    public virtual long LastWithOthers => long.MinValue;

    /// <summary>Closes a pane whose counts have been moved to the series, before the series close it.</summary>
    public virtual void Close(long pane) => ClosedPanes++;

    /// <summary>Closes panes without events, before the series close them.</summary>
    public virtual void CloseEmpty(long first, long last) => ClosedPanes += last - first + 1;

    /// <summary>Counts of a partition for these series.</summary>
    /// <param name="bins">The number of bins.</param>
    public abstract SeriesCounts CreateCounts(int bins);

    /// <summary>
    /// Ends series that have been without an event for the longest time, if events have found no room for a series of their segment.
    /// </summary>
    /// <param name="pane">The pane closed last, whose readings have been taken.</param>
    /// <param name="longest">The longest window, in panes: no series is ended that has an event in it.</param>
    /// <param name="folds">What the partitions have counted of the series.</param>
    /// <returns>Those that were ended.</returns>
    public virtual IReadOnlySet<Series> Evict(long pane, int longest, IReadOnlyList<PartitionFold> folds) => FrozenSet<Series>.Empty;

    /// <summary>Saves or loads the series; loading adds those that are not there from the start.</summary>
    public virtual void Exchange(StateExchange state)
    {
        ClosedPanes = state.Number(ClosedPanes);
    }
}
