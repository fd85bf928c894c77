using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Windows;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.References;

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
    public MonitorBinding Bind() => new(
        new FieldMonitor(Spec, (Reference ?? throw new InvalidOperationException($"the monitor {Spec.Name} was planned without its reference")).Reference), Topic, Field, EventTime);
}

/// <summary>What a configuration amounts to: the monitors that run, or every fault that keeps them from it.</summary>
/// <param name="Options">The options as far as they could be read.</param>
/// <param name="Monitors">The monitors in their configured order; none where there is a fault.</param>
/// <param name="Faults">What is wrong.</param>
/// <param name="Warnings">What works, and is likely not meant.</param>
internal sealed record MonitorPlan(DriftMonitorOptions Options, IReadOnlyList<PlannedMonitor> Monitors, IReadOnlyList<Fault> Faults, IReadOnlyList<Fault> Warnings)
{
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

        return new MonitorPlan(options, faults.Count > 0 ? [] : [.. options.Monitors.Zip(references, Plan)], faults, warnings);
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

        // A reference brings its own bins; were a monitor to ask for others, the two would be compared here.
        if (monitor.Pane is { } pane && pane.Span > TimeSpan.Zero && reference.Reference.Period is { } period
            && new PaneGrid(pane.Span) is var panes && !(panes.IsAligned(period.From) && panes.IsAligned(period.To)))
        {
            warnings.Add(new Fault(path, $"is of {period.From} to {period.To}, which are not both starts of panes of {pane}: windows across its ends hold some of its events and do not count as its own; build it again with that Pane"));
        }

        return reference;
    }

    private static PlannedMonitor Plan(MonitorOptions monitor, ReferenceFile? reference)
    {
        var spec = new MonitorSpec
        {
            Name = monitor.Name,
            Pane = new PaneGrid(monitor.Pane!.Value.Span),
            Windows = [.. monitor.Windows.Select(window => new WindowSpec(window.Span, window.ToString()))],
            AllowedLateness = monitor.AllowedLateness.Span,
            MaxAhead = monitor.MaxAhead.Span,
            MinimumEvents = monitor.MinimumEvents,
            Threshold = monitor.Alert is { } alert ? ThresholdOf(alert, monitor.Windows) : null,
            Timing = new AlertTiming(monitor.Alert?.Hold.Span ?? TimeSpan.Zero),
        };
        return new PlannedMonitor(
            spec, monitor.Topic, FieldPath.Parse(monitor.Field), monitor.EventTime is { } time ? FieldPath.Parse(time) : null, monitor.PseudoCount, reference);
    }

    private static FixedThreshold ThresholdOf(AlertOptions alert, List<Duration> windows)
    {
        var fireAbove = alert.FireAbove!.Value;
        return new FixedThreshold(alert.Window is { } window ? windows.IndexOf(window) : 0, fireAbove, alert.ResolveBelow ?? fireAbove);
    }
}
