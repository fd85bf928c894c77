using System.Text;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Monitoring;

/// <summary>
/// A monitor at work: places events of its field by their own time, closes panes as the partitions' watermarks pass, and gives their readings.
/// </summary>
/// <remarks>
/// A pure fold: what it gives depends on the events of each partition in their order, and on nothing else; not on how the partitions interleave,
/// and not on any clock (but for partitions that the host declares silent, and for which segments get a series where there are more than it follows).
/// </remarks>
public sealed class FieldMonitor
{
    private readonly PaneGrid _panes;
    private readonly Watermarks _watermarks;
    private readonly Watermarks? _otherTopic; // of the reference's own topic
    private readonly List<Series> _series; // in ordinal order of their segments
    private readonly Dictionary<byte[], Series>.AlternateLookup<ReadOnlySpan<byte>>? _bySegment; // null without segments
    private long _earliest = long.MaxValue; // earliest pane with an event, until the first closes
    private long _next = long.MinValue; // the pane that closes next, once one has closed
    private long _latest = long.MinValue; // latest pane with an event
    private long _missing; // events counted without a value of the field

    /// <summary>A longer segment would be a longer label than some Prometheus servers take; it gets no series.</summary>
    public const int LongestSegment = 1024;

    /// <summary>A monitor before its first event.</summary>
    /// <param name="spec">What is asked for.</param>
    /// <param name="reference">What windows are compared with.</param>
    /// <param name="calibration">How the reference's own readings fluctuate, for each window; null where that is not known, and return periods are not given.</param>
    public FieldMonitor(MonitorSpec spec, Reference reference, IReadOnlyList<WindowCalibration>? calibration = null)
        : this(spec, new CalibratedReference(reference, calibration), segments: null)
    {
    }

