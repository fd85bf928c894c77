using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Monitoring;

/// <summary>What a series shows at a pane's end.</summary>
/// <param name="Time">The pane's end.</param>
/// <param name="Segment">The value of the segment field; empty without segments.</param>
/// <param name="Readings">One for each window, as configured.</param>
/// <param name="Alert">The alert after the pane; null where the monitor has none.</param>
/// <param name="Transition">The alert's change at this pane, if it changed.</param>
public sealed record SeriesReport(EventTime Time, string Segment, IReadOnlyList<Reading> Readings, Alert? Alert, AlertTransition? Transition);

/// <summary>A window's counts, and what each bin contributes to D(current ‖ reference), in nats: signed, and summing to it.</summary>
public sealed record WindowHistogram(long[] Counts, double[] ContributionsNats)
{
    /// <summary>The bins that moved most, up or down, the most moved first.</summary>
    /// <remarks>
    /// Ranked by pᵢ ln(pᵢ/qᵢ) − pᵢ + qᵢ, which is never negative and sums to the divergence too, as p and q sum to 1. The signed contribution would not do:
    /// that of a bin which has lost all its mass is 0.
    /// </remarks>
    public IReadOnlyList<MovedBin> MovedMost(Reference reference, int count)
    {
        var events = Math.Max(1, Counts.Sum());
        return [.. ContributionsNats
            .Select((contribution, bin) => (Bin: bin, Share: (double)Counts[bin] / events, Contribution: contribution))
            .OrderByDescending(bin => bin.Contribution - bin.Share + reference.Smoothed[bin.Bin])
            .Take(count)
            .Select(bin => new MovedBin(bin.Bin, bin.Share, (double)reference.Counts[bin.Bin] / reference.Events, bin.Contribution))];
    }
}

/// <summary>A bin's share of the window and of the reference, and what it contributes to D(current ‖ reference).</summary>
public readonly record struct MovedBin(int Bin, double Share, double ReferenceShare, double ContributionNats);

/// <summary>One segment of a monitor: its windows, and their one alert.</summary>
public sealed class Series
{
    private readonly MonitorSpec _spec;
    private readonly SlidingHistogram _histogram;
    private readonly int _longest;
    private readonly MeasureSet? _further; // null where none is asked for
    private long _first = long.MaxValue; // the pane of the first event, by event time

    /// <summary>A series without events.</summary>
    /// <param name="spec">How events are windowed and judged.</param>
    /// <param name="against">What windows are compared with.</param>
    /// <param name="segment">The segment; empty without segments.</param>
    /// <param name="isKnown">Whether the reference knows the segment; one that it does not know has readings but no alert, and none before its first event.</param>
    /// <param name="closedPanes">Panes of the monitor that have closed already.</param>
    public Series(MonitorSpec spec, CalibratedReference against, string segment = "", bool isKnown = true, long closedPanes = 0)
    {
        _spec = spec;
        Against = against;
        _histogram = new SlidingHistogram(against.Reference, spec.WindowPanes, closedPanes);
        _longest = spec.LongestWindow;
        _further = spec.Measures.Count == 0 ? null : new MeasureSet(spec.Measures, against.Reference);
        Segment = segment;
        IsKnown = isKnown;
        Alert = isKnown && spec.Rule is not null ? Alert.Initial : null;
    }

    /// <summary>The value of the segment field; empty without segments.</summary>
    public string Segment { get; }

    /// <summary>What windows are compared with: the segment's own reference, or the one for all where the reference does not know the segment.</summary>
    public CalibratedReference Against { get; }

    /// <summary>Whether the reference knows the segment.</summary>
    public bool IsKnown { get; }

    /// <summary>The alert as of the last closed pane; null where there is none.</summary>
    public Alert? Alert { get; private set; }

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
        var time = _spec.Pane.End(pane);
        var readings = new Reading[_spec.Windows.Count];
        for (var w = 0; w < readings.Length; w++)
        {
            readings[w] = Read(w, time);
        }

        var transition = Judge(readings, time);
        return new SeriesReport(time, Segment, readings, Alert, transition);
    }

    /// <summary>A window's counts and contributions as of the last closed pane.</summary>
    public WindowHistogram Histogram(int window) => new(_histogram.Windows[window].Counts.ToArray(), _histogram.Windows[window].Contributions());

    private Reading Read(int window, EventTime time)
    {
        var current = _histogram.Windows[window];
        var spec = _spec.Windows[window];
        var reason = !_histogram.IsFull(window) ? Unavailable.WindowIncomplete
            : current.Events < Math.Max(1, _spec.MinimumEvents) ? Unavailable.TooFewEvents
            : Unavailable.None;
        var measurement = reason == Unavailable.None
            ? Measurement.Of(current, Against.Reference.Events, Against.Reference.Includes(new Period(time - spec.Length, time)), Volume())
            : null;
        if (measurement is not null && Against.Calibration is { } calibration)
        {
            measurement = measurement with { ReturnPeriodSeconds = calibration[window].ReturnPeriod(measurement.Z) * _spec.Pane.Length.TotalSeconds };
        }

        if (measurement is not null && _further is not null)
        {
            measurement = measurement with { Further = _further.Of(current, measurement.GStatistic, measurement.OccupiedBins) };
        }

        return new Reading(time, spec, current.Events, reason, measurement);
    }

    // min(1, V̄/V), V the events in the longest window; 1 until that window is full, or where the reference's volume is unknown.
    private double Volume()
    {
        var events = _histogram.Windows[_longest].Events;
        return _histogram.IsFull(_longest) && events > 0 && Against.Reference.MeanEvents is { } mean ? Math.Min(1, mean / events) : 1;
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
}
