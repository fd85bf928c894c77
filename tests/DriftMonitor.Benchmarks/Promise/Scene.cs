using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Benchmarks.Promise;

/// <summary>A monitor whose reference was recorded from a stream of pane counts and calibrated as <c>reference build</c> does it.</summary>
internal sealed class Scene
{
    private static readonly PaneGrid Pane = new(TimeSpan.FromHours(1));

    private const int ManyClusters = 40;
    private const int FewClusters = 4;

    /// <summary>
    /// A proposal for the tail's threshold. Above 95 % too, where the reference is long enough for 40 clusters: the tail of a χ² falls the more steeply the further out one looks, and an exponential
    /// fitted from its 95 % quantile on overstates it. And where no level has 8 clusters, 4 will do, as the predictive knows how few they are: the alternative, a simulated tail of independent events
    /// scaled by a dispersion, is far too light for bursts and for slow fluctuations.
    /// </summary>
    private static readonly IReadOnlyList<(double, int)> ProposedLevels =
    [
        .. new[] { 0.9995, 0.999, 0.998, 0.995, 0.99, 0.98 }.Select(level => (level, ManyClusters)),
        .. Tail.Levels,
        .. Tail.Levels.Select(level => (level.Level, FewClusters)),
    ];

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

    /// <summary>The calibration with the tails as proposed.</summary>
    public IReadOnlyList<WindowCalibration> Proposed()
    {
        var readings = Calibrator.Measure(Spec, Reference, _course!);
        return
        [
            .. Calibration.Zip(readings, Spec.WindowPanes).Select(window => Tail.Fit(window.Second, window.Third, ProposedLevels) is { } tail
                ? window.First with { Kind = CalibrationKind.Measured, Tail = tail, Dispersion = 1 }
                : window.First),
        ];
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

    private static CategoricalBinning BinningOf(int bins) => new([.. Enumerable.Range(0, bins).Select(bin => $"v{bin}")]);
}

/// <summary>The alarms of one live series: its real readings, the real rule, the real alert.</summary>
internal sealed class Alarms
{
    private readonly Scene _scene;
    private readonly Series _series;
    private readonly IReadOnlyList<WindowCalibration>? _proposed;
    private readonly FalseAlarmRate[] _rules;
    private readonly Alert[] _alerts;
    private readonly AlertTiming _timing;
    private long _pane;

    /// <summary>Alarms before the first live pane.</summary>
    /// <param name="firstPane">At or after the end of the reference.</param>
    /// <param name="promised">T, in panes; an alarm for each.</param>
    /// <param name="proposed">Another calibration: the same readings are judged by it too, by further alarms.</param>
    public Alarms(Scene scene, long firstPane, IReadOnlyList<double> promised, IReadOnlyList<WindowCalibration>? proposed = null)
    {
        _scene = scene;
        _series = new Series(scene.Spec, new CalibratedReference(scene.Reference, scene.Calibration));
        _proposed = proposed;
        _pane = firstPane;

        // No minimum divergence: it would silence most of what independent streams show, and so flatter the promise.
        _rules = [.. promised.Select(panes => new FalseAlarmRate(panes * scene.Spec.Pane.Length.TotalSeconds, SharedBy: 1, MinimumDivergenceNats: 0))];
        Fired = new int[promised.Count * (proposed is null ? 1 : 2)];
        FiringPanes = new int[Fired.Length];
        _alerts = [.. Fired.Select(_ => Alert.Initial)];
        _timing = new AlertTiming(TimeSpan.Zero, scene.Spec.WindowPanes.Min());
    }

    /// <summary>How often each alarm went from inactive to firing, those by the other calibration last.</summary>
    public int[] Fired { get; }

    /// <summary>At the end of how many panes each alarm was firing, in the same order: an alarm that never ends is one alarm, but all the panes.</summary>
    public int[] FiringPanes { get; }

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
        Judge(report.Readings, report.Time, 0);
        if (_proposed is not null)
        {
            Judge([.. report.Readings.Zip(_proposed, Rejudged)], report.Time, _rules.Length);
        }
    }

    private Reading Rejudged(Reading reading, WindowCalibration calibration) => reading.Measurement is { } measurement
        ? reading with { Measurement = calibration.Judged(measurement, _scene.Spec.Pane.Length) }
        : reading;

    private void Judge(IReadOnlyList<Reading> readings, EventTime time, int first)
    {
        for (var i = 0; i < _rules.Length; i++)
        {
            ref var alert = ref _alerts[first + i];
            var before = alert.State;
            alert = alert.After(_rules[i].Judge(readings), time, _timing);
            Fired[first + i] += before != AlertState.Firing && alert.State == AlertState.Firing ? 1 : 0;
            FiringPanes[first + i] += alert.State == AlertState.Firing ? 1 : 0;
        }
    }
}