    /// <summary>A monitor before its first event.</summary>
    /// <param name="spec">What is asked for.</param>
    /// <param name="whole">What windows are compared with; with segments, those of a segment that has no reference of its own.</param>
    /// <param name="segments">The reference of each known segment; null for a monitor without segments.</param>
    public FieldMonitor(MonitorSpec spec, CalibratedReference whole, IReadOnlyDictionary<string, CalibratedReference>? segments)
    {
        (Spec, Whole, Binning) = (spec, whole, whole.Reference.Binning);
        _panes = spec.Pane;
        _watermarks = new Watermarks(spec.AllowedLateness);
        if (segments is null)
        {
            _series = [new Series(spec, whole)];
            return;
        }

        _series = [.. segments.OrderBy(segment => segment.Key, StringComparer.Ordinal).Select(segment => new Series(spec, segment.Value, segment.Key))];
        var bySegment = new Dictionary<byte[], Series>(Utf8Comparer.Instance);
        foreach (var series in _series)
        {
            bySegment.Add(Encoding.UTF8.GetBytes(series.Segment), series);
        }

        _bySegment = bySegment.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>A monitor whose reference moves, before its first event.</summary>
    /// <param name="spec">What is asked for.</param>
    /// <param name="moving">What windows are compared with; of this monitor alone.</param>
    /// <param name="whole">A reference that holds all that it can be, with its calibration; null where that is not known beforehand.</param>
    /// <param name="calibrateOver">Event time over which the monitor calibrates itself; null where it does not.</param>
    /// <param name="hasOtherTopic">Whether the reference's events come from another topic: <see cref="AddToReference"/>.</param>
    public FieldMonitor(MonitorSpec spec, MovingReference moving, CalibratedReference? whole = null, TimeSpan? calibrateOver = null, bool hasOtherTopic = false)
    {
        (Spec, Whole, Binning, Moving) = (spec, whole, moving.Binning, moving);
        _panes = spec.Pane;
        _watermarks = new Watermarks(spec.AllowedLateness);
        _otherTopic = hasOtherTopic ? new Watermarks(spec.AllowedLateness) : null;
        _series = [new Series(spec, moving, whole?.Calibration, calibrateOver)];
    }

    /// <summary>What was asked for.</summary>
    public MonitorSpec Spec { get; }

    /// <summary>What windows are compared with; with segments, those of a segment that has no reference of its own. Null where the reference moves and nothing holds all that it can be.</summary>
    public CalibratedReference? Whole { get; }

    /// <summary>The bins, the same for all series and their references.</summary>
    public FieldBinning Binning { get; }

    /// <summary>What windows are compared with where the reference moves; null where it does not.</summary>
    public MovingReference? Moving { get; }

    /// <summary>The reference as a whole: of <see cref="Whole"/>, or learned; null where there is none, or not yet.</summary>
    public Reference? Reference => Whole?.Reference ?? (Moving as FirstPanes)?.Learned?.Reference;

    /// <summary>Whether there is a series for each segment.</summary>
    public bool IsSegmented => _bySegment is not null;

    /// <summary>Events of its own topic that this monitor left out.</summary>
    public RejectionCounts Rejected { get; } = new();

    /// <summary>Events that this monitor left out of the topic that the reference comes from.</summary>
    public RejectionCounts RejectedOfReference { get; } = new();

    /// <summary>Events that this monitor counted.</summary>
    public long Counted { get; private set; }

    /// <summary>Panes that have closed.</summary>
    public long ClosedPanes { get; private set; }

    /// <summary>Counted events whose segment the reference does not know.</summary>
    public long UnknownSegment { get; private set; }

    /// <summary>Events left out because their segment has no series: it came after <see cref="MonitorSpec.MostSegments"/> others, or is longer than <see cref="LongestSegment"/> bytes.</summary>
    public long Dropped { get; private set; }

    /// <summary>Whether events were counted and the field was missing from all of them: its name is likely wrong.</summary>
    public bool NeverThere => Counted > 0 && _missing == Counted;

    /// <summary>The earliest event time counted; null before the first event.</summary>
    public EventTime? From { get; private set; }

    /// <summary>The latest event time counted; null before the first event.</summary>
    public EventTime? To => _watermarks.LargestEventTime;

    /// <summary>The largest step by which one event's time was ahead of all before it in its partition: a look at it tells a mistaken date.</summary>
    public TimeSpan LargestStepForward { get; private set; }

    /// <summary>
    /// The least watermark of the partitions, those of the reference's topic included unless that has fallen silent or ended as a whole: panes would stay open, and pile up, for as long as it is; null until each has had an event.
    /// </summary>
    public EventTime? Watermark => _otherTopic is null or { AreAllIdle: true } ? _watermarks.Minimum
        : _watermarks.Minimum is { } own && _otherTopic.Minimum is { } other ? own <= other ? own : other
        : null;

    /// <summary>The end of the pane that closes next: no later report has an earlier time. Null while that is open.</summary>
    public EventTime? NextTime => _next == long.MinValue ? null : _panes.End(_next);

    /// <summary>The series of the monitor, in ordinal order of their segments.</summary>
    public IReadOnlyList<Series> Series => _series;

    /// <summary>The series of a segment; null where there is none.</summary>
    public Series? Find(string segment) => PlaceOf(segment) is >= 0 and var place ? _series[place] : null;

    /// <summary>Makes the monitor wait for so many partitions.</summary>
    /// <param name="partitions">How many there are.</param>
    /// <param name="isReference">Whether they are of the topic that the reference comes from.</param>
    public void ExpectPartitions(int partitions, bool isReference = false) => Of(isReference).Grow(partitions);

    /// <summary>Stops waiting for a partition that is silent or at its end.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="isReference">Whether it is of the topic that the reference comes from.</param>
    public void LeaveOut(int partition, bool isReference = false) => Of(isReference).MarkIdle(partition);

    /// <summary>Counts an event, or leaves it out and says why.</summary>
    /// <param name="partition">The partition that it came from.</param>
    /// <param name="time">Its event time; null where it has none that can be read.</param>
    /// <param name="recordTime">The record's own time where that is not the event time; null otherwise.</param>
    /// <param name="bin">The bin of its value.</param>
    /// <param name="segment">Its segment in UTF-8, empty where the event has none; of no account for a monitor without segments.</param>
    /// <param name="referenceBin">The bin of the event's other field, where the reference is that field; negative otherwise.</param>
    public Rejection Add(int partition, EventTime? time, EventTime? recordTime, int bin, ReadOnlySpan<byte> segment = default, int referenceBin = -1)
    {
        var rejection = PaneOf(_watermarks, partition, time, recordTime, out var pane);
        if (rejection == Rejection.None)
        {
            Count(partition, time!.Value, pane, bin, segment, referenceBin);
        }

        return Noted(rejection, Rejected);
    }

    /// <summary>Counts an event of the topic that the reference comes from, or leaves it out and says why.</summary>
    /// <param name="partition">The partition of that topic.</param>
    /// <param name="time">As for <see cref="Add"/>.</param>
    /// <param name="recordTime">As for <see cref="Add"/>.</param>
    /// <param name="bin">As for <see cref="Add"/>.</param>
    public Rejection AddToReference(int partition, EventTime? time, EventTime? recordTime, int bin)
    {
        var other = Of(isReference: true);
        var rejection = PaneOf(other, partition, time, recordTime, out var pane);
        if (rejection == Rejection.None)
        {
            Moving!.Add(pane, bin);
            other.Observe(partition, time!.Value);
        }

        return Noted(rejection, RejectedOfReference);
    }

    /// <summary>Closes the next pane that the watermarks have passed.</summary>
    /// <returns>The reports of the series that have begun, in ordinal order of their segments; null when no pane is due.</returns>
    public IReadOnlyList<SeriesReport>? CloseDue() => _earliest != long.MaxValue && Watermark is { } least && least >= _panes.End(Next) ? CloseNext() : null;

    /// <summary>Closes the next pane up to the last one that has an event: for the end of a bounded input.</summary>
    /// <returns>The reports of the series that have begun, in ordinal order of their segments; null when all have closed.</returns>
    public IReadOnlyList<SeriesReport>? CloseAtEnd() => _latest != long.MinValue && Next <= _latest ? CloseNext() : null;

    private long Next => _next == long.MinValue ? _earliest : _next;

    private Watermarks Of(bool isReference) =>
        !isReference ? _watermarks : _otherTopic ?? throw new InvalidOperationException($"the reference of {Spec.Name} comes from no topic of its own");

    private static Rejection Noted(Rejection rejection, RejectionCounts counts)
    {
        if (rejection != Rejection.None)
        {
            counts.Add(rejection);
        }

        return rejection;
    }

    private Rejection PaneOf(Watermarks watermarks, int partition, EventTime? maybe, EventTime? recordTime, out long pane)
    {
        pane = 0;
        if (maybe is not { IsInRange: true } time)
        {
            return Rejection.NoEventTime;
        }

        if (recordTime is { } record && time - record > Spec.MaxAhead)
        {
            return Rejection.Ahead;
        }

        pane = _panes.PaneOf(time);
        return pane < _next || watermarks.HasReached(partition, _panes.End(pane)) ? Rejection.Late : Rejection.None;
    }

    private void Count(int partition, EventTime time, long pane, int bin, ReadOnlySpan<byte> segment, int referenceBin)
    {
        if (_watermarks.LargestEventTimeOf(partition) is { } latest && time > latest)
        {
            LargestStepForward = time - latest > LargestStepForward ? time - latest : LargestStepForward;
        }

        _earliest = Math.Min(_earliest, pane);
        _latest = Math.Max(_latest, pane);
        From = From is { } from && from <= time ? from : time;
        _watermarks.Observe(partition, time);
        if (SeriesOf(segment) is not { } series)
        {
            Dropped++;
            return;
        }

        Counted++;
        UnknownSegment += series.IsKnown ? 0 : 1;
        _missing += bin == Binning.Missing ? 1 : 0;
        series.Add(pane, bin);
        if (referenceBin >= 0)
        {
            Moving!.Add(pane, referenceBin);
        }
    }

    private Series? SeriesOf(ReadOnlySpan<byte> segment)
    {
        if (_bySegment is not { } bySegment)
        {
            return _series[0];
        }

        if (bySegment.TryGetValue(segment, out var series) || _series.Count >= Spec.MostSegments || segment.Length > LongestSegment)
        {
            return series;
        }

        series = new Series(Spec, Whole!, Encoding.UTF8.GetString(segment), isKnown: false, ClosedPanes);
        bySegment[segment] = series;
        _series.Insert(~PlaceOf(series.Segment), series);
        return series;
    }

    // As List.BinarySearch: the place of a segment's series, or the complement of where it belongs.
    private int PlaceOf(string segment)
    {
        var (low, high) = (0, _series.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            switch (string.CompareOrdinal(_series[middle].Segment, segment))
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

    private List<SeriesReport> CloseNext()
    {
        var pane = Next;
        _next = pane + 1;
        ClosedPanes++;
        var reports = new List<SeriesReport>(_series.Count);
        foreach (var series in _series)
        {
            if (series.HasBegun(pane))
            {
                reports.Add(series.Close(pane));
            }
            else
            {
                series.Pass(pane);
            }
        }

        return reports;
    }
}
