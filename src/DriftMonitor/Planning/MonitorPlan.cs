using DriftMonitor.Configuration;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Planning;

/// <summary>The result of loading a configuration: monitors that can run, or every fault that prevents it.</summary>
/// <param name="Options">The options, with defaults in place of invalid values.</param>
/// <param name="Monitors">The monitors in their configured order; empty if there is a fault.</param>
/// <param name="Faults">What is wrong.</param>
/// <param name="Warnings">What is valid, but probably not intended.</param>
internal sealed record MonitorPlan(
    DriftMonitorOptions Options,
    IReadOnlyList<PlannedMonitor> Monitors,
    IReadOnlyList<Fault> Faults,
    IReadOnlyList<Fault> Warnings)
{
    /// <summary>A promise that reaches beyond its calibration by more than this factor gets a warning.</summary>
    public const double MostReach = 10;

    /// <summary>Reads, checks and plans a configuration file and the environment variables that override it.</summary>
    /// <param name="path">The file; relative paths in it start at its folder.</param>
    /// <param name="environment">
    /// Environment variables; those that start with <c>DriftMonitor__</c> are used, and for the service OpenTelemetry's.
    /// </param>
    /// <param name="needs">What the verb needs from the configuration.</param>
    /// <param name="change">Changes what was written before it is read, and returns faults; null for nothing.</param>
    public static MonitorPlan Load(
        string path, IEnumerable<KeyValuePair<string, string?>> environment, Needs needs,
        Func<WrittenConfiguration, IReadOnlyList<Fault>>? change = null)
    {
        var (configuration, fileFaults) = ConfigurationFile.Load(path, environment);
        if (configuration is null)
        {
            return new MonitorPlan(new DriftMonitorOptions(), [], fileFaults, []);
        }

        var changeFaults = change?.Invoke(configuration) ?? [];
        var (options, readFaults) = OptionsReader.Read(configuration);
        var known = fileFaults.Concat(changeFaults).Concat(readFaults).ToList();
        var plan = Make(options, Path.GetDirectoryName(Path.GetFullPath(path))!, needs, known);
        return needs.HasFlag(Needs.Kept) // the service
            ? plan with { Warnings = [.. plan.Warnings, .. OtlpVariables.Read(environment).Warnings] }
            : plan;
    }

    /// <summary>Checks options and plans their monitors.</summary>
    /// <param name="options">The options.</param>
    /// <param name="folder">Where relative paths start.</param>
    /// <param name="needs">What the verb needs from the configuration.</param>
    /// <param name="known">
    /// Faults found while reading the options. Broken rules at the same paths follow from them, and are not reported.
    /// </param>
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
                references[index] = new ReferencePlanning(
                    monitor, folder, OptionsValidation.PathOf(index), faults, warnings, needs.HasFlag(Needs.Kept)).Plan();
            }
        }

        faults.AddRange(FindSharedFiles(options.Monitors, folder));
        if (faults.Count > 0)
        {
            return new MonitorPlan(options, [], faults, warnings);
        }

        // The promise is for the fleet: all series that can raise a false alarm share it.
        var series = options.Monitors.Zip(references)
            .Where(pair => pair.First.Alert?.FalseAlarmEvery is not null)
            .Sum(pair => CountSeries(pair.First, pair.Second?.File));
        foreach (var (index, monitor) in options.Monitors.Index())
        {
            if (references[index] is { } reference && monitor.Alert?.FalseAlarmEvery is { } every
                && PromiseWarning.Find(monitor, reference, every, series) is { } message)
            {
                warnings.Add(new Fault($"{OptionsValidation.PathOf(index)}:Alert:FalseAlarmEvery", message));
            }
        }

        var monitors = options.Monitors.Zip(references, (monitor, reference) => PlanMonitor(monitor, reference, series));
        var posted = IngestRules.TopicsOf(options);
        monitors = monitors.Select(monitor => monitor with { PostedTopics = [.. monitor.Topics.Where(posted.Contains)] });
        return new MonitorPlan(options, [.. monitors], faults, warnings);
    }

    // Two references that grow would overwrite each other.
    private static IEnumerable<Fault> FindSharedFiles(List<MonitorOptions> monitors, string folder) =>
        from monitor in monitors.Index()
        where monitor.Item.Reference is { Kind: ReferenceKind.SoFar, File.Length: > 0 }
        group monitor.Index by Path.GetFullPath(monitor.Item.Reference.File!, folder) into sharing
        from other in sharing.Skip(1)
        select new Fault(
            $"{OptionsValidation.PathOf(other)}:Reference:File",
            $"is also the file of {OptionsValidation.PathOf(sharing.First())}: give each reference that grows a file of its own");

    // Segments that are not in the reference raise no alarm; those whose references grow or are the others may be as many as allowed.
    private static int CountSeries(MonitorOptions monitor, ReferenceFile? reference) =>
        !monitor.IsSegmented ? 1
        : monitor.Reference.Kind is ReferenceKind.SoFar or ReferenceKind.Rest ? monitor.MaxSegments
        : Math.Max(1, reference?.Segments.Count ?? 0);

    private static PlannedMonitor PlanMonitor(MonitorOptions monitor, PlannedReference? reference, int series)
    {
        var (rule, timing) = PlanAlert(monitor, series);
        var derived = DerivedField.Parse(monitor.Field);
        var pair = PlannedMonitor.PairOf(monitor);
        var joined = monitor.Joined;
        var spec = new MonitorSpec
        {
            Name = monitor.Name,
            Pane = new PaneGrid(monitor.Pane!.Value.Span),
            Windows = [.. monitor.Windows.Select(window => new WindowSpec(window.Span, window.ToString()))],
            AllowedLateness = monitor.AllowedLateness.Span,
            MaxAhead = monitor.MaxAhead.Span,
            MaxAge = monitor.MaxAge.Span,
            MinimumEvents = monitor.MinimumEvents,
            MaxRejected = monitor.MaxRejected,
            MostSegments = monitor.MaxSegments,
            Measures = [.. monitor.Measures.SelectMany(measure => MeasureNames.Parse(measure)!)],
            HasMean = monitor.Mean,
            CountsWords = monitor.Tokens is not null,
            Derivation = derived?.Derivation,
            JoinWithin = joined is null ? null : monitor.JoinWithin?.Span ?? monitor.Windows.Min(window => window.Span),
            Rule = rule,
            Timing = timing,
        };
        return new PlannedMonitor(
            spec,
            joined?.First.Topic ?? monitor.Topic,
            pair is not null ? FieldPath.OfColumn(pair.ToString())
                : monitor.Tokens is not null ? FieldPath.OfColumn(monitor.Watched)
                : derived is null ? FieldPath.PathOrColumn(monitor.Field)
                : FieldPath.OfColumn(derived.Text),
            monitor.EventTime is { } time ? FieldPath.PathOrColumn(time) : null,
            monitor.Segments,
            monitor.PseudoCount,
            reference)
        {
            Pair = pair,
            Tokens = monitor.Tokens,
            DerivedFrom = pair is not null ? FieldPath.PathOrColumn(joined?.First.Field ?? pair.First)
                : monitor.Tokens is { } tokens ? FieldPath.PathOrColumn(tokens.Field)
                : derived?.From,
            JoinedTopic = joined?.Second.Topic,
            JoinedField = joined is var (_, other) ? FieldPath.PathOrColumn(other.Field) : null,
            Where = monitor.Filter,
            SecondField = pair is null ? derived?.With : joined is null ? FieldPath.PathOrColumn(pair.Second) : null,
            EventTimeFormat = monitor.EventTimeFormat is { } format ? EventTimeFormat.Parse(format) : null,
            Unpack = monitor.Unpack is { } unpack ? FieldPath.ParseArray(unpack) : null,
            HasCloudEvents = monitor.CloudEvents,
            ByHourOfWeek = monitor.Reference.Kind == ReferenceKind.HourOfWeek,
        };
    }

    private static (AlertRule? Rule, AlertTiming Timing) PlanAlert(MonitorOptions monitor, int series)
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
                var window = alert.Window is { } named ? monitor.Windows.IndexOf(named) : 0;
                return (new FixedThreshold(window, fireAbove, alert.ResolveBelow ?? fireAbove), new AlertTiming(hold));
        }
    }
}
