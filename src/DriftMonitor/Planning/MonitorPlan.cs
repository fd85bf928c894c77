using DriftMonitor.Configuration;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Planning;

/// <summary>A monitor that can run: validated, its reference read.</summary>
/// <param name="Spec">How events are windowed, and what fires the alert.</param>
/// <param name="Topic">The topic that it reads; empty where none is needed.</param>
/// <param name="Field">The field that it watches.</param>
/// <param name="EventTime">The field of the event time; null for the record's own time.</param>
/// <param name="SegmentBy">The field of the segments; null for none.</param>
/// <param name="PseudoCount">α of the reference's smoothing.</param>
/// <param name="Reference">What windows are compared with; null where none is needed.</param>
internal sealed record PlannedMonitor(
    MonitorSpec Spec, string Topic, FieldPath Field, FieldPath? EventTime, FieldPath? SegmentBy, double PseudoCount, PlannedReference? Reference)
{
    /// <summary>Whether windows are compared with the same hours of the week.</summary>
    public bool ByHourOfWeek { get; init; }

    /// <summary>The topics that it reads: its own, and that of its reference.</summary>
    public IEnumerable<string> Topics => Reference is { Kind: ReferenceKind.Topic, Options.Topic: { } other } ? [Topic, other] : [Topic];

    /// <summary>A monitor before its first event; a new one each time.</summary>
    public MonitorBinding Bind()
    {
        var reference = Reference ?? throw new InvalidOperationException($"the monitor {Spec.Name} was planned without its reference");
        return new MonitorBinding(reference.Monitor(Spec, SegmentBy is not null), Topic, Field, EventTime, SegmentBy)
        {
            ReferenceField = reference.Kind is ReferenceKind.Field or ReferenceKind.Topic && reference.Options.Field is { } field ? FieldPath.Parse(field) : null,
            ReferenceTopic = reference.Kind == ReferenceKind.Topic ? reference.Options.Topic : null,
        };
    }
}

/// <summary>What a configuration amounts to: the monitors that run, or every fault that keeps them from it.</summary>
/// <param name="Options">The options as far as they could be read.</param>
/// <param name="Monitors">The monitors in their configured order; none where there is a fault.</param>
/// <param name="Faults">What is wrong.</param>
/// <param name="Warnings">What works, and is likely not meant.</param>
internal sealed record MonitorPlan(DriftMonitorOptions Options, IReadOnlyList<PlannedMonitor> Monitors, IReadOnlyList<Fault> Faults, IReadOnlyList<Fault> Warnings)
{
    /// <summary>How many times beyond its calibration a promise may reach before that is warned of.</summary>
    public const double MostReach = 10;

    /// <summary>Reads, checks and plans a configuration file, and the environment on top of it.</summary>
    /// <param name="path">The file; relative paths in it start at its folder.</param>
    /// <param name="environment">Environment variables, of which those beginning <c>DriftMonitor__</c> count.</param>
    /// <param name="needs">What the verb needs of it.</param>
    public static MonitorPlan Load(string path, IEnumerable<KeyValuePair<string, string?>> environment, Needs needs)
    {
        var (configuration, fileFaults) = ConfigurationFile.Load(path, environment);
        if (configuration is null)
        {
            return new MonitorPlan(new DriftMonitorOptions(), [], fileFaults, []);
        }

        var (options, readFaults) = OptionsReader.Read(configuration);
        var known = fileFaults.Concat(readFaults).ToList();
        return Make(options, Path.GetDirectoryName(Path.GetFullPath(path))!, needs, known);
    }

    /// <summary>Checks options and plans what they ask for.</summary>
    /// <param name="options">The options.</param>
    /// <param name="folder">Where relative paths start.</param>
    /// <param name="needs">What the verb needs.</param>
    /// <param name="known">Faults that reading the options has brought up: what a rule says of the same places only follows from them, and is not told.</param>
    public static MonitorPlan Make(DriftMonitorOptions options, string folder, Needs needs, IReadOnlyList<Fault> known)
    {
        var faults = new List<Fault>(known);
        faults.AddRange(OptionsValidation.Validate(options, needs).Where(fault => !known.Any(earlier => earlier.IsAbout(fault.Path))));
        var warnings = new List<Fault>();
        var references = new PlannedReference?[options.Monitors.Count];
        if (needs.HasFlag(Needs.References))
        {
            foreach (var (index, monitor) in options.Monitors.Index())
            {
                references[index] = new ReferencePlanning(monitor, folder, OptionsValidation.PathOf(index), faults, warnings).Plan();
            }
        }

        if (faults.Count > 0)
        {
            return new MonitorPlan(options, [], faults, warnings);
        }

        // The promise is for the fleet: every series that can raise a false alarm shares it.
        var series = options.Monitors.Zip(references, (monitor, reference) => monitor.Alert?.FalseAlarmEvery is null ? 0 : SeriesOf(monitor, reference?.File)).Sum();
        foreach (var (index, monitor) in options.Monitors.Index())
        {
            WarnOfReach(monitor, references[index], series, $"{OptionsValidation.PathOf(index)}:Alert:FalseAlarmEvery", warnings);
        }

        return new MonitorPlan(options, [.. options.Monitors.Zip(references, (monitor, reference) => Plan(monitor, reference, series))], faults, warnings);
    }

