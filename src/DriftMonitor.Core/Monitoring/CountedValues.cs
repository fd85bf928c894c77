using System.Runtime.InteropServices;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Monitoring;

/// <summary>The values of one partition in open panes, for each series whose reference finds the bins in them.</summary>
/// <param name="find">The series of a segment, which is added if there is room; null if there is none.</param>
internal sealed class CountedValues(CountedValues.SeriesFinder find) : SeriesCounts
{
    /// <summary>Finds the series of a segment.</summary>
    internal delegate Series? SeriesFinder(ReadOnlySpan<byte> segment);

    private readonly List<(OpenValues Panes, Series Series)> _entries = [];
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _bySegment =
        new Dictionary<byte[], int>(Utf8Comparer.Instance).GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <inheritdoc/>
    public override long UnknownSegment => 0;

    /// <inheritdoc/>
    public override bool TryAdd(long pane, int bin, ReadOnlySpan<byte> segment) =>
        throw new NotSupportedException("events are counted by their values");

    /// <inheritdoc/>
    public override bool TryAdd(long pane, in FieldValue value, ReadOnlySpan<byte> segment)
    {
        if (!_bySegment.TryGetValue(segment, out var place))
        {
            if (find(segment) is not { } series)
            {
                return false;
            }

            place = _entries.Count;
            _entries.Add((new OpenValues(() => series.Against.Views), series));
            _bySegment[segment] = place;
        }

        CollectionsMarshal.AsSpan(_entries)[place].Panes.Add(pane, value);
        return true;
    }

    /// <inheritdoc/>
    public override long Merge(long pane)
    {
        var events = 0L;
        foreach (var (panes, series) in _entries)
        {
            if (panes.Take(pane) is { } values)
            {
                events += values.Events;
                series.Add(pane, values);
            }
        }

        return events;
    }
}
