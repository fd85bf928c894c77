using System.Globalization;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Sources;
using DriftMonitor.Telemetry;

namespace DriftMonitor.Options;

/// <summary>What a verb needs of a configuration beyond what every verb does.</summary>
[Flags]
internal enum Needs
{
    /// <summary>Neither: a reference is built from files.</summary>
    Nothing = 0,

    /// <summary>A cluster, and a topic for each monitor: events come from Kafka.</summary>
    Topics = 1,

    /// <summary>A reference for each monitor, which can be read.</summary>
    References = 2,

    /// <summary>Both, as the service does.</summary>
    All = Topics | References,
}

/// <summary>The rules that the options' shape does not tell: how values of one configuration must fit each other.</summary>
internal sealed class OptionsValidation
{
    /// <summary>Panes in a window, and panes that lateness may hold open: each is a row of counts in memory.</summary>
    public const int MostPanes = 10_000;

    private const int LongestTopic = 249; // Kafka's own limit

    /// <summary>Panes that a monitor learns from: each is a row of counts in memory.</summary>
    public const int MostCalibratingPanes = 100_000;


    private static readonly Duration[] RoundPanes =
        [.. new[] { "1ms", "10ms", "100ms", "1s", "5s", "10s", "15s", "30s", "1m", "5m", "10m", "15m", "30m", "1h", "2h", "3h", "6h", "12h", "1d", "7d" }
            .Select(text => Duration.TryParse(text, out var duration) ? duration : throw new FormatException(text))];

    private readonly List<Fault> _faults = [];
    private readonly Needs _needs;

    private OptionsValidation(Needs needs) => _needs = needs;

    /// <summary>Every rule that the options break.</summary>
    public static IReadOnlyList<Fault> Validate(DriftMonitorOptions options, Needs needs)
    {
        var validation = new OptionsValidation(needs);
        if (needs.HasFlag(Needs.Topics))
        {
            validation.Validate(options.Kafka, $"{DriftMonitorOptions.Section}:Kafka");
        }

        foreach (var (index, monitor) in options.Monitors.Index())
        {
            var path = PathOf(index);
            validation.Validate(monitor, path);
            var first = options.Monitors.FindIndex(other => other.Name == monitor.Name);
            if (first < index && monitor.Name.Length > 0)
            {
                validation.Tell($"{path}:Name", $"is {Fault.Quote(monitor.Name)}, and so is {PathOf(first)}:Name: give each monitor a name of its own");
            }
        }

        return validation._faults;
    }

    /// <summary>A monitor's path.</summary>
    public static string PathOf(int monitor) => FormattableString.Invariant($"{DriftMonitorOptions.Section}:Monitors:{monitor}");

    private void Tell(string path, string message) => _faults.Add(new Fault(path, message));

