using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Monitoring;

/// <summary>
/// A monitor at work: it counts events of its field by their own time, closes panes as the partitions' watermarks pass, and gives readings.
/// </summary>
/// <remarks>
/// A pure fold: the result depends only on the events of each partition in their order. It does not depend on how the partitions
/// interleave, nor on any clock, with two exceptions: partitions that the host leaves out because they are silent, and which segments get a
/// series where there are more than <see cref="MonitorSpec.MostSegments"/>.
/// </remarks>
public sealed class FieldMonitor
{
    private const int Own = 0; // index of the input
    private const int Other = 1; // of the topic that windows are compared with

    private readonly MonitorInput[] _inputs;
    private readonly SeriesSet _series;
    private long _earliest = long.MaxValue; // earliest pane with an event, until the first closes
    private long _next = long.MinValue; // the pane that closes next, once one has closed
    private long _latest = long.MinValue; // latest pane with an event
    private long _missing; // events counted without a value of the field

    /// <summary>Longer segments, in bytes of UTF-8, get no series: some Prometheus servers refuse longer labels.</summary>
    public const int LongestSegment = 1024;

    /// <summary>A monitor before its first event, compared with one fixed distribution.</summary>
    /// <param name="spec">How events are windowed and judged.</param>
    /// <param name="reference">What windows are compared with.</param>
    /// <param name="calibration">
    /// How its readings fluctuate, for each window; null where that is not known, and there are no return periods.
    /// </param>
    public FieldMonitor(MonitorSpec spec, Reference reference, IReadOnlyList<WindowCalibration>? calibration = null)
        : this(spec, new CalibratedReference(reference, calibration))
    {
    }

    /// <summary>A monitor before its first event, compared with one fixed distribution.</summary>
    /// <param name="spec">How events are windowed and judged.</param>
    /// <param name="against">What windows are compared with.</param>
    public FieldMonitor(MonitorSpec spec, CalibratedReference against)
        : this(spec, new FixedReference(against.Reference), new GivenCalibration(against.Calibration))
    {
    }

    /// <summary>A monitor of segments before its first event.</summary>
    /// <param name="spec">How events are windowed and judged.</param>
    /// <param name="whole">What windows of a segment are compared with that has no reference of its own.</param>
    /// <param name="segments">The reference of each known segment.</param>
    public FieldMonitor(MonitorSpec spec, CalibratedReference whole, IReadOnlyDictionary<string, CalibratedReference> segments)
        : this(spec, new FixedReference(whole.Reference), new SegmentSeries(spec, whole, segments), hasReferenceTopic: false)
    {
    }

    /// <summary>A monitor before its first event.</summary>
    /// <param name="spec">How events are windowed and judged.</param>
    /// <param name="reference">What windows are compared with; used by this monitor alone.</param>
    /// <param name="calibration">How its readings fluctuate while nothing is wrong; used by this monitor alone.</param>
    /// <param name="hasReferenceTopic">Whether the reference's events come from another topic: <see cref="AddToReference"/>.</param>
    public FieldMonitor(MonitorSpec spec, WindowReference reference, SeriesCalibration calibration, bool hasReferenceTopic = false)
        : this(spec, reference, new SingleSeries(new Series(spec, reference, calibration)), hasReferenceTopic)
    {
    }

    private FieldMonitor(MonitorSpec spec, WindowReference against, SeriesSet series, bool hasReferenceTopic)
    {
        (Spec, Against, _series) = (spec, against, series);
        _inputs = hasReferenceTopic ? [new MonitorInput(spec), new MonitorInput(spec)] : [new MonitorInput(spec)];
    }

    /// <summary>How events are windowed and judged.</summary>
    public MonitorSpec Spec { get; }

    /// <summary>What windows are compared with; for a monitor of segments, those without a reference of their own.</summary>
    public WindowReference Against { get; }

    /// <summary>The bins, the same for all series and their references.</summary>
    public FieldBinning Binning => Against.Binning;

    /// <summary>Whether there is a series for each segment.</summary>
    public bool IsSegmented => _series.IsSegmented;

    /// <summary>Events of its own topic that this monitor left out.</summary>
    public RejectionCounts Rejected => _inputs[Own].Rejected;

    /// <summary>Events of the reference's topic that this monitor left out; none where the reference has no topic.</summary>
    public RejectionCounts RejectedOfReference => _inputs.Length > Other ? _inputs[Other].Rejected : new RejectionCounts();

    /// <summary>Events that this monitor counted.</summary>
    public long Counted { get; private set; }

    /// <summary>Panes that have closed.</summary>
    public long ClosedPanes { get; private set; }

    /// <summary>Counted events whose segment the reference does not know.</summary>
    public long UnknownSegment { get; private set; }

    /// <summary>
    /// Events left out because their segment has no series: it came after <see cref="MonitorSpec.MostSegments"/> others, or is longer than
    /// <see cref="LongestSegment"/> bytes.
    /// </summary>
    public long Dropped { get; private set; }

    /// <summary>Whether events were counted and the field was missing from all of them: its name is probably wrong.</summary>
    public bool IsAlwaysMissing => Counted > 0 && _missing == Counted;

    /// <summary>The earliest event time counted; null before the first event.</summary>
    public EventTime? From { get; private set; }

    /// <summary>The latest event time counted; null before the first event.</summary>
    public EventTime? To => _inputs[Own].Watermarks.LargestEventTime;

    /// <summary>The largest step by which one event's time was ahead of all before it in its partition: it shows a mistaken date.</summary>
    public TimeSpan LargestStepForward { get; private set; }

