using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Monitoring;

/// <summary>
/// A monitor at work: places events of its field by their own time, closes panes as the partitions' watermarks pass, and gives their readings.
/// </summary>
/// <remarks>
/// A pure fold: what it gives depends on the events of each partition in their order, and on nothing else; not on how the partitions interleave,
/// and not on any clock (but for partitions that the host declares silent).
/// </remarks>
public sealed class FieldMonitor
{
    private readonly PaneGrid _panes;
    private readonly Watermarks _watermarks;
    private readonly Series _series;
    private long _earliest = long.MaxValue; // earliest pane with an event, until the first closes
    private long _next = long.MinValue; // the pane that closes next, once one has closed
    private long _latest = long.MinValue; // latest pane with an event
    private long _missing; // events counted without a value of the field

    /// <summary>A monitor before its first event.</summary>
    /// <param name="spec">What is asked for.</param>
    /// <param name="reference">What windows are compared with.</param>
    /// <param name="calibration">How the reference's own readings fluctuate, for each window; null where that is not known, and return periods are not given.</param>
    public FieldMonitor(MonitorSpec spec, Reference reference, IReadOnlyList<WindowCalibration>? calibration = null)
    {
        Calibration = calibration;
        Spec = spec;
        Reference = reference;
        _panes = spec.Pane;
        _watermarks = new Watermarks(spec.AllowedLateness);
        _series = new Series(spec, reference, calibration, segment: "");
    }

    /// <summary>What was asked for.</summary>
    public MonitorSpec Spec { get; }

    /// <summary>What windows are compared with.</summary>
    public Reference Reference { get; }

    /// <summary>How the reference's own readings fluctuate, for each window; null where that is not known.</summary>
    public IReadOnlyList<WindowCalibration>? Calibration { get; }

    /// <summary>Events that this monitor left out.</summary>
    public RejectionCounts Rejected { get; } = new();

    /// <summary>Events that this monitor counted.</summary>
    public long Counted { get; private set; }

    /// <summary>Whether events were counted and the field was missing from all of them: its name is likely wrong.</summary>
    public bool NeverThere => Counted > 0 && _missing == Counted;

    /// <summary>The earliest event time counted; null before the first event.</summary>
    public EventTime? From { get; private set; }

    /// <summary>The latest event time counted; null before the first event.</summary>
    public EventTime? To => _watermarks.LargestEventTime;

    /// <summary>The largest step by which one event's time was ahead of all before it in its partition: a look at it tells a mistaken date.</summary>
    public TimeSpan LargestStepForward { get; private set; }

    /// <summary>The least watermark of the partitions; null until each has had an event.</summary>
    public EventTime? Watermark => _watermarks.Least;

    /// <summary>The end of the pane that closes next: no later report has an earlier time. Null while that is open.</summary>
    public EventTime? NextTime => _next == long.MinValue ? null : _panes.End(_next);

    /// <summary>The series of the monitor, in ordinal order of their segments.</summary>
    public IReadOnlyList<Series> Series => [_series];

    /// <summary>Makes the monitor wait for so many partitions.</summary>
    public void ExpectPartitions(int partitions) => _watermarks.Grow(partitions);

    /// <summary>Stops waiting for a partition that is silent or at its end.</summary>
    public void LeaveOut(int partition) => _watermarks.LeaveOut(partition);

    /// <summary>Counts an event, or leaves it out and says why.</summary>
    /// <param name="partition">The partition that it came from.</param>
    /// <param name="time">Its event time; null where it has none that can be read.</param>
    /// <param name="recordTime">The record's own time where that is not the event time; null otherwise.</param>
    /// <param name="bin">The bin of its value.</param>
    public Rejection Add(int partition, EventTime? time, EventTime? recordTime, int bin)
    {
        var rejection = Place(partition, time, recordTime, bin);
        if (rejection != Rejection.None)
        {
            Rejected.Add(rejection);
        }

        return rejection;
    }

    /// <summary>Closes the next pane that the watermarks have passed.</summary>
    /// <returns>Its report, or null when no pane is due.</returns>
    public SeriesReport? CloseDue() => _watermarks.Least is { } least && least >= _panes.End(Next) ? CloseNext() : null;

    /// <summary>Closes the next pane up to the last one that has an event: for the end of a bounded input.</summary>
    /// <returns>Its report, or null when all have closed.</returns>
    public SeriesReport? CloseAtEnd() => _latest != long.MinValue && Next <= _latest ? CloseNext() : null;

    private long Next => _next == long.MinValue ? _earliest : _next;

    private Rejection Place(int partition, EventTime? maybe, EventTime? recordTime, int bin)
    {
        if (maybe is not { IsInRange: true } time)
        {
            return Rejection.NoEventTime;
        }

        if (recordTime is { } record && time - record > Spec.MaxAhead)
        {
            return Rejection.Ahead;
        }

        var pane = _panes.PaneOf(time);
        if (pane < _next || _watermarks.HasReached(partition, _panes.End(pane)))
        {
            return Rejection.Late;
        }

        if (_watermarks.LargestOf(partition) is { } latest && time > latest)
        {
            LargestStepForward = time - latest > LargestStepForward ? time - latest : LargestStepForward;
        }

        _earliest = Math.Min(_earliest, pane);
        _latest = Math.Max(_latest, pane);
        From = From is { } from && from <= time ? from : time;
        Counted++;
        _missing += bin == Reference.Binning.Missing ? 1 : 0;
        _series.Add(pane, bin);
        _watermarks.Observe(partition, time);
        return Rejection.None;
    }

    private SeriesReport CloseNext()
    {
        var pane = Next;
        _next = pane + 1;
        return _series.Close(pane);
    }
}
