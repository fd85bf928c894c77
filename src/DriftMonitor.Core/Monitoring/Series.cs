using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Monitoring;

/// <summary>One segment of a monitor: its windows, and their one alert.</summary>
public sealed class Series
{
    private readonly MonitorSpec _spec;
    private readonly SlidingHistogram _histogram;
    private readonly int _longest;
    private readonly Reference? _fixed; // null where the reference moves
    private readonly MovingReference? _moving;
    private readonly MeasureSet? _further; // against the fixed reference; null where none is asked for
    private SelfCalibration? _calibrating;
    private double? _meanEvents; // V̄, of a self-calibration that has ended
    private long _first = long.MaxValue; // the pane of the first event, by event time

    /// <summary>A series without events.</summary>
    /// <param name="spec">How events are windowed and judged.</param>
    /// <param name="against">What windows are compared with.</param>
    /// <param name="segment">The segment; empty without segments.</param>
    /// <param name="isKnown">Whether the reference knows the segment; one that it does not know has readings but no alert, and none before its first event.</param>
    /// <param name="closedPanes">Panes of the monitor that have closed already.</param>
    public Series(MonitorSpec spec, CalibratedReference against, string segment = "", bool isKnown = true, long closedPanes = 0)
        : this(spec, segment, isKnown, new SlidingHistogram(against.Reference, spec.WindowPanes, closedPanes))
    {
        _fixed = against.Reference;
        Calibration = against.Calibration;
        _further = spec.Measures.Count == 0 ? null : new MeasureSet(spec.Measures, against.Reference);
    }

    /// <summary>A series whose reference moves.</summary>
    /// <param name="spec">How events are windowed and judged.</param>
    /// <param name="moving">What windows are compared with; of this series alone.</param>
    /// <param name="calibration">How its readings fluctuate while nothing is wrong, for each window; null where that is not known, or learned.</param>
    /// <param name="calibrateOver">Event time over which the series calibrates itself; null where it does not.</param>
    public Series(MonitorSpec spec, MovingReference moving, IReadOnlyList<WindowCalibration>? calibration, TimeSpan? calibrateOver)
        : this(spec, segment: "", isKnown: true, new SlidingHistogram(moving.Binning.Count, [.. spec.WindowPanes, .. moving.FurtherWindowPanes, 1])) // the last: the pane itself
    {
        _moving = moving;
        Calibration = calibration;
        _calibrating = calibrateOver is { } length ? new SelfCalibration(spec, moving.Binning, length) : null;
    }

    private Series(MonitorSpec spec, string segment, bool isKnown, SlidingHistogram histogram)
    {
        _spec = spec;
        _longest = spec.LongestWindow;
        _histogram = histogram;
        Segment = segment;
        IsKnown = isKnown;
        Alert = isKnown && spec.Rule is not null ? Alert.Initial : null;
    }

    /// <summary>The value of the segment field; empty without segments.</summary>
    public string Segment { get; }

    /// <summary>How readings fluctuate while nothing is wrong, for each window; null where that is not known, or not yet.</summary>
    public IReadOnlyList<WindowCalibration>? Calibration { get; private set; }

    /// <summary>Whether the series is still learning how its readings fluctuate: they have no return period yet.</summary>
    public bool IsCalibrating => _calibrating is not null || _moving is FirstPanes { Learned: null };

    /// <summary>Whether the reference knows the segment.</summary>
    public bool IsKnown { get; }

    /// <summary>The alert as of the last closed pane; null where there is none.</summary>
    public Alert? Alert { get; private set; }

    /// <summary>What a window is compared with as of the last closed pane: the segment's own reference, the one for all where the reference does not know the segment, or one that moves; null while that is not known.</summary>
    public Reference? ReferenceOf(int window) => _fixed ?? _moving!.For(window);

    /// <summary>Counts events of one bin.</summary>
    public void Add(long pane, int bin, long events = 1)
    {
        _first = Math.Min(_first, pane);
        _histogram.Add(pane, bin, events);
    }

    /// <summary>Whether the series has a reading at a pane's end: from the start, or, for an unknown segment, from its first event's pane on.</summary>
    public bool HasBegun(long pane) => IsKnown || pane >= _first;

