using System.Runtime.InteropServices;
using System.Text;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Monitoring;

/// <summary>The values of one partition in open panes, for each series whose reference finds the bins in them.</summary>
/// <param name="find">The series of a segment, which is added if there is room; null if there is none.</param>
internal sealed class CountedValues(CountedValues.SeriesFinder find) : SeriesCounts
{
    /// <summary>Finds the series of a segment, for an event of a pane.</summary>
    internal delegate Series? SeriesFinder(ReadOnlySpan<byte> segment, long pane);

    private readonly List<(OpenValues Panes, Series Series)> _entries = [];
    private readonly SegmentPlaces _places = new();

    /// <inheritdoc/>
    public override long UnknownSegment => 0;

    /// <inheritdoc/>
    public override bool TryAdd(long pane, int bin, ReadOnlySpan<byte> segment) =>
        throw new NotSupportedException("events are counted by their values");

    /// <inheritdoc/>
    public override bool TryAdd(long pane, in FieldValue value, ReadOnlySpan<byte> segment)
    {
        var place = PlaceOf(segment, pane);
        if (place >= 0)
        {
            Add(place, pane, value);
        }

        return place >= 0;
    }

    /// <inheritdoc/>
    public override int PlaceOf(ReadOnlySpan<byte> segment, long pane)
    {
        if (!_places.TryFind(segment, out var place))
        {
            if (find(segment, pane) is not { } series)
            {
                return -1;
            }

            place = _entries.Count;
            _entries.Add((new OpenValues(() => series.Against.Views), series));
            _places.Add(segment, place);
        }

        return place;
    }

    /// <inheritdoc/>
    public override Series SeriesAt(int place) => _entries[place].Series;

    /// <inheritdoc/>
    public override void Add(int series, long pane, int bin) => throw new NotSupportedException("events are counted by their values");

    /// <inheritdoc/>
    public override void Add(int series, long pane, in FieldValue value) =>
        CollectionsMarshal.AsSpan(_entries)[series].Panes.Add(pane, value);

    /// <inheritdoc/>
    public override int OpenPanes => _entries.Sum(entry => entry.Panes.Count);

    /// <inheritdoc/>
    public override void AddOpen(HashSet<Series> series) =>
        series.UnionWith(_entries.Where(entry => entry.Panes.Count > 0).Select(entry => entry.Series));

    /// <inheritdoc/>
    public override List<int> Remove(IReadOnlySet<Series> series)
    {
        List<int> places = [.. _entries.Index().Where(entry => series.Contains(entry.Item.Series)).Select(entry => entry.Index)];
        _places.Remove(places);
        _entries.RemoveAll(entry => series.Contains(entry.Series));
        return places;
    }

    /// <inheritdoc/>
    public override long FirstFrom(long pane)
    {
        var first = long.MaxValue;
        foreach (var (panes, _) in _entries)
        {
            first = Math.Min(first, panes.FirstFrom(pane));
        }

        return first;
    }

    /// <inheritdoc/>
    public override void Exchange(StateExchange state)
    {
        List<(OpenValues Panes, Series Series)> entries = [.. _entries];
        state.List(entries, (ref (OpenValues Panes, Series Series) entry) =>
        {
            var segment = entry.Series?.Segment ?? "";
            state.Text(ref segment);
            entry = PlaceOf(Encoding.UTF8.GetBytes(segment), long.MinValue) is >= 0 and var place
                ? _entries[place]
                : throw new StateException("it counts a segment that has no series");
            entry.Panes.Exchange(state);
        });
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
