using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Numerics;
using DriftMonitor.Core.References;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Readings;

/// <summary>Takes the readings of a series: its windows, compared with their reference as each pane closes.</summary>
public sealed class WindowReader
{
    private readonly ReadingSpec _spec;
    private readonly WindowReference _reference;
    private SlidingHistogram _windows;
    private readonly int _longest;
    private readonly SlidingMeans? _means; // null where the monitor does not ask for them
    private (Reference Against, MeasureSet Measures)? _measures; // of the reference used last
    private (Reference Against, PairInformation? Pair)? _pair; // likewise, of two fields

    /// <summary>A reader before the first event.</summary>
    /// <param name="spec">The panes, windows, minimum of events and measures.</param>
    /// <param name="reference">What windows are compared with; used by this reader alone.</param>
    /// <param name="closedPanes">Panes that have closed already, without an event: they count towards a full window.</param>
    public WindowReader(ReadingSpec spec, WindowReference reference, long closedPanes = 0)
    {
        (_spec, _reference, _longest) = (spec, reference, spec.LongestWindow);
        _windows = reference.CreateWindows(spec.WindowPanes, closedPanes);
        _means = spec.HasMean ? new SlidingMeans(spec.WindowPanes) : null;
    }

    /// <summary>V, the events in the longest window; those that have come, until it is full.</summary>
    public long Volume => _windows.Windows[_longest].Events;

    /// <summary>The counts of the window that is configured last, or, where the reference changes, of the pane closed last.</summary>
    public ReadOnlySpan<long> LastCounts => _windows.Windows[^1].Counts;

    /// <summary>The counts of a window as of the pane closed last.</summary>
    public ReadOnlySpan<long> CountsOf(int window) => _windows.Windows[window].Counts;

    /// <summary>The events in a window as of the pane closed last.</summary>
    public long EventsIn(int window) => _windows.Windows[window].Events;

    /// <summary>What windows are compared with.</summary>
    public WindowReference Against => _reference;

    /// <summary>Counts events of one bin into a pane that has not closed.</summary>
    public void Add(long pane, int bin, long events = 1) => _windows.Add(pane, bin, events);

    /// <summary>Adds numbers to the pane that closes next, for the windows' means.</summary>
    public void Add(PackedSum numbers) => _means?.Add(numbers);

    /// <summary>
    /// Whether the readings of further panes without events are those of the pane closed last, but for what depends on the time of day.
    /// </summary>
    public bool IsSteady => _windows.IsEmpty && _reference.IsSteady;

    /// <summary>Closes a pane without taking readings.</summary>
    public void Skip(long pane) => _windows.Close(pane);

    /// <summary>Closes panes without events, without taking readings.</summary>
    public void SkipEmpty(long first, long last) => _windows.CloseEmpty(first, last);

    /// <summary>Closes panes without events, of which <see cref="IsSteady"/> is true, in one step.</summary>
    public void CloseSteady(long first, long last)
    {
        _windows.CloseEmpty(first, last);
        _reference.CloseSteady(first, last, _windows);
    }

    /// <summary>Closes a pane; <see cref="Read"/> then takes its readings.</summary>
    public void Close(long pane)
    {
        _reference.Enter(pane, ref _windows);
        _windows.Close(pane);
        _means?.Close(pane);
        _reference.Close(pane, _windows);
    }

    /// <summary>
    /// Takes the readings of the pane closed last, one for each window. They have no return period: that is the calibration's.
    /// </summary>
    /// <param name="time">The pane's end.</param>
    /// <param name="meanEvents">V̄ for a reference that has none of its own; null where it is unknown.</param>
    /// <param name="withheld">
    /// Why windows give no reading whatever they hold, incomplete or untrusted; empty for none.
    /// </param>
    public Reading[] Read(EventTime time, double? meanEvents, ReadOnlySpan<Unavailable> withheld = default)
    {
        var readings = new Reading[_spec.Windows.Count];
        for (var window = 0; window < readings.Length; window++)
        {
            readings[window] = ReadWindow(window, time, meanEvents, withheld.IsEmpty ? Unavailable.None : withheld[window]);
        }

        return readings;
    }

    /// <summary>What a window is compared with as of the pane closed last; null while that is not known.</summary>
    public Reference? ReferenceOf(int window) => _reference.For(window);

    /// <summary>A window's counts as of the pane closed last.</summary>
    public WindowHistogram Histogram(int window) => new(_reference.Binning, ReferenceOf(window), _windows.Windows[window].Counts);

    internal void Exchange(StateExchange state)
    {
        _reference.Exchange(state);
        if (state.IsLoading)
        {
            _windows = _reference.CreateWindows(_spec.WindowPanes, closedPanes: 0);
        }

        _windows.Exchange(state);
        if (state.IsLoading)
        {
            _reference.OnLoaded(_windows);
        }

        if (_means is not null)
        {
            _means.Exchange(state.Version >= 3 ? state : throw new StateException("it has no sums of numbers, from which means are taken"));
        }
    }

