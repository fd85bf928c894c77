using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Numerics;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.References;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Monitoring;

/// <summary>One segment of a monitor: its windows, and the one alert that they share.</summary>
public sealed class Series
{
    private readonly MonitorSpec _spec;
    private readonly WindowReader _reader;
    private readonly SeriesCalibration _calibration;
    private readonly PaneVolume? _volume; // null if values are of events
    private readonly bool _isAdded; // by its first event
    private readonly int _longest; // window, in panes
    private long _first; // the pane from which on there are readings
    private long _lastEvent = long.MinValue; // its pane
    private long _lacksEventsUpTo = long.MinValue;

    /// <summary>A series without events, compared with one fixed distribution.</summary>
    /// <param name="spec">How events are windowed and judged.</param>
    /// <param name="against">What windows are compared with.</param>
    /// <param name="segment">The segment; empty without segments.</param>
    public Series(MonitorSpec spec, CalibratedReference against, string segment = "")
        : this(spec, new FixedReference(against.Reference), new GivenCalibration(against.Calibration), segment)
    {
    }

    /// <summary>A series without events.</summary>
    /// <param name="spec">How events are windowed and judged.</param>
    /// <param name="reference">What windows are compared with; used by this series alone, unless it is fixed.</param>
    /// <param name="calibration">How its readings fluctuate while nothing is wrong; used by this series alone, unless it is given.</param>
    /// <param name="segment">The segment; empty without segments.</param>
    /// <param name="isKnown">
    /// Whether the reference knows the segment. A segment that it does not know has readings but no alert, and none before its first event.
    /// </param>
    /// <param name="closedPanes">Panes of the monitor that have closed already.</param>
    /// <param name="beginsWithEvent">Whether there are no readings before its first event though the reference knows it.</param>
    public Series(
        MonitorSpec spec, WindowReference reference, SeriesCalibration calibration,
        string segment = "", bool isKnown = true, long closedPanes = 0, bool beginsWithEvent = false)
    {
        (_spec, _calibration, Segment, IsKnown) = (spec, calibration, segment, isKnown);
        _longest = spec.WindowPanes.Max();
        _isAdded = !isKnown || beginsWithEvent;
        _first = _isAdded ? long.MaxValue : long.MinValue;
        _reader = new WindowReader(spec, reference, closedPanes);
        _volume = PaneVolume.Of(spec, reference.Binning);
        Alert = isKnown && spec.Rule is not null ? Alert.Initial : null;
    }

    /// <summary>The value of the segment field; empty without segments.</summary>
    public string Segment { get; }

    /// <summary>Whether values are the numbers of events of the panes.</summary>
    internal bool CountsVolume => _volume is not null;

    /// <summary>How readings fluctuate while nothing is wrong, for each window; null where that is not known, or not yet.</summary>
    public IReadOnlyList<WindowCalibration>? Calibration => _calibration.Windows;

    /// <summary>Whether the series is still learning how its readings fluctuate: they have no return period yet.</summary>
    public bool IsCalibrating => _calibration.IsLearning;

    /// <summary>Whether the reference knows the segment.</summary>
    public bool IsKnown { get; }

    /// <summary>The alert as of the last closed pane; null where there is none.</summary>
    public Alert? Alert { get; private set; }

    /// <summary>What windows are compared with.</summary>
    public WindowReference Against => _reader.Against;

    /// <summary>What a window is compared with as of the last closed pane; null while that is not known.</summary>
    public Reference? ReferenceOf(int window) => _reader.ReferenceOf(window);

    /// <summary>The events in a window as of the last closed pane.</summary>
    public long EventsIn(int window) => _reader.EventsIn(window);

    /// <summary>A window's counts as of the last closed pane.</summary>
    public WindowHistogram Histogram(int window) => _reader.Histogram(window);

    /// <summary>The pane of its latest event among those that have closed; <see cref="long.MinValue"/> if there is none.</summary>
    internal long LastEvent
    {
        get => _lastEvent;
        set => _lastEvent = value;
    }

    /// <summary>
    /// The last pane of which it may lack events, because there was no series for them yet. Windows that reach back to it give no reading.
    /// </summary>
    internal long LacksEventsUpTo
    {
        get => _lacksEventsUpTo;
        set => _lacksEventsUpTo = value;
    }

    /// <summary>
    /// Whether nothing is lost if the series ends: it was added by an event, has had none after a pane, and neither has an alert that is
    /// pending or firing nor a reference or calibration that it has learned.
    /// </summary>
    internal bool CanEnd(long pane) =>
        _isAdded && _lastEvent <= pane && _first != long.MaxValue && Alert is null or { State: AlertState.Inactive }
        && (!IsKnown || (Against.Whole is null && _calibration.Windows is null));

    /// <summary>Counts events of one bin.</summary>
    public void Add(long pane, int bin, long events = 1)
    {
        OnEvent(pane);
        _reader.Add(pane, bin, events);
    }

    /// <summary>Counts events of one bin, or, where the value of a pane is the number of its events, adds them to that.</summary>
    /// <param name="pane">The pane, which closes next.</param>
    /// <param name="bin">Their bin; ignored for a number of events.</param>
    /// <param name="events">How many there are.</param>
    public void AddEvents(long pane, int bin, long events)
    {
        if (_volume is null)
        {
            Add(pane, bin, events);
            return;
        }

        OnEvent(pane);
        _volume.Add(events);
    }

    /// <summary>Adds numbers to the pane that closes next, for the windows' means.</summary>
    internal void Add(PackedSum numbers) => _reader.Add(numbers);

