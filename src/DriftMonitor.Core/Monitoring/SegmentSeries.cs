using System.Collections.Frozen;
using System.Runtime.InteropServices;
using System.Text;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.References;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Monitoring;

/// <summary>A series for each segment: those that the reference knows from the start, the others from their first event on.</summary>
internal sealed class SegmentSeries : SeriesSet
{
    private readonly MonitorSpec _spec;
    private readonly Func<string, long, Series> _create; // of a segment that is new, and the panes that have closed before
    private readonly bool _countsValues;
    private readonly AllSegments? _allEvents; // null where segments are not compared with each other
    private readonly List<Series> _added = []; // not yet among all
    private List<Series> _all; // in ordinal order of their segments
    private long _wanted; // series that were added since a pane last closed, and events that found no room for one
    private long _lastTurnedAway = long.MinValue; // the latest pane of such an event
    private readonly Dictionary<byte[], Series>.AlternateLookup<ReadOnlySpan<byte>> _bySegment;

    /// <summary>The series of the segments that the reference knows.</summary>
    /// <param name="spec">How events are windowed and judged.</param>
    /// <param name="whole">What the windows of a segment without a reference of its own are compared with.</param>
    /// <param name="segments">The reference of each known segment.</param>
    public SegmentSeries(MonitorSpec spec, CalibratedReference whole, IReadOnlyDictionary<string, CalibratedReference> segments)
        : this(
            spec,
            segments.Select(segment => new Series(spec, segment.Value, segment.Key)),
            CreateUnknown(spec, new FixedReference(whole.Reference), new GivenCalibration(whole.Calibration)),
            countsValues: false)
    {
    }