    // Segments that the reference does not know raise no alarm.
    private static int SeriesOf(MonitorOptions monitor, ReferenceFile? reference) => monitor.SegmentBy is null || reference is null ? 1 : Math.Max(1, reference.Segments.Count);

    // The promise is read off the reference's own tail: the further it reaches beyond what the reference has seen, the more it leans on the tail's shape.
    private static void WarnOfReach(MonitorOptions monitor, PlannedReference? planned, int series, string path, List<Fault> warnings)
    {
        if (planned is null || monitor.Alert?.FalseAlarmEvery is not { } every)
        {
            return;
        }

        if (planned.Truth is not null)
        {
            warnings.Add(new Fault(path, "rests on simulated independent events, as a distribution that is given has no course to learn from: a real stream fluctuates more, and alarms will come more often; build a reference from events"));
            return;
        }

        if (planned.CalibratesItself || planned.File is not { } reference)
        {
            var learned = planned.CalibratesItself ? new Duration(planned.CalibrateOver(monitor.Pane!.Value.Span)) : monitor.Reference.Over;
            if (learned is { } over && every.Span.TotalDays * series is var shared && shared > MostReach * over.Span.TotalDays)
            {
                warnings.Add(new Fault(path, FormattableString.Invariant(
                    $"is {every}, shared by {series} series: that is {shared / over.Span.TotalDays:0} times the {over} that the monitor calibrates itself on; the promise leans on the tail's shape, so learn from a longer time")));
            }

            return;
        }

        var calibrations = ReferencePlanning.Calibrations(monitor, reference)
            .SelectMany(series => monitor.Windows.Select(window => (series.Segment, Window: window, Calibration: PlannedReference.Find(series.Calibration, window.Span)))).ToList();
        if (calibrations.FindAll(window => window.Calibration is null or { Kind: CalibrationKind.Independent }) is [var (segment, window, simulated), ..] all)
        {
            var others = all.Select(other => other.Segment).Distinct().Count() - 1;
            var which = segment is null ? "" : $" for the segment {Phrases.Quote(segment)}{(others > 0 ? FormattableString.Invariant($" and {others} others") : "")}";
            var why = simulated is null || reference.Reference.Period is null ? "has no course of its own to learn from" : $"is too short to learn from over {window}";
            warnings.Add(new Fault(path, $"rests on simulated independent events{which}, as {monitor.Reference.File} {why}: a real stream fluctuates more, and alarms will come more often; build the reference from {(simulated is null ? "events" : "a longer period")}"));
            return;
        }

        var (_, shortest, calibration) = calibrations.MinBy(window => window.Calibration!.SpanPanes);
        var span = calibration!.SpanPanes * monitor.Pane!.Value.Span;
        var reach = every.Span.TotalDays * series / span.TotalDays;
        if (reach > MostReach)
        {
            warnings.Add(new Fault(path, FormattableString.Invariant(
                $"is {every}, shared by {series} series: that is {reach:0} times the {span.TotalDays:0.#} {(Math.Abs(span.TotalDays - 1) < 0.05 ? "day" : "days")} that the calibration of the window {shortest} rests on; the promise leans on the tail's shape, so build the reference from a longer period")));
        }
    }

    private static PlannedMonitor Plan(MonitorOptions monitor, PlannedReference? reference, int series)
    {
        var (rule, timing) = RuleOf(monitor, series);
        var spec = new MonitorSpec
        {
            Name = monitor.Name,
            Pane = new PaneGrid(monitor.Pane!.Value.Span),
            Windows = [.. monitor.Windows.Select(window => new WindowSpec(window.Span, window.ToString()))],
            AllowedLateness = monitor.AllowedLateness.Span,
            MaxAhead = monitor.MaxAhead.Span,
            MinimumEvents = monitor.MinimumEvents,
            MostSegments = monitor.MaxSegments,
            Measures = [.. monitor.Measures.SelectMany(measure => MeasureNames.Parse(measure)!)],
            Rule = rule,
            Timing = timing,
        };
        return new PlannedMonitor(
            spec, monitor.Topic, FieldPath.Parse(monitor.Field), monitor.EventTime is { } time ? FieldPath.Parse(time) : null,
            monitor.SegmentBy is { } segment ? FieldPath.Parse(segment) : null, monitor.PseudoCount, reference)
        {
            ByHourOfWeek = monitor.Reference.Kind == ReferenceKind.HourOfWeek,
        };
    }

    private static (AlertRule? Rule, AlertTiming Timing) RuleOf(MonitorOptions monitor, int series)
    {
        var hold = monitor.Alert?.Hold.Span ?? TimeSpan.Zero;
        switch (monitor.Alert)
        {
            case null:
                return (null, new AlertTiming(hold));
            case { FalseAlarmEvery: { } every } alert:
                var shortest = monitor.Windows.Min(window => window.Span).Ticks / monitor.Pane!.Value.Span.Ticks;
                return (new FalseAlarmRate(every.Span.TotalSeconds, series, alert.MinimumDivergence), new AlertTiming(hold, (int)shortest));
            case var alert:
                var fireAbove = alert.FireAbove!.Value;
                return (new FixedThreshold(alert.Window is { } window ? monitor.Windows.IndexOf(window) : 0, fireAbove, alert.ResolveBelow ?? fireAbove), new AlertTiming(hold));
        }
    }
}