    /// <summary>Counts values in the pane that closes next, where the reference finds the bins in them.</summary>
    public void Add(long pane, ValueCounts values)
    {
        OnEvent(pane);
        Against.Add(values);
    }

    /// <summary>
    /// Whether the series has readings at a pane's end: always, or, for a segment that was not known from the start, from its first
    /// event's pane on.
    /// </summary>
    public bool HasBegun(long pane) => pane >= _first;

    /// <summary>Closes a pane before the series has begun.</summary>
    public void Skip(long pane) => _reader.Skip(pane);

    /// <summary>Closes panes without events before the series has begun.</summary>
    public void SkipEmpty(long first, long last) => _reader.SkipEmpty(first, last);

    /// <summary>
    /// Closes panes without events, at whose ends the longest window is empty, as if one by one: at most as many as the windows, the
    /// reference and the calibration need until nothing changes any more.
    /// </summary>
    /// <param name="first">The first of them.</param>
    /// <param name="last">The last of them.</param>
    /// <returns>The readings at the end of the last. No window has enough events, so that the alert stays as it is.</returns>
    public IReadOnlyList<Reading> CloseEmpty(long first, long last)
    {
        IReadOnlyList<Reading> readings = [];
        while (first <= last && !(_reader.IsSteady && _calibration.IsSteady))
        {
            readings = Close(first++).Readings;
        }

        if (first > last)
        {
            return readings;
        }

        _reader.CloseSteady(first, last);
        return _reader.Read(_spec.Pane.End(last), _calibration.MeanEvents);
    }

    /// <summary>Closes a pane: takes the readings, then judges them.</summary>
    /// <param name="pane">The pane.</param>
    /// <param name="withheld">Why windows give no reading whatever they hold; empty for none.</param>
    public SeriesReport Close(long pane, ReadOnlySpan<Unavailable> withheld = default)
    {
        if (_volume is not null)
        {
            AddVolume(pane, _volume);
        }

        _reader.Close(pane);
        var time = _spec.Pane.End(pane);
        var readings = _reader.Read(time, _calibration.MeanEvents, Withheld(pane, withheld));
        AddReturnPeriods(readings);
        var transition = Judge(readings, time);
        _calibration.Observe(readings, _reader);
        return new SeriesReport(time, Segment, readings, Alert, transition);
    }

    /// <summary>What the last report of a closed pane was, without a transition.</summary>
    /// <param name="pane">The pane closed last.</param>
    /// <param name="withheld">As for <see cref="Close"/>.</param>
    internal SeriesReport LastReport(long pane, ReadOnlySpan<Unavailable> withheld)
    {
        var time = _spec.Pane.End(pane);
        var readings = _reader.Read(time, _calibration.MeanEvents, Withheld(pane, withheld));
        AddReturnPeriods(readings);
        return new SeriesReport(time, Segment, readings, Alert, Transition: null);
    }

    internal void Exchange(StateExchange state)
    {
        _reader.Exchange(state);
        _calibration.Exchange(state);
        state.Number(ref _first);
        if (state.Version >= 2)
        {
            state.Number(ref _lastEvent);
            state.Number(ref _lacksEventsUpTo);
        }

        if (state.Flag(Alert is not null))
        {
            var alert = Alerts.Alert.Exchange(state, Alert ?? Alerts.Alert.Initial);
            Alert = Alert is null ? null : alert; // its rule may have been removed, or added
        }
    }

    private void AddVolume(long pane, PaneVolume volume)
    {
        var (events, bin) = volume.Take();
        if (bin is { } counted)
        {
            _reader.Add(pane, counted);
        }
        else
        {
            var values = new ValueCounts(Against.Views);
            values.Add(FieldValue.Of(events));
            Against.Add(values);
        }

        if (_spec.HasMean)
        {
            var sum = new ExactSum();
            sum.Add(events);
            _reader.Add(sum.Pack());
        }
    }

    private void OnEvent(long pane) => (_first, _lastEvent) = (Math.Min(_first, pane), Math.Max(_lastEvent, pane));

    // Why windows give no reading whatever they hold: also because events are lacking that came before the series.
    private ReadOnlySpan<Unavailable> Withheld(long pane, ReadOnlySpan<Unavailable> withheld)
    {
        if (_lacksEventsUpTo <= pane - _longest)
        {
            return withheld;
        }

        var all = withheld.IsEmpty ? new Unavailable[_spec.Windows.Count] : withheld.ToArray();
        for (var window = 0; window < all.Length; window++)
        {
            all[window] = _lacksEventsUpTo > pane - _spec.WindowPanes[window] ? Unavailable.WindowIncomplete : all[window];
        }

        return all;
    }

    private void AddReturnPeriods(Reading[] readings)
    {
        if (_calibration.Windows is not { } calibration)
        {
            return;
        }

        for (var window = 0; window < readings.Length; window++)
        {
            if (readings[window].Measurement is { } measurement)
            {
                readings[window] = readings[window] with { Measurement = calibration[window].Judged(measurement, _spec.Pane.Length) };
            }
        }
    }

    private AlertTransition? Judge(Reading[] readings, EventTime time)
    {
        if (_spec.Rule is not { } rule || Alert is not { } before || time < _spec.JudgedFrom)
        {
            return null;
        }

        Alert = before.After(rule.Judge(readings), time, _spec.Timing);
        return Alert.State == before.State ? null : new AlertTransition(time, before.State, Alert.State);
    }
}
