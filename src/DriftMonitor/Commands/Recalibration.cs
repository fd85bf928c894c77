using System.Runtime.InteropServices;
using DriftMonitor.Configuration;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Planning;
using DriftMonitor.Samples;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>
/// <c>--calibrate</c>: refits the calibrations in the reference files from the readings of a replay's range, in which nothing drifted.
/// </summary>
/// <remarks>
/// A reference's own readings are of windows among its own events. Those of another period are not, so they need no factor ρ, and a stream
/// with a memory shows in them what it really does.
/// </remarks>
internal sealed class Recalibration : IReportSink
{
    private const long MostReadings = 100_000_000; // 0.8 GB

    private readonly Dictionary<FieldMonitor, Target> _targets = [];
    private readonly Period _range;
    private readonly IReadOnlyList<Period> _excluded;
    private long _readings;

    /// <summary>Waits for the readings of monitors whose references are in files.</summary>
    /// <param name="monitors">The monitors.</param>
    /// <param name="bindings">The same, at work.</param>
    /// <param name="request">The range, what is left out of it, and the configuration in whose folder relative paths start.</param>
    /// <exception cref="UsageException">No reference is in a file, or a file cannot be written.</exception>
    public Recalibration(IReadOnlyList<PlannedMonitor> monitors, IReadOnlyList<MonitorBinding> bindings, ReplayRequest request)
    {
        (_range, _excluded) = (request.Range, request.Excluded);
        var folder = Path.GetDirectoryName(Path.GetFullPath(request.Config))!;
        foreach (var (monitor, binding) in monitors.Zip(bindings))
        {
            if (monitor.Reference is { File: { } file, Options.File: { } path })
            {
                ReferenceFile.EnsureWritable(Path.GetFullPath(path, folder)); // before the events are read
                _targets[binding.Monitor] = new Target(path, Path.GetFullPath(path, folder), file, binding.Monitor.IsSegmented);
            }
        }

        if (_targets.Count == 0)
        {
            throw new UsageException(
                $"--calibrate refits calibrations in reference files, and no monitor in {request.Config} has one: "
                + "build one with driftmonitor reference build");
        }
    }

    /// <inheritdoc/>
    public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports)
    {
        if (!_targets.TryGetValue(monitor.Monitor, out var target))
        {
            return;
        }

        foreach (var report in reports)
        {
            if (report.Time >= _range.From && report.Time < _range.To && monitor.Monitor.Find(report.Segment) is { IsKnown: true })
            {
                Add(target, monitor.Monitor.Spec, report);
            }
        }
    }

    /// <summary>Refits the calibrations and writes the files.</summary>
    /// <returns>A line for each file.</returns>
    /// <exception cref="UsageException">No pane of a monitor has closed in the range.</exception>
    public IReadOnlyList<string> Save() => [.. _targets.Select(target => Save(target.Key.Spec, target.Value))];

    private void Add(Target target, MonitorSpec spec, SeriesReport report)
    {
        ref var series = ref CollectionsMarshal.GetValueRefOrAddDefault(target.Series, report.Segment, out _);
        series ??= new Course(spec.Pane.PaneOf(report.Time) - 1, [.. spec.Windows.Select(_ => new List<double>())]);
        var end = report.Until is { } until ? until < _range.To ? until : _range.To : report.Time;
        var panes = 1 + (end - report.Time).Ticks / spec.Pane.Length.Ticks;
        _readings += panes * spec.Windows.Count;
        if (_readings > MostReadings)
        {
            throw new UsageException(
                $"--calibrate: the range has more than {MostReadings} readings: give a shorter one, with --from and --to");
        }

        foreach (var (window, readings) in series.Readings.Index())
        {
            readings.Add(report.Readings[window].Measurement?.Z ?? double.NaN);
            for (var pane = 1L; pane < panes; pane++)
            {
                readings.Add(double.NaN); // the longest window is empty
            }
        }
    }

    private string Save(MonitorSpec spec, Target target)
    {
        if (target.Series.Count == 0)
        {
            throw new UsageException(
                $"--calibrate: no pane of the monitor {Phrases.Quote(spec.Name)} has closed in the range, so {target.Written} stays as it "
                + "is: give another range");
        }

        var period = new Period(
            spec.Pane.Start(target.Series.Values.Min(series => series.First)),
            spec.Pane.End(target.Series.Values.Max(series => series.First + series.Panes - 1)));
        var calibrations = new List<(string? Segment, IReadOnlyDictionary<string, WindowCalibration> Windows)>();
        foreach (var (segment, series) in target.Series)
        {
            var own = target.IsSegmented ? target.File.Segments[segment] : null;
            var fitted = Fit(spec, own?.Reference ?? target.File.Reference, series);
            var written = own?.Calibration ?? target.File.Calibration;
            calibrations.Add((target.IsSegmented ? segment : null, spec.Windows.Zip(fitted).ToDictionary(
                window => KeyOf(window.First.Length, written) ?? window.First.Label, window => window.Second)));
        }

        ReferenceRecalibration.Save(target.Path, calibrations, period);
        return $"{target.Written}: calibrated on the readings from {period.From} to {period.To}";
    }

    private WindowCalibration[] Fit(MonitorSpec spec, Reference own, Course series) =>
        [.. spec.Windows.Select((window, w) => Fit(spec with { Windows = [window] }, own, series.First, series.Readings[w]))];

    // Left out are readings of windows that hold an event from before the range, as the first ones do, or from an excluded period.
    private WindowCalibration Fit(MonitorSpec spec, Reference own, long first, List<double> readings)
    {
        var (window, pane, length) = (spec.Windows[0].Length, spec.Pane, spec.WindowPanes[0]);
        Period[] excluded = [.. _excluded.Select(period => new Period(period.From, period.To + window - pane.Length))];
        var kept = readings.Select((z, i) =>
        {
            var own = new Period(pane.Start(first + i), pane.End(first + i));
            return Array.Exists(excluded, period => period.Overlaps(own)) ? double.NaN : z;
        });
        var reference = new Reference(own.Binning, own.Counts, own.PseudoCount)
        {
            Period = new Period(pane.Start(first), pane.End(first + readings.Count - 1)),
            Excluded = excluded,
            EventsPerPane = own.EventsPerPane,
            MeanEvents = own.MeanEvents,
        };
        return Calibrator.Calibrate(
            spec, reference, [new MeasuredWindow([.. kept.Skip(length - 1)], WithinFactor: 1)], readings.Count)[0];
    }

    // The file may write the same length in another unit.
    private static string? KeyOf(TimeSpan window, IReadOnlyDictionary<string, WindowCalibration> written) =>
        written.Keys.FirstOrDefault(key => Duration.TryParse(key, out var length) && length.Span == window);

    private sealed record Target(string Written, string Path, ReferenceFile File, bool IsSegmented)
    {
        public Dictionary<string, Course> Series { get; } = []; // by segment
    }

    private sealed record Course(long First, List<double>[] Readings)
    {
        public int Panes => Readings[0].Count;
    }
}