    /// <summary>Closes a pane before the series has begun.</summary>
    public void Pass(long pane) => _histogram.Close(pane);

    /// <summary>Closes a pane: takes the readings, then judges them.</summary>
    public SeriesReport Close(long pane)
    {
        _histogram.Close(pane);
        _moving?.Close(pane, _histogram);
        if (_moving is FirstPanes { Learned: { } learned })
        {
            Calibration = learned.Calibration;
        }

        var time = _spec.Pane.End(pane);
        var readings = new Reading[_spec.Windows.Count];
        for (var w = 0; w < readings.Length; w++)
        {
            readings[w] = Read(w, time);
        }

        var transition = Judge(readings, time);
        Learn(readings);
        return new SeriesReport(time, Segment, readings, Alert, transition);
    }

    /// <summary>A window's counts and contributions as of the last closed pane.</summary>
    public WindowHistogram Histogram(int window)
    {
        var (counts, reference) = (_histogram.Windows[window], ReferenceOf(window));
        return new(reference, counts.Counts.ToArray(), reference is null ? new double[counts.Counts.Length] : counts.Against(reference).Contributions());
    }

    private Reading Read(int window, EventTime time)
    {
        var current = _histogram.Windows[window];
        var spec = _spec.Windows[window];
        var reference = ReferenceOf(window);
        var reason = reference is null ? Unavailable.ReferenceNotReady
            : !_histogram.IsFull(window) ? Unavailable.WindowIncomplete
            : current.Events < Math.Max(1, _spec.MinimumEvents) || IsScarce(reference) ? Unavailable.TooFewEvents
            : Unavailable.None;
        return new Reading(time, spec, current.Events, reason, reason == Unavailable.None ? Measure(window, current.Against(reference!), reference!, time) : null);
    }

    // What moves can be as scarce as a window; a reference that has been learned or built is as large as somebody wanted it.
    private bool IsScarce(Reference reference) => _moving is not (null or FirstPanes) && reference.SampleSize < _spec.MinimumEvents;

    private Measurement Measure(int window, IncrementalKullbackLeibler divergence, Reference reference, EventTime time)
    {
        var measurement = Measurement.Of(divergence, reference.SampleSize, reference.Includes(new Period(time - _spec.Windows[window].Length, time)), Volume(reference));
        if (Calibration is { } calibration)
        {
            measurement = calibration[window].Judged(measurement, _spec.Pane.Length);
        }

        if (_spec.Measures.Count > 0)
        {
            var further = _further ?? new MeasureSet(_spec.Measures, reference);
            measurement = measurement with { Further = further.Evaluate(divergence, measurement.GStatistic, measurement.OccupiedBins) };
        }

        return measurement;
    }

    // min(1, V̄/V), V the events in the longest window; 1 until that window is full, or where the reference's volume is unknown.
    private double Volume(Reference reference)
    {
        var events = _histogram.Windows[_longest].Events;
        return _histogram.IsFull(_longest) && events > 0 && (reference.MeanEvents ?? _meanEvents) is { } mean ? Math.Min(1, mean / events) : 1;
    }

    private AlertTransition? Judge(Reading[] readings, EventTime time)
    {
        if (_spec.Rule is not { } rule || Alert is not { } before)
        {
            return null;
        }

        Alert = before.After(rule.Judge(readings), time, _spec.Timing);
        return Alert.State == before.State ? null : new AlertTransition(time, before.State, Alert.State);
    }

    private void Learn(Reading[] readings)
    {
        if (_calibrating is not { } calibrating)
        {
            return;
        }

        Span<double> references = stackalloc double[readings.Length];
        for (var w = 0; w < references.Length; w++)
        {
            references[w] = ReferenceOf(w)?.SampleSize ?? 0;
        }

        Calibration = calibrating.Take(readings, references, _histogram.Windows[_longest].Events, _histogram.Windows[^1].Counts);
        if (Calibration is not null)
        {
            _meanEvents = calibrating.MeanEvents;
            _calibrating = null;
        }
    }
}