    private void Validate(KafkaOptions kafka, string path)
    {
        foreach (var server in kafka.BootstrapServers.Split(',', StringSplitOptions.TrimEntries))
        {
            var colon = server.LastIndexOf(':');
            var hasPort = colon > server.LastIndexOf(']'); // [::1] is an address without a port
            if (server.Length == 0 || (hasPort && !(colon > 0 && ushort.TryParse(server.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0)))
            {
                Tell($"{path}:BootstrapServers", $"names the broker {Fault.Quote(server)}: write host:port, several separated by commas");
            }
        }

        if (string.IsNullOrWhiteSpace(kafka.Group))
        {
            Tell($"{path}:Group", "is empty: name the consumer group whose offsets are committed, such as driftmonitor");
        }

        if (kafka.IdleAfter.Span <= TimeSpan.Zero)
        {
            Tell($"{path}:IdleAfter", $"is {kafka.IdleAfter}: write a duration above 0, such as 30s");
        }

        foreach (var key in kafka.Properties.Keys.Order(StringComparer.Ordinal))
        {
            if (KafkaProperties.WhyNot(key) is { } reason)
            {
                Tell($"{path}:Properties:{key}", reason);
            }
        }
    }

    private void Validate(MonitorOptions monitor, string path)
    {
        if (monitor.Name.Any(char.IsControl) || (monitor.Name.Length > 0 && monitor.Name.Trim().Length != monitor.Name.Length))
        {
            Tell($"{path}:Name", $"is {Fault.Quote(monitor.Name)}: write it without control characters, and without space at its ends");
        }

        ValidateTopic(monitor.Topic, $"{path}:Topic");
        ValidateField(monitor.Field, $"{path}:Field");
        ValidateField(monitor.EventTime ?? "", $"{path}:EventTime");
        if (monitor.EventTime is "")
        {
            Tell($"{path}:EventTime", "is empty: name the field of the event time, or leave the key out for the record's own time");
        }

        ValidateField(monitor.SegmentBy ?? "", $"{path}:SegmentBy");
        if (monitor.SegmentBy is "")
        {
            Tell($"{path}:SegmentBy", "is empty: name the field whose values are the segments, or leave the key out for one series");
        }

        ValidateWindows(monitor, path);
        ValidateReference(monitor, $"{path}:Reference");

        foreach (var (index, measure) in monitor.Measures.Index())
        {
            ValidateMeasure(measure, monitor.Measures.IndexOf(measure), index, $"{path}:Measures");
        }

        if (monitor.Alert is { } alert)
        {
            ValidateAlert(alert, monitor, $"{path}:Alert");
        }
    }

    /// <summary>The bins that are configured; null where there are none, or none that can be.</summary>
    public static FieldBinning? BinsOf(ReferenceOptions reference)
    {
        try
        {
            return reference.Edges is not null ? new NumericBinning(reference.Edges) : reference.Categories is not null ? new CategoricalBinning(reference.Categories) : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The distribution that is given, for the kinds inline and parametric; null where it cannot be.</summary>
    public static Reference? TruthOf(MonitorOptions monitor)
    {
        var reference = monitor.Reference;
        if (BinsOf(reference) is not { } binning)
        {
            return null;
        }

        try
        {
            var truth = reference.Kind == ReferenceKind.Parametric
                ? ParametricDistribution.Parse(reference.Family ?? "", ParametersOf(reference)).Over(binning)
                : Distribution.FromProbabilities([.. reference.Probabilities ?? [], .. new double[binning.Count - binning.Regular]]);
            return truth.Probabilities.Length == binning.Count ? Reference.OfTruth(binning, truth, monitor.PseudoCount) : null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return null;
        }
    }

    private static Dictionary<string, double> ParametersOf(ReferenceOptions reference) => (reference.Parameters ?? []).ToDictionary(
        parameter => parameter.Key,
        parameter => double.TryParse(parameter.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : throw new FormatException(parameter.Key));

    private void ValidateReference(MonitorOptions monitor, string path)
    {
        var reference = monitor.Reference;
        var kind = OptionsShape.TextOf(reference.Kind);
        (string Key, bool IsThere, ReferenceKind[] Kinds)[] keys =
        [
            ("File", reference.File is not null, [ReferenceKind.File, ReferenceKind.HourOfWeek, ReferenceKind.First, ReferenceKind.PreviousWindow, ReferenceKind.Field, ReferenceKind.Topic]),
            ("Edges", reference.Edges is not null, [ReferenceKind.Inline, ReferenceKind.Parametric, ReferenceKind.First, ReferenceKind.PreviousWindow, ReferenceKind.Field, ReferenceKind.Topic]),
            ("Categories", reference.Categories is not null, [ReferenceKind.Inline, ReferenceKind.First, ReferenceKind.PreviousWindow, ReferenceKind.Field, ReferenceKind.Topic]),
            ("Probabilities", reference.Probabilities is not null, [ReferenceKind.Inline]),
            ("Family", reference.Family is not null, [ReferenceKind.Parametric]),
            ("Parameters", reference.Parameters is not null, [ReferenceKind.Parametric]),
            ("Over", reference.Over is not null, [ReferenceKind.First]),
            ("Events", reference.Events is not null, [ReferenceKind.First]),
            ("Field", reference.Field is not null, [ReferenceKind.Field, ReferenceKind.Topic]),
            ("Topic", reference.Topic is not null, [ReferenceKind.Topic]),
            ("CalibrateOver", reference.CalibrateOver is not null, [ReferenceKind.PreviousWindow, ReferenceKind.Field, ReferenceKind.Topic]),
        ];
        foreach (var (key, _, kinds) in keys.Where(key => key.IsThere && !key.Kinds.Contains(reference.Kind)))
        {
            Tell($"{path}:{key}", $"belongs to the kind {Fault.Alternatives([.. kinds.Select(other => OptionsShape.TextOf(other)!)])}, and this is {kind}: leave it out, or write Kind");
        }

        if (monitor.SegmentBy is not null && reference.Kind != ReferenceKind.File)
        {
            Tell($"{path}:Kind", $"is {kind}, and segments have references of the kind file: leave SegmentBy out, or take a file");
        }

        if (reference.Kind == ReferenceKind.HourOfWeek && monitor.Pane is { Span.Ticks: > 0 } hourly && TimeSpan.TicksPerHour % hourly.Span.Ticks != 0 && (hourly.Span.Ticks % TimeSpan.TicksPerHour != 0 || 7 * TimeSpan.TicksPerDay % hourly.Span.Ticks != 0))
        {
            Tell($"{path}:Kind", $"is {kind}, and panes of {hourly} make up neither an hour nor, by whole hours, a week: write a Pane such as 5m, 1h or 6h");
        }

        if (!_needs.HasFlag(Needs.References))
        {
            return; // a reference that is still to be built
        }

        var binsAreGiven = reference.Edges is not null || reference.Categories is not null;
        switch (reference.Kind)
        {
            case ReferenceKind.File or ReferenceKind.HourOfWeek when string.IsNullOrWhiteSpace(reference.File):
                Tell($"{path}:File", "is missing: name a reference file; `driftmonitor reference build` makes one");
                return;
            case ReferenceKind.File or ReferenceKind.HourOfWeek:
                return;
            case ReferenceKind.First:
                ValidateFirst(monitor, path);
                break;
            case ReferenceKind.Field when string.IsNullOrWhiteSpace(reference.Field):
                Tell($"{path}:Field", "is missing: name the other field, whose windows are compared with");
                break;
            case ReferenceKind.Topic when string.IsNullOrEmpty(reference.Topic):
                Tell($"{path}:Topic", "is missing: name the other topic, whose windows are compared with");
                break;
            case ReferenceKind.Field when reference.Field == monitor.Field:
                Tell($"{path}:Field", $"is {Fault.Quote(monitor.Field)}, the monitor's own, which never differs from itself: name the other field");
                break;
            case ReferenceKind.Topic when reference.Topic == monitor.Topic && (reference.Field ?? monitor.Field) == monitor.Field:
                Tell($"{path}:Topic", $"is {Fault.Quote(monitor.Topic)}, the monitor's own, which never differs from itself: name the other topic");
                break;
        }

        if (reference.Edges is not null && reference.Categories is not null)
        {
            Tell(path, "has Edges and Categories: give one of the two");
        }
        else if (!binsAreGiven && (string.IsNullOrWhiteSpace(reference.File) || reference.Kind == ReferenceKind.First))
        {
            Tell($"{path}:Edges", $"is missing: bins come from the reference alone; write Edges{(reference.Kind == ReferenceKind.Parametric ? "" : " or Categories")}{(reference.Kind is ReferenceKind.Inline or ReferenceKind.Parametric or ReferenceKind.First ? "" : ", or name a File whose bins count")}");
        }
        else if (binsAreGiven && reference.Kind is ReferenceKind.PreviousWindow or ReferenceKind.Field or ReferenceKind.Topic && reference.File is not null)
        {
            Tell(path, "has bins and a File whose bins would count: give one of the two");
        }
        else if (binsAreGiven)
        {
            ValidateBins(reference, path);
        }

        ValidateField(reference.Field ?? "", $"{path}:Field");
        ValidateTopic(reference.Topic ?? "x", $"{path}:Topic");
        if (reference.CalibrateOver is { } over)
        {
            ValidateCalibrateOver(over, monitor.Pane?.Span ?? TimeSpan.Zero, $"{path}:CalibrateOver");
        }
    }

    private void ValidateCalibrateOver(Duration over, TimeSpan pane, string path)
    {
        if (over.Span <= TimeSpan.Zero)
        {
            Tell(path, $"is {over}: write a duration above 0, such as 14d");
        }
        else if (pane > TimeSpan.Zero && over.Span.Ticks / pane.Ticks > MostCalibratingPanes)
        {
            Tell(path, FormattableString.Invariant(
                $"is {over}, {over.Span.Ticks / pane.Ticks} panes of {new Duration(pane)}, and at most {MostCalibratingPanes} are kept: write at most {new Duration(pane * MostCalibratingPanes)}, or a longer Pane"));
        }
    }

    private void ValidateFirst(MonitorOptions monitor, string path)
    {
        var reference = monitor.Reference;
        if (string.IsNullOrWhiteSpace(reference.File))
        {
            Tell($"{path}:File", "is missing: name the file that what is learned is written to, and read from after a restart");
        }

        if (reference.Over is null == reference.Events is null)
        {
            Tell(path, $"{(reference.Over is null ? "says neither how long nor from how many events it is learned" : "has Over and Events")}: write Over, such as 7d, or Events");
        }
        else if (reference.Over is { } over && monitor.Pane is { Span: var pane } && pane > TimeSpan.Zero && (over.Span < pane || over.Span.Ticks % pane.Ticks != 0 || over.Span.Ticks / pane.Ticks > MostCalibratingPanes))
        {
            Tell($"{path}:Over", FormattableString.Invariant($"is {over}: write a whole number of panes of {monitor.Pane}, at least one and at most {MostCalibratingPanes}"));
        }
    }

    private void ValidateBins(ReferenceOptions reference, string path)
    {
        FieldBinning binning;
        try
        {
            binning = reference.Edges is not null ? new NumericBinning(reference.Edges) : new CategoricalBinning(reference.Categories!);
        }
        catch (ArgumentException e)
        {
            Tell($"{path}:{(reference.Edges is not null ? "Edges" : "Categories")}", $"cannot be: {e.Message}");
            return;
        }

        if (reference.Kind == ReferenceKind.Inline)
        {
            ValidateProbabilities(reference.Probabilities, binning.Regular, $"{path}:Probabilities");
        }
        else if (reference.Kind == ReferenceKind.Parametric)
        {
            ValidateFamily(reference, binning, path);
        }
    }

    private void ValidateProbabilities(List<double>? probabilities, int bins, string path)
    {
        var sum = probabilities?.Sum() ?? 0;
        if (probabilities is null)
        {
            Tell(path, FormattableString.Invariant($"is missing: write the probability of each of the {bins} bins"));
        }
        else if (probabilities.Count != bins)
        {
            Tell(path, FormattableString.Invariant($"has {probabilities.Count} entries for {bins} bins: write one for each"));
        }
        else if (Math.Abs(sum - 1) > Distribution.SumTolerance)
        {
            Tell(path, FormattableString.Invariant($"sums to {sum:R}: probabilities sum to 1"));
        }
    }

    private void ValidateFamily(ReferenceOptions reference, FieldBinning binning, string path)
    {
        if (string.IsNullOrWhiteSpace(reference.Family))
        {
            Tell($"{path}:Family", $"is missing: write {Fault.Alternatives(ParametricDistribution.Names)}");
            return;
        }

        foreach (var parameter in reference.Parameters ?? [])
        {
            if (!double.TryParse(parameter.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            {
                Tell($"{path}:Parameters:{parameter.Key}", $"is {Fault.Quote(parameter.Value)}: write a number");
                return;
            }
        }

        try
        {
            ParametricDistribution.Parse(reference.Family, ParametersOf(reference)).Over(binning);
        }
        catch (ArgumentException e)
        {
            Tell($"{path}:Family", $"cannot be used: {e.Message}");
        }
    }

    private void ValidateMeasure(string measure, int first, int index, string path)
    {
        if (MeasureNames.Parse(measure) is null)
        {
            Tell(FormattableString.Invariant($"{path}:{index}"), MeasureNames.Remedy(measure));
        }
        else if (first < index)
        {
            Tell(FormattableString.Invariant($"{path}:{index}"), FormattableString.Invariant($"is {measure}, and so is {path}:{first}: remove one"));
        }
    }

    private void ValidateTopic(string topic, string path)
    {
        if (topic.Length == 0)
        {
            if (_needs.HasFlag(Needs.Topics))
            {
                Tell(path, "is missing: name the Kafka topic");
            }
        }
        else if (topic.Length > LongestTopic || topic is "." or ".." || !topic.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
        {
            Tell(path, $"is {Fault.Quote(topic)}: a topic's name has letters, digits, dots, underscores and hyphens, at most {LongestTopic}");
        }
    }

    private void ValidateField(string field, string path)
    {
        try
        {
            if (field.Length > 0)
            {
                FieldPath.Parse(field);
            }
        }
        catch (FormatException e)
        {
            Tell(path, $"cannot be read: {e.Message}");
        }
    }

    private void ValidateWindows(MonitorOptions monitor, string path)
    {
        var pane = monitor.Pane?.Span ?? TimeSpan.Zero;
        if (monitor.Pane is { } written && pane <= TimeSpan.Zero)
        {
            Tell($"{path}:Pane", $"is {written}: write a duration above 0, such as 5m");
        }

        foreach (var (index, window) in monitor.Windows.Index())
        {
            var windowPath = FormattableString.Invariant($"{path}:Windows:{index}");
            if (window.Span <= TimeSpan.Zero)
            {
                Tell(windowPath, $"is {window}: write a duration above 0, such as 6h");
                continue;
            }

            var first = monitor.Windows.IndexOf(window);
            if (first < index)
            {
                Tell(windowPath, FormattableString.Invariant($"is {window}, and so is {path}:Windows:{first}: remove one"));
            }

            if (pane <= TimeSpan.Zero)
            {
                continue;
            }

            if (window.Span.Ticks % pane.Ticks != 0)
            {
                var panes = window.Span.Ticks / pane.Ticks;
                string[] near = panes == 0 ? [] : [new Duration(pane * panes).ToString()];
                Tell(windowPath, $"is {window}, and not a whole number of panes of {monitor.Pane}: write {Fault.Alternatives([.. near, new Duration(pane * (panes + 1)).ToString()])}, or another Pane");
            }
        }

        var longest = monitor.Windows.OrderByDescending(window => window.Span).FirstOrDefault();
        if (pane > TimeSpan.Zero && longest.Span.Ticks / pane.Ticks > MostPanes)
        {
            Tell($"{path}:Pane", FormattableString.Invariant(
                $"is {monitor.Pane}, of which the window {longest} has {longest.Span.Ticks / pane.Ticks}, and at most {MostPanes} are kept: write {RoundPane(monitor.Windows) ?? "a longer one"}"));
        }

        ValidateOpenPanes(monitor.AllowedLateness, pane, $"{path}:AllowedLateness");
        ValidateOpenPanes(monitor.MaxAhead, pane, $"{path}:MaxAhead");
    }

    private void ValidateOpenPanes(Duration length, TimeSpan pane, string path)
    {
        if (pane > TimeSpan.Zero && length.Span.Ticks / pane.Ticks > MostPanes)
        {
            Tell(path, FormattableString.Invariant(
                $"is {length}, which holds {length.Span.Ticks / pane.Ticks} panes of {new Duration(pane)} open, and at most {MostPanes} are kept: write at most {new Duration(pane * MostPanes)}"));
        }
    }

    /// <summary>The shortest customary pane of which every window is a whole number, and not too many.</summary>
    private static string? RoundPane(List<Duration> windows) =>
        Array.Find(RoundPanes, pane => windows.TrueForAll(window => window.Span.Ticks % pane.Span.Ticks == 0 && window.Span.Ticks / pane.Span.Ticks <= MostPanes)) is { Span.Ticks: > 0 } round
            ? round.ToString()
            : null;

    private void ValidateAlert(AlertOptions alert, MonitorOptions monitor, string path)
    {
        if (alert.FalseAlarmEvery is null && alert.FireAbove is null)
        {
            Tell(path, "says neither how seldom false alarms may come nor where to fire: write FalseAlarmEvery, such as 30d, or a fixed threshold in FireAbove");
        }
        else if (alert.FalseAlarmEvery is { } every)
        {
            if (alert.FireAbove is not null || alert.ResolveBelow is not null || alert.Window is not null)
            {
                Tell(path, "has FalseAlarmEvery and parts of a fixed threshold: leave out FireAbove, ResolveBelow and Window, or FalseAlarmEvery");
            }

            if (monitor.Pane is { } pane && every.Span < pane.Span)
            {
                Tell($"{path}:FalseAlarmEvery", $"is {every}, shorter than a pane of {pane}: write how seldom false alarms may come, such as 30d");
            }
        }
        else
        {
            ValidateThreshold(alert, monitor.Windows, path);
        }
    }

    private void ValidateThreshold(AlertOptions alert, List<Duration> windows, string path)
    {
        var choices = Fault.Alternatives([.. windows.Where(window => window.Span > TimeSpan.Zero).Select(window => window.ToString())]);
        if (alert.Window is null && windows.Count > 1)
        {
            Tell($"{path}:Window", $"is missing: write one of the monitor's, {choices}");
        }
        else if (alert.Window is { } window && !windows.Contains(window) && windows.Count > 0 && windows.TrueForAll(length => length.Span > TimeSpan.Zero))
        {
            Tell($"{path}:Window", $"is {window}, which is no window of the monitor: write {choices}");
        }

        if (alert.ResolveBelow > alert.FireAbove)
        {
            Tell($"{path}:ResolveBelow", FormattableString.Invariant($"is {alert.ResolveBelow}, above FireAbove: write at most {alert.FireAbove}"));
        }
    }
}