    /// <summary>The least watermark of all partitions; null until each has had an event.</summary>
    /// <remarks>
    /// A reference's topic that has fallen silent or ended as a whole does not count: panes would stay open, and pile up, as long as it is.
    /// </remarks>
    public EventTime? Watermark
    {
        get
        {
            var least = _inputs[Own].Watermarks.Least;
            foreach (var input in _inputs.AsSpan(Other))
            {
                if (!input.Watermarks.AreAllLeftOut)
                {
                    least = least is { } own && input.Watermarks.Least is { } other ? own <= other ? own : other : null;
                }
            }

            return least;
        }
    }

    /// <summary>The end of the pane that closes next: no later report has an earlier time. Null before the first pane closes.</summary>
    public EventTime? NextTime => _next == long.MinValue ? null : Spec.Pane.End(_next);

    /// <summary>The series of the monitor, in ordinal order of their segments.</summary>
    public IReadOnlyList<Series> Series => _series.All;

    /// <summary>The series of a segment; null where there is none.</summary>
    public Series? Find(string segment) => _series.Find(segment);

    /// <summary>Makes the monitor wait for so many partitions.</summary>
    /// <param name="partitions">How many there are.</param>
    /// <param name="isReference">Whether they are of the topic that the reference comes from.</param>
    public void ExpectPartitions(int partitions, bool isReference = false) => InputOf(isReference).Watermarks.Grow(partitions);

    /// <summary>Stops waiting for a partition that is silent or at its end.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="isReference">Whether it is of the topic that the reference comes from.</param>
    public void LeaveOut(int partition, bool isReference = false) => InputOf(isReference).Watermarks.LeaveOut(partition);

    /// <summary>Counts an event, or rejects it.</summary>
    /// <param name="partition">The partition that it came from.</param>
    /// <param name="time">Its event time; null where it has none that can be read.</param>
    /// <param name="recordTime">The record's own time where that is not the event time; null otherwise.</param>
    /// <param name="bin">The bin of its value.</param>
    /// <param name="segment">Its segment in UTF-8, empty where the event has none; ignored by a monitor without segments.</param>
    /// <param name="referenceBin">The bin of the event's other field, where the reference is that field; negative otherwise.</param>
    /// <returns>Why it was rejected, or <see cref="Rejection.None"/>.</returns>
    public Rejection Add(
        int partition, EventTime? time, EventTime? recordTime, int bin, ReadOnlySpan<byte> segment = default, int referenceBin = -1)
    {
        var rejection = _inputs[Own].Admit(partition, time, recordTime, _next, out var pane);
        if (rejection == Rejection.None)
        {
            NoteTime(partition, time!.Value, pane);
            CountInto(pane, bin, segment, referenceBin);
        }

        return rejection;
    }

    /// <summary>Counts an event of the topic that the reference comes from, or rejects it.</summary>
    /// <param name="partition">The partition of that topic.</param>
    /// <param name="time">As for <see cref="Add"/>.</param>
    /// <param name="recordTime">As for <see cref="Add"/>.</param>
    /// <param name="bin">As for <see cref="Add"/>.</param>
    /// <returns>As for <see cref="Add"/>.</returns>
    public Rejection AddToReference(int partition, EventTime? time, EventTime? recordTime, int bin)
    {
        var input = InputOf(isReference: true);
        var rejection = input.Admit(partition, time, recordTime, _next, out var pane);
        if (rejection == Rejection.None)
        {
            Against.Add(pane, bin);
            input.Watermarks.Observe(partition, time!.Value);
        }

        return rejection;
    }

    /// <summary>Closes the next pane, if the watermarks have passed it.</summary>
    /// <returns>The reports of the series that have begun, in ordinal order of their segments; null when no pane is due.</returns>
    public IReadOnlyList<SeriesReport>? CloseDue() =>
        _earliest != long.MaxValue && Watermark is { } least && least >= Spec.Pane.End(Next) ? CloseNext() : null;

    /// <summary>Closes the next pane, up to the last one that has an event: for the end of a bounded input.</summary>
    /// <returns>The reports of the series that have begun, in ordinal order of their segments; null when all have closed.</returns>
    public IReadOnlyList<SeriesReport>? CloseAtEnd() => _latest != long.MinValue && Next <= _latest ? CloseNext() : null;

    private long Next => _next == long.MinValue ? _earliest : _next;

    private MonitorInput InputOf(bool isReference) =>
        !isReference ? _inputs[Own]
        : _inputs.Length > Other ? _inputs[Other]
        : throw new InvalidOperationException($"the reference of {Spec.Name} comes from no topic of its own");

    private void NoteTime(int partition, EventTime time, long pane)
    {
        var watermarks = _inputs[Own].Watermarks;
        if (watermarks.LargestOf(partition) is { } latest && time > latest)
        {
            LargestStepForward = time - latest > LargestStepForward ? time - latest : LargestStepForward;
        }

        _earliest = Math.Min(_earliest, pane);
        _latest = Math.Max(_latest, pane);
        From = From is { } from && from <= time ? from : time;
        watermarks.Observe(partition, time);
    }

    private void CountInto(long pane, int bin, ReadOnlySpan<byte> segment, int referenceBin)
    {
        if (_series.SeriesOf(segment, ClosedPanes) is not { } series)
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
            Against.Add(pane, referenceBin);
        }
    }

    private List<SeriesReport> CloseNext()
    {
        var pane = Next;
        _next = pane + 1;
        ClosedPanes++;
        var reports = new List<SeriesReport>(_series.All.Count);
        foreach (var series in _series.All)
        {
            if (series.HasBegun(pane))
            {
                reports.Add(series.Close(pane));
            }
            else
            {
                series.Skip(pane);
            }
        }

        return reports;
    }
}
