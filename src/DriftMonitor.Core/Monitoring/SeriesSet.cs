namespace DriftMonitor.Core.Monitoring;

/// <summary>The series of a monitor, and which of them an event belongs to.</summary>
internal abstract class SeriesSet
{
    /// <summary>The series, in ordinal order of their segments.</summary>
    public abstract IReadOnlyList<Series> All { get; }

    /// <summary>Whether there is a series for each segment.</summary>
    public abstract bool IsSegmented { get; }

    /// <summary>The series of an event; null where the segment gets none.</summary>
    /// <param name="segment">The event's segment in UTF-8.</param>
    /// <param name="closedPanes">Panes of the monitor that have closed already.</param>
    public abstract Series? SeriesOf(ReadOnlySpan<byte> segment, long closedPanes);

    /// <summary>The series of a segment; null where there is none.</summary>
    public abstract Series? Find(string segment);
}
