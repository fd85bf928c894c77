using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Windows;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.References;
using DriftMonitor.Telemetry;

namespace DriftMonitor.Options;

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
        faults.AddRange(OptionsValidation.Validate(options, needs).Where(fault => !known.Any(earlier => IsAbout(earlier.Path, fault.Path))));
        var warnings = new List<Fault>();
        var references = new PlannedReference?[options.Monitors.Count];
        if (needs.HasFlag(Needs.References))
        {
            foreach (var (index, monitor) in options.Monitors.Index())
            {
                references[index] = PlanReference(monitor, folder, OptionsValidation.PathOf(index), faults, warnings);
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

    /// <summary>The calibration of a window, however the file writes its length; null where there is none.</summary>
    public static WindowCalibration? Find(IReadOnlyDictionary<string, WindowCalibration> calibrations, TimeSpan window) =>
        calibrations.FirstOrDefault(calibration => Duration.TryParse(calibration.Key, out var length) && length.Span == window).Value;

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

        var calibrations = Calibrations(monitor, reference)
            .SelectMany(series => monitor.Windows.Select(window => (series.Segment, Window: window, Calibration: Find(series.Calibration, window.Span)))).ToList();
        if (calibrations.FindAll(window => window.Calibration is null or { Kind: CalibrationKind.Independent }) is [var (segment, window, simulated), ..] all)
        {
            var others = all.Select(other => other.Segment).Distinct().Count() - 1;
            var which = segment is null ? "" : $" for the segment {Fault.Quote(segment)}{(others > 0 ? FormattableString.Invariant($" and {others} others") : "")}";
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

    // What the monitor's alerts rest on: the segments' calibrations, or the one of all where there are none.
    private static IEnumerable<(string? Segment, IReadOnlyDictionary<string, WindowCalibration> Calibration)> Calibrations(MonitorOptions monitor, ReferenceFile reference) =>
        monitor.SegmentBy is null || reference.Segments.Count == 0
            ? [(null, reference.Calibration)]
            : reference.Segments.Select(segment => ((string?)segment.Key, segment.Value.Calibration));

    private static bool IsAbout(string path, string other) =>
        path.Equals(other, StringComparison.OrdinalIgnoreCase)
        || path.StartsWith(other + ":", StringComparison.OrdinalIgnoreCase)
        || other.StartsWith(path + ":", StringComparison.OrdinalIgnoreCase);

    private static PlannedReference? PlanReference(MonitorOptions monitor, string folder, string monitorPath, List<Fault> faults, List<Fault> warnings)
    {
        var options = monitor.Reference;
        var known = faults.Count;
        var planned = new PlannedReference(options.Kind, options, monitor.PseudoCount);
        switch (options.Kind)
        {
            case ReferenceKind.Inline:
            case ReferenceKind.Parametric:
                planned = planned with { Truth = ConfiguredDistribution.Truth(monitor) };
                RefuseMeasures(monitor, planned.Truth?.Binning, "the reference", monitorPath, faults);
                WarnOfMassOutside(planned.Truth, monitorPath, warnings);
                return planned.Truth is null ? null : planned; // told by the rules
            case ReferenceKind.First when options.File is { } kept && !File.Exists(Path.GetFullPath(kept, folder)):
                planned = planned with { Binning = ConfiguredDistribution.Bins(options), KeepAt = Path.GetFullPath(kept, folder) };
                WarnOfUnwritable(planned.KeepAt, monitorPath, warnings);
                RefuseMeasures(monitor, planned.Binning, "the reference", monitorPath, faults);
                return planned.Binning is null ? null : planned;
        }

        if (planned.CalibratesItself && options.File is null)
        {
            planned = planned with { Binning = ConfiguredDistribution.Bins(options) };
            RefuseMeasures(monitor, planned.Binning, "the reference", monitorPath, faults);
            return planned.Binning is null ? null : planned;
        }

        var file = ReadReference(monitor, folder, monitorPath, planned.CalibratesItself, faults, warnings);
        if (file is not null && options.Kind == ReferenceKind.HourOfWeek && file.HourOfWeek is null)
        {
            faults.Add(new Fault($"{monitorPath}:Reference:File", $"has no hours of the week: build it again with `driftmonitor reference build`, which makes them for a monitor of this kind"));
        }

        return file is null || faults.Count > known ? null : planned with { File = file };
    }

    private static void WarnOfMassOutside(Reference? truth, string monitorPath, List<Fault> warnings)
    {
        if (truth?.Binning is NumericBinning binning && truth.Smoothed[binning.Below] + truth.Smoothed[binning.Above] is var outside and > 0.5)
        {
            warnings.Add(new Fault($"{monitorPath}:Reference:Edges", FormattableString.Invariant($"leave {outside:0.#%} of the distribution outside, where windows differ by nothing but the side: widen them")));
        }
    }

    // What is learned over days must not turn out at their end to have no place.
    private static void WarnOfUnwritable(string path, string monitorPath, List<Fault> warnings)
    {
        try
        {
            ReferenceFile.EnsureWritable(path);
        }
        catch (ReferenceException e)
        {
            warnings.Add(new Fault($"{monitorPath}:Reference:File", $"is to keep what is learned, which a restart would forget: {e.Message}"));
        }
    }

    private static void RefuseMeasures(MonitorOptions monitor, FieldBinning? binning, string whose, string monitorPath, List<Fault> faults)
    {
        foreach (var (index, measure) in monitor.Measures.Index())
        {
            if (binning is CategoricalBinning && MeasureNames.Parse(measure) is { } parsed && parsed.Any(one => one.NeedsNumbers))
            {
                faults.Add(new Fault(
                    FormattableString.Invariant($"{monitorPath}:Measures:{index}"), $"is {measure}, for bins along an axis, and {whose} has categories: leave it out"));
            }
        }
    }

    private static ReferenceFile? ReadReference(MonitorOptions monitor, string folder, string monitorPath, bool forBinsAlone, List<Fault> faults, List<Fault> warnings)
    {
        var path = $"{monitorPath}:Reference:File";
        if (string.IsNullOrWhiteSpace(monitor.Reference.File))
        {
            return null; // told by the rules
        }

        ReferenceFile reference;
        try
        {
            reference = ReferenceFile.Read(Path.GetFullPath(monitor.Reference.File, folder), monitor.PseudoCount);
        }
        catch (ReferenceException e)
        {
            faults.Add(new Fault(path, $"names no good reference: {e.Message}"));
            return null;
        }

        if (reference.Field != monitor.Field && !faults.Exists(fault => IsAbout(fault.Path, $"{monitorPath}:Field")))
        {
            faults.Add(new Fault(
                path, $"is of the field \"{reference.Field}\", and the monitor \"{monitor.Name}\" watches \"{monitor.Field}\": name a reference of that field, or build one with `driftmonitor reference build`"));
        }

        RefuseMeasures(monitor, reference.Reference.Binning, monitor.Reference.File, monitorPath, faults);
        if (forBinsAlone)
        {
            return reference;
        }

        foreach (var window in monitor.Windows)
        {
            // Of many segments that lack a window, one tells all.
            var lacking = Calibrations(monitor, reference).FirstOrDefault(series => series.Calibration.Count > 0 && Find(series.Calibration, window.Span) is null);
            if (lacking.Calibration is not null)
            {
                faults.Add(new Fault(
                    path, $"has calibrations of {string.Join(", ", lacking.Calibration.Keys)}{(lacking.Segment is { } of ? $" for the segment {Fault.Quote(of)}" : "")}, and the monitor \"{monitor.Name}\" has the window {window}: build it again with `driftmonitor reference build`"));
            }
        }

        if (monitor.Pane is { } ours && reference.Pane is { } theirs && ours.Span != theirs)
        {
            faults.Add(new Fault(path, $"was built in panes of {new Duration(theirs)}, in which its calibration counts, and the monitor \"{monitor.Name}\" has panes of {ours}: build it again with `driftmonitor reference build`"));
        }

        if (monitor.SegmentBy is { } segmentBy && reference.Segments.Count == 0)
        {
            warnings.Add(new Fault(path, $"has no segments, and the monitor \"{monitor.Name}\" is segmented by \"{segmentBy}\": every segment is compared with all events together, and none raises an alert; build it again with `driftmonitor reference build`"));
        }
        else if (monitor.SegmentBy is { } by && reference.SegmentBy is { } built && by != built)
        {
            faults.Add(new Fault(path, $"has segments by \"{built}\", and the monitor \"{monitor.Name}\" is segmented by \"{by}\": build it again with `driftmonitor reference build`"));
        }

        if (monitor.Reference.Kind == ReferenceKind.First && ConfiguredDistribution.Bins(monitor.Reference) is { } binning && !binning.IsSameAs(reference.Reference.Binning))
        {
            warnings.Add(new Fault(path, $"was learned in other bins than {(monitor.Reference.Edges is null ? "Categories" : "Edges")}, and its own count: remove the file to learn anew"));
        }

        if (monitor.Pane is { } pane && pane.Span > TimeSpan.Zero && reference.Reference.Period is { } period
            && new PaneGrid(pane.Span) is var panes && !(panes.IsAligned(period.From) && panes.IsAligned(period.To)))
        {
            warnings.Add(new Fault(path, $"is of {period.From} to {period.To}, which are not both starts of panes of {pane}: windows across its ends hold some of its events and do not count as its own; build it again with that Pane"));
        }

        return reference;
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
