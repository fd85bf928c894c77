using DriftMonitor.Core;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Benchmarks.Promise;

/// <summary>A monitor whose reference was recorded from a stream of pane counts and calibrated as <c>reference build</c> does it.</summary>
internal sealed class Scene
{
    private static readonly PaneGrid Pane = new(TimeSpan.FromHours(1));

    /// <summary>
    /// A proposal: thresholds above 95 % too, where the reference is long enough for 40 clusters above them. The tail of a χ² falls the more steeply the further out one looks, and an exponential
    /// fitted from its 95 % quantile on overstates it.
    /// </summary>
    private static readonly IReadOnlyList<(double, int)> HigherLevels = [.. new[] { 0.9995, 0.999, 0.998, 0.995, 0.99, 0.98 }.Select(level => (level, 40)), .. Tail.Levels];

    private readonly long[][]? _course;

    private Scene(MonitorSpec spec, Reference reference, IReadOnlyList<WindowCalibration> calibration, long[][]? course = null)
    {
        _course = course;
        Spec = spec;
        Reference = reference;
        Calibration = calibration;
    }

    public MonitorSpec Spec { get; }

    public Reference Reference { get; }

    public IReadOnlyList<WindowCalibration> Calibration { get; }

    // Without an alarm: Alarms judges the readings.
    private static MonitorSpec SpecOf(IReadOnlyList<int> windows) => new()
    {
        Name = "promise",
        Pane = Pane,
        MinimumEvents = 20, // fewer than by default: the calibration knows what noise few events have
        Windows = [.. windows.Select(panes => new WindowSpec(panes * Pane.Length, $"{panes}h"))],
    };

    /// <summary>Records a reference from the panes 0 to <paramref name="panes"/> of a stream.</summary>
    /// <param name="next">The counts of the next pane.</param>
    public static Scene Record(IReadOnlyList<int> windows, int panes, int bins, Func<long[]> next)
    {
        var spec = SpecOf(windows);
        var binning = BinningOf(bins);
        var course = new long[panes][];
        var counts = new long[binning.Count];
        for (var pane = 0; pane < panes; pane++)
        {
            course[pane] = new long[binning.Count];
            next().CopyTo(course[pane], 0);
            for (var bin = 0; bin < bins; bin++)
            {
                counts[bin] += course[pane][bin];
            }
        }

        var events = Array.ConvertAll(course, pane => pane.Sum());
        var longest = windows.Max();
        var reference = new Reference(binning, counts)
        {
            Period = new Period(Pane.Start(0), Pane.Start(panes)),
            EventsPerPane = events.Average(),
            MeanEvents = panes < longest ? null : Enumerable.Range(0, panes - longest + 1).Average(first => events.AsSpan(first, longest).ToArray().Sum()),
        };
        return new Scene(spec, reference, Calibrator.Calibrate(spec, reference, course), course);
    }

    /// <summary>The same with the tails as proposed.</summary>
    public Scene WithHigherLevels()
    {
        var readings = Calibrator.Measure(Spec, Reference, _course!);
        return new Scene(Spec, Reference, [.. Calibration.Zip(readings, Spec.WindowPanes).Select(window =>
            window.First.Kind == CalibrationKind.Measured ? window.First with { Tail = Tail.Fit(window.Second, window.Third, HigherLevels)! } : window.First)]);
    }

    /// <summary>A reference that knows its counts only.</summary>
    public static Scene OfCounts(IReadOnlyList<int> windows, ReadOnlySpan<long> counts, double eventsPerPane)
    {
        var spec = SpecOf(windows);
        var binning = BinningOf(counts.Length);
        var all = new long[binning.Count];
        counts.CopyTo(all);
        var reference = new Reference(binning, all) { EventsPerPane = eventsPerPane };
        return new Scene(spec, reference, Calibrator.Calibrate(spec, reference, course: null));
    }

    /// <summary>A live series with an alarm for each promised time, all over the same readings.</summary>
    /// <param name="firstPane">At or after the end of the reference.</param>
    /// <param name="promised">T, in panes, one for each alarm.</param>
    public Alarms Live(long firstPane, params double[] promised) => new(this, firstPane, promised);

    private static CategoricalBinning BinningOf(int bins) => new([.. Enumerable.Range(0, bins).Select(bin => $"v{bin}")]);
}

/// <summary>The alarms of one live series: its real readings, the real rule, the real alert.</summary>
internal sealed class Alarms
{
    private readonly Series _series;
    private readonly FalseAlarmRate[] _rules;
    private readonly Alert[] _alerts;
    private readonly AlertTiming _timing;
    private long _pane;

    public Alarms(Scene scene, long firstPane, IReadOnlyList<double> promised)
    {
        _series = new Series(scene.Spec, scene.Reference, scene.Calibration, segment: "");
        _pane = firstPane;

        // No minimum divergence: it would silence most of what independent streams show, and so flatter the promise.
        _rules = [.. promised.Select(panes => new FalseAlarmRate(panes * scene.Spec.Pane.Length.TotalSeconds, MinimumDivergenceNats: 0))];
        _alerts = [.. promised.Select(_ => Alert.Initial)];
        _timing = new AlertTiming(TimeSpan.Zero, scene.Spec.WindowPanes.Min());
        Fired = new int[promised.Count];
    }

    /// <summary>How often each alarm went from inactive to firing.</summary>
    public int[] Fired { get; }

    /// <summary>Counts a pane and closes it.</summary>
    public void Close(ReadOnlySpan<long> counts)
    {
        for (var bin = 0; bin < counts.Length; bin++)
        {
            if (counts[bin] > 0)
            {
                _series.Add(_pane, bin, counts[bin]);
            }
        }

        var report = _series.Close(_pane++);
        for (var i = 0; i < _alerts.Length; i++)
        {
            var before = _alerts[i];
            _alerts[i] = before.After(_rules[i].Judge(report.Readings), report.Time, _timing);
            Fired[i] += before.State != AlertState.Firing && _alerts[i].State == AlertState.Firing ? 1 : 0;
        }
    }
}
