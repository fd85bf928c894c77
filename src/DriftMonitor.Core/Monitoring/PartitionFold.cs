using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Monitoring;

/// <summary>
/// What one partition contributes to one monitor: counts in open panes, which are added to the series when their pane closes.
/// </summary>
/// <remarks>Folds of different partitions share only which segments have a series.</remarks>
public sealed class PartitionFold
{
    private readonly SeriesCounts _counts;
    private readonly OpenPanes _reference; // of the field that windows are compared with, in the same events
    private readonly RejectedPanes _rejected;
    private readonly int _missingBin;

    internal PartitionFold(PartitionClock clock, SeriesCounts counts, int bins, int missingBin)
    {
        (Clock, _counts, _missingBin) = (clock, counts, missingBin);
        _reference = new OpenPanes(bins);
        _rejected = new RejectedPanes(clock);
    }

    /// <summary>Judges the partition's event times.</summary>
    public PartitionClock Clock { get; }

    /// <summary>Events that were counted.</summary>
    public long Counted { get; private set; }

    /// <summary>Events whose segment has no series.</summary>
    public long Dropped { get; private set; }

    /// <summary>Counted events without a value of the field.</summary>
    public long Missing { get; private set; }

    /// <summary>Counted events whose segment the reference does not know.</summary>
    public long UnknownSegment => _counts.UnknownSegment;

    /// <summary>Counts an event that <see cref="Clock"/> has admitted.</summary>
    /// <param name="pane">Its pane.</param>
    /// <param name="bin">The bin of its value.</param>
    /// <param name="segment">Its segment in UTF-8, empty where the event has none; ignored by a monitor without segments.</param>
    /// <param name="referenceBin">The bin of the event's other field, where the reference is that field; negative otherwise.</param>
    public void Count(long pane, int bin, ReadOnlySpan<byte> segment = default, int referenceBin = -1)
    {
        _rejected.OnAdmitted(pane);
        if (!_counts.TryAdd(pane, bin, segment))
        {
            Dropped++;
            return;
        }

        Counted++;
        Missing += bin == _missingBin ? 1 : 0;
        if (referenceBin >= 0)
        {
            _reference.Add(pane, referenceBin);
        }
    }

    /// <summary>Counts an event that <see cref="Clock"/> has admitted by its value, where the reference finds the bins in them.</summary>
    /// <param name="pane">Its pane.</param>
    /// <param name="value">Its value.</param>
    /// <param name="segment">As above.</param>
    public void Count(long pane, in FieldValue value, ReadOnlySpan<byte> segment)
    {
        _rejected.OnAdmitted(pane);
        if (!_counts.TryAdd(pane, value, segment))
        {
            Dropped++;
            return;
        }

        Counted++;
        Missing += value.Kind == FieldValueKind.Missing ? 1 : 0;
    }

    /// <summary>Counts an event that was rejected, by <see cref="Clock"/> or before.</summary>
    public void Reject() => _rejected.Add();

    /// <summary>Events rejected and not yet in a pane that has closed.</summary>
    internal long OpenRejected => _rejected.Open;

    /// <summary>Moves the counts of a pane that closes to the series.</summary>
    /// <returns>How many events they are.</returns>
    internal long MergeSeries(long pane) => _counts.Merge(pane);

    /// <summary>Removes the events rejected in a pane that closes.</summary>
    /// <returns>How many they are.</returns>
    internal long TakeRejected(long pane) => _rejected.Take(pane);

    /// <summary>Removes the reference's counts of a pane that closes; null where there are none.</summary>
    internal long[]? TakeReference(long pane) => _reference.Take(pane);

    /// <summary>Gives back counts that <see cref="TakeReference"/> gave.</summary>
    internal void Reuse(long[] counts) => _reference.Reuse(counts);
}
