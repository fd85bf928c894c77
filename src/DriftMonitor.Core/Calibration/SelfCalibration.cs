using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Calibration;

/// <summary>
/// Calibrates a series whose reference moves on the series' own first readings: a stretch of event time that is taken for undrifted, as there is nothing else to ask.
/// </summary>
/// <remarks>It begins at the first pane at which every window is full and has a reference, and goes on until it has had an event at least. Until it ends, readings have no return period, and there is no alarm by one.</remarks>
internal sealed class SelfCalibration
{
    private readonly MonitorSpec _spec;
    private readonly FieldBinning _binning;
    private readonly int _panes;
    private readonly List<Reading[]> _readings = [];
    private readonly List<double> _references = []; // m of each reading, pane by pane and window by window
    private readonly List<long> _volumes = []; // V
    private readonly List<long[]?> _course = [];
    private EventTime _first; // the end of the first pane

    /// <summary>A calibration before the first pane.</summary>
    /// <param name="spec">The monitor's panes and windows.</param>
    /// <param name="binning">The bins.</param>
    /// <param name="length">Event time that it takes, at least a pane.</param>
    public SelfCalibration(MonitorSpec spec, FieldBinning binning, TimeSpan length)
    {
        _spec = spec;
        _binning = binning;
        _panes = checked((int)Math.Max(1, length.Ticks / spec.Pane.Length.Ticks));
    }

    /// <summary>V̄ of the panes that it rests on; null until it has ended.</summary>
    public double? MeanEvents { get; private set; }

    /// <summary>Takes the readings of a pane.</summary>
    /// <param name="readings">One for each window, z at their own volume.</param>
    /// <param name="references">m of each window's reference.</param>
    /// <param name="volume">V, the events in the longest window.</param>
    /// <param name="pane">The pane's own counts.</param>
    /// <returns>The calibration of each window at the pane that completes it; null otherwise.</returns>
    public IReadOnlyList<WindowCalibration>? Take(Reading[] readings, ReadOnlySpan<double> references, long volume, ReadOnlySpan<long> pane)
    {
        if (_readings.Count == 0)
        {
            if (readings.Any(reading => reading.Unavailable is Unavailable.ReferenceNotReady or Unavailable.WindowIncomplete))
            {
                return null;
            }

            _first = readings[0].Time;
        }

        _readings.Add(readings);
        _references.AddRange(references);
        _volumes.Add(volume);
        _course.Add(pane.IndexOfAnyExcept(0L) < 0 ? null : pane.ToArray());
        return _readings.Count >= _panes && _course.Any(counts => counts is not null) ? End() : null;
    }

    private IReadOnlyList<WindowCalibration> End()
    {
        var panes = _readings.Count;
        var period = new Period(_first - _spec.Pane.Length, _first + (panes - 1) * _spec.Pane.Length);
        var reference = Reference.FromPanes(_binning, _course, period, [], Reference.DefaultPseudoCount, _spec.Pane, longestWindow: 1);
        var mean = _volumes.Average();
        MeanEvents = mean > 0 ? mean : null;
        var windows = _spec.Windows.Count;
        var measured = new double[windows][];
        for (var w = 0; w < windows; w++)
        {
            measured[w] = new double[panes];
            for (var i = 0; i < panes; i++)
            {
                var volume = _volumes[i] > 0 ? Math.Min(1, mean / _volumes[i]) : 1;
                measured[w][i] = _readings[i][w] is { Measurement: { } measurement, Events: var events }
                    ? measurement.AtVolume(events, _references[i * windows + w], volume)
                    : double.NaN;
            }
        }

        return Calibrator.Calibrate(_spec, reference, measured, panes);
    }
}