    private Reading ReadWindow(int window, EventTime time, double? meanEvents, Unavailable withheld)
    {
        var current = _windows.Windows[window];
        var reference = ReferenceOf(window);
        var reason = reference is null ? Unavailable.ReferenceNotReady
            : !_windows.IsFull(window) || withheld == Unavailable.WindowIncomplete ? Unavailable.WindowIncomplete
            : current.Events < Math.Max(1, _spec.MinimumEvents) || IsScarce(reference) ? Unavailable.TooFewEvents
            : withheld;
        if (reason != Unavailable.None)
        {
            _reference.Choose(window, regime: 0);
            return new Reading(time, _spec.Windows[window], current.Events, reason, Measurement: null);
        }

        var measurement = _reference.Regimes is { } regimes
            ? MeasureNearest(window, current, regimes, time, meanEvents)
            : Measure(window, current.Against(reference!), reference!, time, meanEvents);
        if (current is PairWindow pairs)
        {
            measurement = measurement with
            {
                Pair = PairInformation.Of(pairs.Places, pairs.Binning),
                ReferencePair = PairOf(reference!),
            };
        }

        return new Reading(time, _spec.Windows[window], current.Events, reason, measurement);
    }

    private bool IsScarce(Reference reference) => _reference.CanBeScarce && reference.SampleSize < _spec.MinimumEvents;

    // The regime with the least z, as it is judged: times ρ where the window is within the regime's own period.
    private Measurement MeasureNearest(
        int window, WindowCounts current, IReadOnlyList<Regime> regimes, EventTime time, double? meanEvents)
    {
        var (nearest, least) = (0, (Measurement?)null);
        for (var regime = 0; regime < regimes.Count; regime++)
        {
            var measured = MeasurePlain(window, _reference.Compare(current, regime), regimes[regime].Reference, time, meanEvents);
            measured = measured.IsWithin ? measured with { Z = measured.Z * regimes[regime].WithinFactors[window] } : measured;
            (nearest, least) = least is null || measured.Z < least.Z ? (regime, measured) : (nearest, least);
        }

        _reference.Choose(window, nearest);
        var (name, reference, _) = regimes[nearest];
        return AddMeasures(window, least!, _reference.Compare(current, nearest), reference) with { Regime = name };
    }

    private Measurement Measure(int window, IncrementalKullbackLeibler divergence, Reference reference, EventTime time, double? meanEvents)
    {
        var measurement = MeasurePlain(window, divergence, reference, time, meanEvents);
        return AddMeasures(window, measurement, divergence, reference);
    }

    private Measurement MeasurePlain(
        int window, IncrementalKullbackLeibler divergence, Reference reference, EventTime time, double? meanEvents)
    {
        var isWithin = _reference.CanHoldWindows && reference.Includes(new Period(time - _spec.Windows[window].Length, time));
        return Measurement.Of(divergence, reference.SampleSize, isWithin, VolumeFactor(reference.MeanEvents ?? meanEvents));
    }

    private Measurement AddMeasures(int window, Measurement measurement, IncrementalKullbackLeibler divergence, Reference reference)
    {
        if (_means is not null && HasAllNumbers(reference) && _means.MeanOf(window) is { } mean)
        {
            measurement = measurement with { Mean = mean };
        }

        if (_spec.CountsWords)
        {
            measurement = measurement with
            {
                CrossEntropyNats = divergence.CrossEntropy(),
                ReferenceCrossEntropyNats = divergence.ReferenceEntropy(),
            };
        }

        if (_spec.Measures.Count == 0)
        {
            return measurement;
        }

        var further = MeasuresAgainst(reference).Evaluate(divergence, measurement.GStatistic, measurement.OccupiedBins);
        return measurement with { Further = further };
    }

    // Where the bins are found later, whether strings are numbers is not known when they are added up: then only those of JSON are.
    private bool HasAllNumbers(Reference reference) =>
        reference.Binning is NumericBinning numbers && (_reference.Views == 0 || !numbers.ReadsTextNumbers);

    private PairInformation? PairOf(Reference reference)
    {
        if (_pair is not { } known || !ReferenceEquals(known.Against, reference))
        {
            _pair = known = (reference, PairInformation.Of(reference));
        }

        return known.Pair;
    }

    private MeasureSet MeasuresAgainst(Reference reference)
    {
        if (_measures is not { } known || !ReferenceEquals(known.Against, reference))
        {
            _measures = known = (reference, new MeasureSet(_spec.Measures, reference));
        }

        return known.Measures;
    }

    /// <summary>
    /// f = min(1, V̄·s/V), with s the share of the longest window that has filled; 1 where V is 0 or V̄ is unknown or 0.
    /// </summary>
    /// <param name="meanEvents">V̄; null where it is unknown.</param>
    public double VolumeFactor(double? meanEvents) =>
        Volume > 0 && meanEvents is > 0 and var mean ? Math.Min(1, mean * _windows.FilledShare(_longest) / Volume) : 1;
}
