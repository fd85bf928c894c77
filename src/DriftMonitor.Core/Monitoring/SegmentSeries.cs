using System.Text;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Monitoring;

/// <summary>A series for each segment: those that the reference knows from the start, the others from their first event on.</summary>
internal sealed class SegmentSeries : SeriesSet
{
    private readonly MonitorSpec _spec;
    private readonly CalibratedReference _whole;
    // Between partitions that are folded side by side; taken for a segment that is new to a partition
    private readonly Lock _adding = new();
    private readonly List<Series> _all; // in ordinal order of their segments
    private readonly Dictionary<byte[], Series>.AlternateLookup<ReadOnlySpan<byte>> _bySegment;

    /// <summary>The series of the segments that the reference knows.</summary>
    /// <param name="spec">How events are windowed and judged.</param>
    /// <param name="whole">What the windows of a segment without a reference of its own are compared with.</param>
    /// <param name="segments">The reference of each known segment.</param>
    public SegmentSeries(MonitorSpec spec, CalibratedReference whole, IReadOnlyDictionary<string, CalibratedReference> segments)
    {
        (_spec, _whole) = (spec, whole);
        var known = segments.Select(segment => new Series(spec, segment.Value, segment.Key));
        _all = [.. known.OrderBy(series => series.Segment, StringComparer.Ordinal)];
        var bySegment = new Dictionary<byte[], Series>(Utf8Comparer.Instance);
        foreach (var series in _all)
        {
            bySegment.Add(Encoding.UTF8.GetBytes(series.Segment), series);
        }

        _bySegment = bySegment.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Series> All => _all;

    /// <inheritdoc/>
    public override bool IsSegmented => true;

    /// <inheritdoc/>
    public override Series? Find(string segment) => IndexOf(segment) is >= 0 and var index ? _all[index] : null;

    /// <inheritdoc/>
    public override SeriesCounts CreateCounts(int bins) => new Counts(this, bins);

    // The series of a segment, which is added if there is room; null if there is none.
    private Series? FindOrAdd(ReadOnlySpan<byte> segment)
    {
        lock (_adding)
        {
            if (_bySegment.TryGetValue(segment, out var series)
                || _all.Count >= _spec.MostSegments
                || segment.Length > FieldMonitor.LongestSegment)
            {
                return series;
            }

            // It is compared with all events together, as the reference has none of its own.
            var (reference, calibration) = (new FixedReference(_whole.Reference), new GivenCalibration(_whole.Calibration));
            series = new Series(_spec, reference, calibration, Encoding.UTF8.GetString(segment), isKnown: false, ClosedPanes);
            _bySegment[segment] = series;
            _all.Insert(~IndexOf(series.Segment), series);
            return series;
        }
    }

    // As List.BinarySearch: the index of a segment's series, or the complement of the index where it belongs.
    private int IndexOf(string segment)
    {
        var (low, high) = (0, _all.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            switch (string.CompareOrdinal(_all[middle].Segment, segment))
            {
                case 0:
                    return middle;
                case < 0:
                    low = middle + 1;
                    break;
                default:
                    high = middle - 1;
                    break;
            }
        }

        return ~low;
    }

    private sealed class Counts(SegmentSeries owner, int bins) : SeriesCounts
    {
        private readonly List<(Series Series, OpenPanes Panes)> _entries = [];
        private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _bySegment =
            new Dictionary<byte[], int>(Utf8Comparer.Instance).GetAlternateLookup<ReadOnlySpan<byte>>();
        private long _unknown;

        public override long UnknownSegment => _unknown;

        public override bool TryAdd(long pane, int bin, ReadOnlySpan<byte> segment)
        {
            if (!_bySegment.TryGetValue(segment, out var place))
            {
                if (owner.FindOrAdd(segment) is not { } found)
                {
                    return false;
                }

                place = _entries.Count;
                _entries.Add((found, new OpenPanes(bins)));
                _bySegment[segment] = place;
            }

            var (series, panes) = _entries[place];
            panes.Add(pane, bin);
            _unknown += series.IsKnown ? 0 : 1;
            return true;
        }

        public override long Merge(long pane)
        {
            var events = 0L;
            foreach (var (series, panes) in _entries)
            {
                if (panes.Take(pane) is { } counts)
                {
                    events += Merge(series, pane, counts);
                    panes.Reuse(counts);
                }
            }

            return events;
        }
    }
}
