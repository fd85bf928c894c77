using System.Globalization;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Live;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Tests;

/// <summary>A scripted source, monitors, and the real pipeline between them, which the test runs step by step.</summary>
internal sealed class Scene
{
    private readonly Pipeline _pipeline;

    /// <summary>Creates a scene before its first event.</summary>
    public Scene(ScriptedSource source, params MonitorBinding[] monitors)
    {
        Source = source;
        Monitors = monitors;
        State = new LiveState(monitors, []);
        _pipeline = new Pipeline(source, monitors, TimeProvider.System, TimeSpan.FromHours(1), [State]);
    }

    /// <summary>The script, to which the test may add.</summary>
    public ScriptedSource Source { get; }

    /// <summary>The monitors, which only the scene advances.</summary>
    public IReadOnlyList<MonitorBinding> Monitors { get; }

    /// <summary>The published state.</summary>
    public LiveState State { get; }

    /// <summary>Plays the script to its end and publishes the result.</summary>
    public Live.Snapshot Play()
    {
        while (!Source.IsUsedUp)
        {
            _pipeline.Step(TimeSpan.Zero);
        }

        return Publish();
    }

    /// <summary>Publishes the state so far.</summary>
    public Live.Snapshot Publish()
    {
        State.Publish(_pipeline, Source);
        return State.Current;
    }

    /// <summary>A moment of event time, such as <c>2013-02-09T00:10Z</c>.</summary>
    public static EventTime At(string time) => EventTime.From(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture));

    /// <summary>
    /// A scene with eight events in the first of four bins, and one that closes their pane. The divergence is about ln 4, so the alert
    /// fires at once.
    /// </summary>
    public static Scene Drifted(string name = "delay") => new(
        new ScriptedSource().Partitions(1)
            .Events(8, 0, """{"x":5}""", At("2013-02-09T00:10Z"))
            .Event(0, """{"x":5}""", At("2013-02-09T01:30Z"))
            .CaughtUp(0),
        Watch(name, rule: new FixedThreshold(0, FireAboveNats: 0.3, ResolveBelowNats: 0.1)));

    /// <summary>
    /// A monitor as of <see cref="Watch"/> that is compared with everything so far, after a warm-up of one pane; with segments, values of
    /// the field <c>segment</c>, each of them is.
    /// </summary>
    public static MonitorBinding Grow(
        string name = "growing", bool isSegmented = false, GrowingState? state = null, int learn = 1, string field = "x")
    {
        var (spec, rules) = (Watch(name).Monitor.Spec, new GrowingRules(learn));
        var reference = new GrowingReference(spec, rules, state);
        var monitor = isSegmented
            ? new FieldMonitor(spec, rules, new Dictionary<string, GrowingState>())
            : new FieldMonitor(spec, reference, new GrowingCalibration(reference));
        return new MonitorBinding(
            monitor, "events", FieldPath.Parse(field), EventTime: null, isSegmented ? FieldPath.Parse("segment") : null);
    }

    /// <summary>
    /// A monitor at record time with panes of one hour, windows of one and two hours, and a minimum of one event. The reference has the
    /// same count in each of its four bins.
    /// </summary>
    public static MonitorBinding Watch(
        string name = "delay", string topic = "events", FieldBinning? binning = null, long[]? reference = null, AlertRule? rule = null,
        long minimumEvents = 1, string field = "x", TimeSpan? lateness = null, Period? period = null, Measure[]? measures = null,
        string[]? segments = null, bool isCalibrated = false, double maxRejected = 0.2, int mostSegments = 10_000,
        bool countsWords = false)
    {
        binning ??= new NumericBinning([0, 10, 20, 30, 40]);
        var counts = new long[binning.Count];
        (reference ?? [.. Enumerable.Repeat(100L, binning.Regular)]).CopyTo(counts, 0);
        var spec = new MonitorSpec
        {
            Name = name,
            Pane = new PaneGrid(TimeSpan.FromHours(1)),
            Windows = [new WindowSpec(TimeSpan.FromHours(1), "60m"), new WindowSpec(TimeSpan.FromHours(2), "2h")],
            AllowedLateness = lateness ?? TimeSpan.Zero,
            MinimumEvents = minimumEvents,
            MaxRejected = maxRejected,
            Measures = measures ?? [],
            Rule = rule,
            CountsWords = countsWords,
        };
        // Segments are values of the field `segment`. Each of the given ones has the reference of the whole.
        var distribution = new Reference(binning, counts) { Period = period };
        var whole = new CalibratedReference(distribution, isCalibrated ? Calibrator.Calibrate(spec, distribution, course: null) : null);
        spec = spec with { MostSegments = mostSegments };
        var monitor = segments is null
            ? new FieldMonitor(spec, whole)
            : new FieldMonitor(spec, whole, segments.ToDictionary(segment => segment, _ => whole));
        var segmentBy = segments is null ? null : FieldPath.Parse("segment");
        return new MonitorBinding(monitor, topic, FieldPath.Parse(field), EventTime: null, segmentBy)
        {
            DerivedFrom = countsWords ? FieldPath.Parse(field) : null,
            Words = countsWords ? WordCase.Lower : null,
        };
    }
}