    /// <summary>The series of the segments that are known.</summary>
    /// <param name="spec">How events are windowed and judged.</param>
    /// <param name="known">Their series.</param>
    /// <param name="create">Makes the series of another segment; the number is that of the panes that have closed before.</param>
    /// <param name="countsValues">Whether their references find the bins in the values.</param>
    /// <param name="allEvents">The windows of all events, where segments are compared with each other; null otherwise.</param>
    public SegmentSeries(
        MonitorSpec spec, IEnumerable<Series> known, Func<string, long, Series> create, bool countsValues, AllSegments? allEvents = null)
    {
        (_spec, _create, _countsValues, _allEvents) = (spec, create, countsValues, allEvents);
        _all = [.. known.OrderBy(series => series.Segment, StringComparer.Ordinal)];
        var bySegment = new Dictionary<byte[], Series>(Utf8Comparer.Instance);
        foreach (var series in _all)
        {
            bySegment.Add(Encoding.UTF8.GetBytes(series.Segment), series);
        }

        _bySegment = bySegment.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <inheritdoc/>
    /// <remarks>Not to be read while events are counted.</remarks>
    public override IReadOnlyList<Series> All
    {
        get
        {
            // Inserted one by one, each would move half of the list.
            if (_added.Count > 0)
            {
                _all = [.. _all.Concat(_added).OrderBy(series => series.Segment, StringComparer.Ordinal)];
                _added.Clear();
            }

            return _all;
        }
    }

    /// <inheritdoc/>
    public override bool IsSegmented => true;

    /// <inheritdoc/>
    public override Series? Find(string segment) =>
        _bySegment.TryGetValue(Encoding.UTF8.GetBytes(segment), out var series) ? series : null;

    /// <inheritdoc/>
    public override long LastWithOthers => _allEvents?.LastWithEvents ?? long.MinValue;

    /// <inheritdoc/>
    public override void Close(long pane)
    {
        base.Close(pane);
        _allEvents?.Close(pane);
    }

    /// <inheritdoc/>
    public override void CloseEmpty(long first, long last)
    {
        base.CloseEmpty(first, last);
        _allEvents?.CloseEmpty(first, last);
    }

    /// <inheritdoc/>
    public override SeriesCounts CreateCounts(int bins) =>
        _countsValues ? new CountedValues(FindOrAdd) : new Counts(this, bins);

    /// <inheritdoc/>
    public override void Exchange(StateExchange state)
    {
        base.Exchange(state);
        _allEvents?.Exchange(state); // before the series, which are compared with it
        List<Series> all = [.. All];
        state.List(all, (ref Series series) =>
        {
            var segment = series?.Segment ?? "";
            state.Text(ref segment);
            series ??= Find(segment) ?? Add(segment, Encoding.UTF8.GetBytes(segment));
            series.Exchange(state);
        });
        if (state.Version >= 2)
        {
            state.Number(ref _wanted);
            state.Number(ref _lastTurnedAway);
        }
    }

    // A segment without a reference of its own is compared with all events together.
    private static Func<string, long, Series> CreateUnknown(MonitorSpec spec, FixedReference whole, GivenCalibration calibration) =>
        (segment, closedPanes) => new Series(spec, whole, calibration, segment, isKnown: false, closedPanes);

    /// <inheritdoc/>
    /// <remarks>
    /// Only segments that the reference does not know are ended, so that no alert and no reference is lost, and as their windows are empty,
    /// they have the same readings if they come again. Once an event has found no room, there is room for as many further segments as the
    /// last pane brought, and for a tenth of the most segments, if so many can be ended.
    /// </remarks>
    public override IReadOnlySet<Series> Evict(long pane, int longest, IReadOnlyList<PartitionFold> folds)
    {
        var room = Math.Max(_wanted, (_spec.MostSegments + 9) / 10);
        var missing = (int)Math.Min(int.MaxValue, room - (_spec.MostSegments - All.Count));
        _wanted = 0;
        if (_lastTurnedAway == long.MinValue || missing <= 0)
        {
            return FrozenSet<Series>.Empty;
        }

        var open = new HashSet<Series>();
        foreach (var fold in folds)
        {
            fold.AddOpen(open);
        }

        var evicted = All.Where(series => series.CanEnd(pane - longest) && !open.Contains(series))
            .OrderBy(series => series.LastEvent).ThenBy(series => series.Segment, StringComparer.Ordinal)
            .Take(missing).ToHashSet();
        if (evicted.Count == 0)
        {
            return evicted;
        }

        _all = [.. _all.Where(series => !evicted.Contains(series))];
        foreach (var (segment, series) in _bySegment.Dictionary.ToArray())
        {
            if (evicted.Contains(series))
            {
                _bySegment.Dictionary.Remove(segment);
            }
        }

        foreach (var fold in folds)
        {
            fold.Remove(evicted);
        }

        return evicted;
    }

    // The series of a segment, which is added if there is room; null if there is none.
    private Series? FindOrAdd(ReadOnlySpan<byte> segment, long pane)
    {
        if (_bySegment.TryGetValue(segment, out var series) || segment.Length > FieldMonitor.LongestSegment)
        {
            return series;
        }

        if (_all.Count + _added.Count >= _spec.MostSegments)
        {
            _wanted++;
            _lastTurnedAway = Math.Max(_lastTurnedAway, pane);
            return null;
        }

        return Add(Encoding.UTF8.GetString(segment), segment);
    }

    private Series Add(string segment, ReadOnlySpan<byte> bytes)
    {
        var series = _create(segment, ClosedPanes);
        series.LacksEventsUpTo = _lastTurnedAway; // perhaps some of its own
        _bySegment[bytes] = series;
        _added.Add(series);
        _wanted++;
        return series;
    }

    private sealed class Counts(SegmentSeries owner, int bins) : SeriesCounts
    {
        // An event needs what is here and its counts, and nothing else of the series: with many segments, each is a miss of the cache.
        private readonly List<(OpenPanes Panes, bool IsKnown, Series Series)> _entries = [];
        private readonly SegmentPlaces _places = new();
        private readonly OpenPanes? _others = owner._allEvents is null ? null : new(bins); // of segments without a series
        private long _unknown;

        public override long UnknownSegment => _unknown;

        public override int OpenPanes => _entries.Sum(entry => entry.Panes.Count) + (_others?.Count ?? 0);

        public override bool TryAdd(long pane, int bin, ReadOnlySpan<byte> segment)
        {
            var series = PlaceOf(segment, pane);
            if (series < 0)
            {
                _others?.Add(pane, bin);
                return false;
            }

            Add(series, pane, bin);
            return true;
        }

        public override bool TryAdd(long pane, ReadOnlySpan<int> bins, ReadOnlySpan<byte> segment)
        {
            var series = PlaceOf(segment, pane);
            var panes = series < 0 ? _others : _entries[series].Panes;
            foreach (var bin in bins)
            {
                panes?.Add(pane, bin);
            }

            _unknown += series < 0 || _entries[series].IsKnown ? 0 : 1;
            return series >= 0;
        }

        public override int PlaceOf(ReadOnlySpan<byte> segment, long pane)
        {
            if (!_places.TryFind(segment, out var place))
            {
                if (owner.FindOrAdd(segment, pane) is not { } found)
                {
                    return -1;
                }

                place = _entries.Count;
                _entries.Add((new OpenPanes(bins), found.IsKnown, found));
                _places.Add(segment, place);
            }

            return place;
        }

        public override Series SeriesAt(int place) => _entries[place].Series;

        public override void Add(int series, long pane, int bin)
        {
            ref readonly var entry = ref CollectionsMarshal.AsSpan(_entries)[series];
            entry.Panes.Add(pane, bin);
            _unknown += entry.IsKnown ? 0 : 1;
        }

        public override void AddOpen(HashSet<Series> series) =>
            series.UnionWith(_entries.Where(entry => entry.Panes.Count > 0).Select(entry => entry.Series));

        public override List<int> Remove(IReadOnlySet<Series> series)
        {
            List<int> places = [.. _entries.Index().Where(entry => series.Contains(entry.Item.Series)).Select(entry => entry.Index)];
            _places.Remove(places);
            _entries.RemoveAll(entry => series.Contains(entry.Series));
            return places;
        }

        public override long FirstFrom(long pane)
        {
            var first = _others?.FirstFrom(pane) ?? long.MaxValue;
            foreach (var (panes, _, _) in _entries)
            {
                first = Math.Min(first, panes.FirstFrom(pane));
            }

            return first;
        }

        public override void Exchange(StateExchange state)
        {
            List<(OpenPanes Panes, bool IsKnown, Series Series)> entries = [.. _entries];
            state.List(entries, (ref (OpenPanes Panes, bool IsKnown, Series Series) entry) =>
            {
                var place = PlaceOf(state, entry.Series);
                entry = _entries[place];
                entry.Panes.Exchange(state);
            });
            _others?.Exchange(state);
        }

        private int PlaceOf(StateExchange state, Series? series)
        {
            var segment = series?.Segment ?? "";
            state.Text(ref segment);
            return PlaceOf(Encoding.UTF8.GetBytes(segment), long.MinValue) is >= 0 and var place
                ? place
                : throw new StateException("it counts a segment that has no series");
        }

        public override long Merge(long pane)
        {
            var events = 0L;
            foreach (var (panes, _, series) in _entries)
            {
                if (panes.Take(pane) is { } counts)
                {
                    events += Merge(series, pane, counts);
                    AddToAll(pane, counts);
                    panes.Reuse(counts);
                }
            }

            if (_others?.Take(pane) is { } others)
            {
                AddToAll(pane, others);
                _others.Reuse(others);
            }

            return events;
        }

        private void AddToAll(long pane, ReadOnlySpan<long> counts)
        {
            for (var bin = 0; bin < counts.Length && owner._allEvents is not null; bin++)
            {
                if (counts[bin] != 0)
                {
                    owner._allEvents.Add(pane, bin, counts[bin]);
                }
            }
        }
    }
}
