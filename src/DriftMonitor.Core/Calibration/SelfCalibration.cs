using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Calibration;

/// <summary>
/// Calibrates a series whose reference moves on the series' own first readings: a stretch of event time that is assumed to be undrifted,
/// because nothing else is known.
/// </summary>
/// <remarks>
/// It begins at the first pane at which every window is full and has a reference. If no event has come by its end, it begins again. Until
/// it ends, readings have no return period, and alerts that need one do not fire.
/// <para>
/// Where two streams differ while nothing is wrong, as a segment and the others do, independent events drawn from one distribution say
/// nothing about their readings: then it also begins again where it would have to rest on these alone (<c>needsReadings</c>).
/// </para>
/// </remarks>
public sealed class SelfCalibration : SeriesCalibration
{
    private readonly ReadingSpec _spec;
    private readonly FieldBinning _binning;
    private readonly int _panes;
    private readonly bool _needsReadings;
    private readonly List<Observed> _readings = []; // pane by pane and window by window
    private readonly List<long> _volumes = []; // V
    private readonly List<byte[]?> _course = []; // packed: with many segments, there are many
    private IReadOnlyList<WindowCalibration>? _windows;
    private double? _meanEvents;
    private EventTime _first; // the end of the first pane

    /// <summary>A calibration before the first pane.</summary>
    /// <param name="spec">The monitor's panes and windows.</param>
    /// <param name="binning">The bins.</param>
    /// <param name="length">Event time that it takes, at least one pane.</param>
    /// <param name="needsReadings">
    /// Whether it must rest on readings: <see cref="CalibrationKind.Independent"/> will not do for any window.
    /// </param>
    public SelfCalibration(ReadingSpec spec, FieldBinning binning, TimeSpan length, bool needsReadings = false)
    {
        _needsReadings = needsReadings;
        _spec = spec;
        _binning = binning;
        _panes = checked((int)Math.Max(1, length.Ticks / spec.Pane.Length.Ticks));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WindowCalibration>? Windows => _windows;

    /// <inheritdoc/>
    public override bool IsLearning => _windows is null;

    /// <summary>V̄ of the panes that it rests on; null until it has ended.</summary>
    public override double? MeanEvents => _meanEvents;

    /// <summary>It is not while it runs; nor does it begin while there is no reference.</summary>
    public override bool IsSteady => !IsLearning || _readings.Count == 0;

    /// <inheritdoc/>
    public override void Observe(IReadOnlyList<Reading> readings, WindowReader reader)
    {
        if (!IsLearning || (_readings.Count == 0 && readings.Any(IsTooEarly)))
        {
            return;
        }

        _first = _readings.Count == 0 ? readings[0].Time : _first;
        foreach (var (window, reading) in readings.Index())
        {
            _readings.Add(reading.Measurement is { } measurement
                ? new Observed(measurement.KlNats, measurement.OccupiedBins, reading.Events, reader.ReferenceOf(window)?.SampleSize ?? 0)
                : new Observed(double.NaN, 0, 0, 0));
        }

        _volumes.Add(reader.Volume);
        _course.Add(reader.LastCounts.IndexOfAnyExcept(0L) < 0 ? null : PackedCounts.Pack(reader.LastCounts));
        if (_volumes.Count >= _panes)
        {
            if (_course.Exists(counts => counts is not null))
            {
                End();
            }

            Clear();
        }
    }

    private static bool IsTooEarly(Reading reading) => reading.Unavailable is Unavailable.ReferenceNotReady or Unavailable.WindowIncomplete;

    private void End()
    {
        var panes = _volumes.Count;
        var period = new Period(_first - _spec.Pane.Length, _first + (panes - 1) * _spec.Pane.Length);
        var course = _course.ConvertAll(packed => packed is null ? null : PackedCounts.Unpack(packed, _binning.Count));
        var reference = Reference.FromPanes(_binning, course, period, [], Reference.DefaultPseudoCount, _spec.Pane, longestWindow: 1);
        var mean = _volumes.Average();
        var windows = _spec.Windows.Count;
        var measured = new MeasuredWindow[windows];
        for (var w = 0; w < windows; w++)
        {
            measured[w] = new MeasuredWindow(new double[panes], WithinFactor: 1);
            for (var i = 0; i < panes; i++)
            {
                var volume = _volumes[i] > 0 ? Math.Min(1, mean / _volumes[i]) : 1;
                var (kl, occupied, events, referenceEvents) = _readings[i * windows + w];
                measured[w].Readings[i] = Measurement.ZOf(kl, events * volume, referenceEvents, occupied);
            }
        }

        var calibrated = Calibrator.Calibrate(_spec, reference, measured, panes);
        if (!_needsReadings || calibrated.All(window => window.Kind != CalibrationKind.Independent))
        {
            _windows = calibrated;
            _meanEvents = mean > 0 ? mean : null;
        }
    }

    private void Clear()
    {
        _readings.Clear();
        _volumes.Clear();
        _course.Clear();
    }

    internal override void Exchange(StateExchange state)
    {
        _first = new EventTime(state.Number(_first.Milliseconds));
        state.List(_readings, (ref Observed reading) => reading = new Observed(
            state.Number(reading.KlNats), (int)state.Number((long)reading.OccupiedBins), state.Number(reading.Events),
            state.Number(reading.ReferenceEvents)));
        state.List(_volumes, (ref long volume) => state.Number(ref volume));
        var course = state.IsLoading ? new byte[_volumes.Count][] : _course.ToArray();
        PackedCounts.Exchange(state, course, _binning.Count);
        if (state.IsLoading)
        {
            _course.AddRange(course);
            if (_course.Count != _volumes.Count || _readings.Count != _volumes.Count * _spec.Windows.Count)
            {
                throw new StateException("a calibration has not one reading for each pane and window");
            }
        }

        _windows = WindowCalibration.Exchange(state, _windows, _spec.Windows.Count);
        _meanEvents = state.Optional(_meanEvents);
    }

    private readonly record struct Observed(double KlNats, int OccupiedBins, long Events, double ReferenceEvents);
}
