using DriftMonitor.Core.Binning;
using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Monitoring;

/// <summary>The counts of one partition in open panes, for each series of a monitor.</summary>
internal abstract class SeriesCounts
{
    /// <summary>Counted events whose segment the reference does not know.</summary>
    public abstract long UnknownSegment { get; }

    /// <summary>Counts an event of a segment.</summary>
    /// <returns>False if the segment has no series.</returns>
    public abstract bool TryAdd(long pane, int bin, ReadOnlySpan<byte> segment);

    /// <summary>Counts an event of a segment that has several values.</summary>
    /// <returns>As above.</returns>
    /// <exception cref="NotSupportedException">Events are counted by their values.</exception>
    public virtual bool TryAdd(long pane, ReadOnlySpan<int> bins, ReadOnlySpan<byte> segment) =>
        throw new NotSupportedException($"{GetType()} counts events by their values");

    /// <summary>The place of a segment's series among those of the partition; negative if it has no series.</summary>
    /// <param name="segment">The segment in UTF-8.</param>
    /// <param name="pane">The pane of the event that asks.</param>
    public abstract int PlaceOf(ReadOnlySpan<byte> segment, long pane);

    /// <summary>The series at a place.</summary>
    public abstract Series SeriesAt(int place);

    /// <summary>Adds the series that have events in open panes.</summary>
    public virtual void AddOpen(HashSet<Series> series)
    {
    }

    /// <summary>Forgets series that have no events in open panes. Those after them get lower places.</summary>
    /// <returns>Their places, in ascending order.</returns>
    public virtual List<int> Remove(IReadOnlySet<Series> series) => [];

    /// <summary>Counts an event of a series.</summary>
    /// <param name="series">The place of the series: see <see cref="PlaceOf"/>.</param>
    /// <param name="pane">The event's pane.</param>
    /// <param name="bin">The bin of its value.</param>
    public abstract void Add(int series, long pane, int bin);

    /// <summary>The panes of series with events.</summary>
    public abstract int OpenPanes { get; }

    /// <summary>The first pane with events from a pane on; <see cref="long.MaxValue"/> if there is none.</summary>
    public abstract long FirstFrom(long pane);

    /// <summary>Counts an event by its value, where the reference finds the bins in them.</summary>
    /// <returns>False if its segment has no series.</returns>
    /// <exception cref="NotSupportedException">Events are counted by their bins.</exception>
    public virtual bool TryAdd(long pane, in FieldValue value, ReadOnlySpan<byte> segment) =>
        throw new NotSupportedException($"{GetType()} counts events by their bins");

    /// <summary>Counts an event of a series by its value, where the reference finds the bins in them.</summary>
    /// <exception cref="NotSupportedException">Events are counted by their bins.</exception>
    public virtual void Add(int series, long pane, in FieldValue value) =>
        throw new NotSupportedException($"{GetType()} counts events by their bins");

    /// <summary>Moves the counts of a pane that closes to the series.</summary>
    /// <returns>How many events they are.</returns>
    public abstract long Merge(long pane);

    /// <summary>Saves or loads the counts; loading keeps the places of the series.</summary>
    public abstract void Exchange(StateExchange state);

    /// <summary>Adds the counts of a pane to a series.</summary>
    /// <returns>How many events they are.</returns>
    protected static long Merge(Series series, long pane, ReadOnlySpan<long> counts)
    {
        var events = 0L;
        for (var bin = 0; bin < counts.Length; bin++)
        {
            if (counts[bin] != 0)
            {
                series.AddEvents(pane, bin, counts[bin]);
                events += counts[bin];
            }
        }

        return events;
    }
}
