using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
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
/// <param name="PseudoCount">α of the reference's smoothing.</param>
/// <param name="Reference">What windows are compared with; null where none is needed.</param>
internal sealed record PlannedMonitor(MonitorSpec Spec, string Topic, FieldPath Field, FieldPath? EventTime, double PseudoCount, ReferenceFile? Reference)
{
    /// <summary>A monitor before its first event; a new one each time.</summary>
    public MonitorBinding Bind()
    {
        var file = Reference ?? throw new InvalidOperationException($"the monitor {Spec.Name} was planned without its reference");
        return new MonitorBinding(new FieldMonitor(Spec, file.Reference, CalibrationOf(file)), Topic, Field, EventTime);
    }

    /// <summary>Each window's calibration: the file's, or, where the file has none, simulated from the reference.</summary>
    public IReadOnlyList<WindowCalibration> CalibrationOf(ReferenceFile file) => file.Calibration.Count == 0
        ? Calibrator.Calibrate(Spec, file.Reference, course: null)
        : [.. Spec.Windows.Select(window => MonitorPlan.Find(file, window.Length) ?? throw new InvalidOperationException($"the reference of {Spec.Name} has no calibration for {window.Label}"))];
}

/// <summary>What a configuration amounts to: the monitors that run, or every fault that keeps them from it.</summary>
/// <param name="Options">The options as far as they could be read.</param>
/// <param name="Monitors">The monitors in their configured order; none where there is a fault.</param>
/// <param name="Faults">What is wrong.</param>
/// <param name="Warnings">What works, and is likely not meant.</param>
internal sealed record MonitorPlan(DriftMonitorOptions Options, IReadOnlyList<PlannedMonitor> Monitors, IReadOnlyList<Fault> Faults, IReadOnlyList<Fault> Warnings)
{
    private const double MostReach = 10;

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
        var references = new ReferenceFile?[options.Monitors.Count];
        if (needs.HasFlag(Needs.References))
        {
            foreach (var (index, monitor) in options.Monitors.Index())
            {
                references[index] = ReadReference(monitor, folder, OptionsValidation.PathOf(index), faults, warnings);
            }
        }

        if (faults.Count > 0)
        {
            return new MonitorPlan(options, [], faults, warnings);
        }

        var series = options.Monitors.Count(monitor => monitor.Alert?.FalseAlarmEvery is not null);
        foreach (var (index, monitor) in options.Monitors.Index())
        {
            WarnOfReach(monitor, references[index], series, $"{OptionsValidation.PathOf(index)}:Alert:FalseAlarmEvery", warnings);
        }

        return new MonitorPlan(options, [.. options.Monitors.Zip(references, (monitor, reference) => Plan(monitor, reference, series))], faults, warnings);
    }

    /// <summary>A file's calibration for a window, however the file writes its length; null where it has none.</summary>
    public static WindowCalibration? Find(ReferenceFile file, TimeSpan window) =>
        file.Calibration.FirstOrDefault(calibration => Duration.TryParse(calibration.Key, out var length) && length.Span == window).Value;

    // The promise is read off the reference's own tail: the further it reaches beyond what the reference has seen, the more it leans on the tail's shape.
    private static void WarnOfReach(MonitorOptions monitor, ReferenceFile? reference, int series, string path, List<Fault> warnings)
    {
        if (reference is null || monitor.Alert?.FalseAlarmEvery is not { } every)
        {
            return;
        }

        var calibrations = monitor.Windows.Select(window => (Window: window, Calibration: Find(reference, window.Span))).ToList();
        if (calibrations.Exists(window => window.Calibration is null or { Kind: CalibrationKind.Independent }))
        {
            warnings.Add(new Fault(path, $"rests on simulated independent events, as {monitor.Reference.File} has no course of its own to learn from, or too short a one: a real stream fluctuates more, and alarms will come more often; build the reference from events of a longer time"));
            return;
        }

        var (shortest, calibration) = calibrations.MinBy(window => window.Calibration!.SpanPanes);
        var span = calibration!.SpanPanes * monitor.Pane!.Value.Span;
        var reach = every.Span * series / span;
        if (reach > MostReach)
        {
            warnings.Add(new Fault(path, FormattableString.Invariant(
                $"is {every}, shared by {series} monitors: that is {reach:0} times the {span.TotalDays:0.#} days that the calibration of the window {shortest} rests on; the promise leans on the tail's shape, so build the reference from a longer period")));
        }
    }

    private static bool IsAbout(string path, string other) =>
        path.Equals(other, StringComparison.OrdinalIgnoreCase)
        || path.StartsWith(other + ":", StringComparison.OrdinalIgnoreCase)
        || other.StartsWith(path + ":", StringComparison.OrdinalIgnoreCase);

    private static ReferenceFile? ReadReference(MonitorOptions monitor, string folder, string monitorPath, List<Fault> faults, List<Fault> warnings)
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
            faults.Add(new Fault(path, $"cannot be used: {e.Message}"));
            return null;
        }

        if (reference.Field != monitor.Field && !faults.Exists(fault => IsAbout(fault.Path, $"{monitorPath}:Field")))
        {
            faults.Add(new Fault(
                path, $"is of the field \"{reference.Field}\", and the monitor \"{monitor.Name}\" watches \"{monitor.Field}\": name a reference of that field, or build one with `driftmonitor reference build`"));
        }

        foreach (var (index, measure) in monitor.Measures.Index())
        {
            if (reference.Reference.Binning is CategoricalBinning && MeasureNames.Parse(measure) is { } parsed && parsed.Any(one => one.NeedsNumbers))
            {
                faults.Add(new Fault(
                    FormattableString.Invariant($"{monitorPath}:Measures:{index}"), $"is {measure}, for bins along an axis, and {monitor.Reference.File} has categories: leave it out"));
            }
        }

        if (reference.Calibration.Count > 0)
        {
            foreach (var window in monitor.Windows.Where(window => Find(reference, window.Span) is null))
            {
                faults.Add(new Fault(
                    path, $"has calibrations of {string.Join(", ", reference.Calibration.Keys)}, and the monitor \"{monitor.Name}\" has the window {window}: build it again with `driftmonitor reference build`"));
            }
        }

        // A reference brings its own bins; were a monitor to ask for others, the two would be compared here.
        if (monitor.Pane is { } pane && pane.Span > TimeSpan.Zero && reference.Reference.Period is { } period
            && new PaneGrid(pane.Span) is var panes && !(panes.IsAligned(period.From) && panes.IsAligned(period.To)))
        {
            warnings.Add(new Fault(path, $"is of {period.From} to {period.To}, which are not both starts of panes of {pane}: windows across its ends hold some of its events and do not count as its own; build it again with that Pane"));
        }

        return reference;
    }

    private static PlannedMonitor Plan(MonitorOptions monitor, ReferenceFile? reference, int series)
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
            Measures = [.. monitor.Measures.SelectMany(measure => MeasureNames.Parse(measure)!)],
            Rule = rule,
            Timing = timing,
        };
        return new PlannedMonitor(
            spec, monitor.Topic, FieldPath.Parse(monitor.Field), monitor.EventTime is { } time ? FieldPath.Parse(time) : null, monitor.PseudoCount, reference);
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
                return (new FalseAlarmRate(every.Span.TotalSeconds * series, alert.MinimumDivergence), new AlertTiming(hold, (int)shortest));
            case var alert:
                var fireAbove = alert.FireAbove!.Value;
                return (new FixedThreshold(alert.Window is { } window ? monitor.Windows.IndexOf(window) : 0, fireAbove, alert.ResolveBelow ?? fireAbove), new AlertTiming(hold));
        }
    }
}
