using System.Globalization;
using DriftMonitor.Configuration;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Wording;

namespace DriftMonitor.Planning;

/// <summary>The rules that the options' shape does not express: which values fit together.</summary>
internal sealed class OptionsValidation
{
    /// <summary>Largest number of panes in a window, and of panes that lateness keeps open: each is a row of counts in memory.</summary>
    public const int MostPanes = 10_000;

    /// <summary>Largest number of panes that a monitor learns from: each is a row of counts in memory.</summary>
    public const int MostCalibratingPanes = 100_000;

    private static readonly string[] RoundLengths =
    [
        "1ms", "10ms", "100ms", "1s", "5s", "10s", "15s", "30s",
        "1m", "5m", "10m", "15m", "30m", "1h", "2h", "3h", "6h", "12h", "1d", "7d",
    ];

    private static readonly Duration[] RoundPanes =
        [.. RoundLengths.Select(text => Duration.TryParse(text, out var duration) ? duration : throw new FormatException(text))];

    private readonly List<Fault> _faults = [];
    private readonly Needs _needs;

    private OptionsValidation(Needs needs) => _needs = needs;

    /// <summary>Every rule that the options break.</summary>
    public static IReadOnlyList<Fault> Validate(DriftMonitorOptions options, Needs needs)
    {
        var validation = new OptionsValidation(needs);
        if (needs.HasFlag(Needs.Topics))
        {
            validation.ValidateKafka(options.Kafka, $"{DriftMonitorOptions.Section}:Kafka");
        }

        if (needs.HasFlag(Needs.Kept)) // the service's own, as the files of secrets are where it runs
        {
            var monitored = options.Monitors.SelectMany(monitor => monitor.Topics).ToHashSet();
            foreach (var (path, error) in NotificationRules.Check(
                options.Notifications, $"{DriftMonitorOptions.Section}:Notifications", monitored))
            {
                validation.Report(path, error);
            }
        }

        validation.ValidateHttp(options.Http, $"{DriftMonitorOptions.Section}:Http");
        validation.ValidateCheckpoint(options.Checkpoint, $"{DriftMonitorOptions.Section}:Checkpoint");

        if (needs.HasFlag(Needs.Topics))
        {
            validation.ValidateCloudEvents(options.Monitors);
            foreach (var (path, error) in IngestRules.Check(options, $"{DriftMonitorOptions.Section}:Ingest"))
            {
                validation.Report(path, error);
            }
        }

        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (index, monitor) in options.Monitors.Index())
        {
            var path = PathOf(index);
            validation.ValidateMonitor(monitor, path);
            if (!names.TryAdd(monitor.Name, index) && monitor.Name.Length > 0)
            {
                var first = $"{PathOf(names[monitor.Name])}:Name";
                validation.Report(
                    $"{path}:Name", $"is {Phrases.Quote(monitor.Name)}, the same as {first}: give each monitor a unique name");
            }
        }

        return validation._faults;
    }

    /// <summary>A monitor's path.</summary>
    public static string PathOf(int monitor) => FormattableString.Invariant($"{DriftMonitorOptions.Section}:Monitors:{monitor}");

    private void ValidateCheckpoint(CheckpointOptions checkpoint, string path)
    {
        if (checkpoint.Directory is { } directory && string.IsNullOrWhiteSpace(directory))
        {
            Report($"{path}:Directory", "is empty: write the path of a folder, or remove the key");
        }

        if (checkpoint.Every.Span == TimeSpan.Zero)
        {
            Report($"{path}:Every", $"is {checkpoint.Every}: write a duration above 0, such as 10s");
        }
    }

    private void Report(string path, string message) => _faults.Add(new Fault(path, message));

    private void ReportIfAny(string path, string? message)
    {
        if (message is not null)
        {
            Report(path, message);
        }
    }

    private void ValidateKafka(KafkaOptions kafka, string path)
    {
        foreach (var server in kafka.BootstrapServers.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!IsBrokerAddress(server))
            {
                Report(
                    $"{path}:BootstrapServers",
                    $"contains the invalid broker address {Phrases.Quote(server)}: write host:port, several separated by commas");
            }
        }

        if (string.IsNullOrWhiteSpace(kafka.Group))
        {
            Report($"{path}:Group", "is empty: write the consumer group that offsets are committed for, such as driftmonitor");
        }

        if (kafka.IdleAfter.Span <= TimeSpan.Zero)
        {
            Report($"{path}:IdleAfter", $"is {kafka.IdleAfter}: write a duration above 0, such as 30s");
        }

        foreach (var (key, value) in kafka.Properties.OrderBy(property => property.Key, StringComparer.Ordinal))
        {
            ReportIfAny(
                $"{path}:Properties:{key}", KafkaProperties.GetError(key) ?? KafkaProperties.GetRefusal(key, value, NearestName.Of));
        }

        foreach (var (key, file) in kafka.PropertyFiles.OrderBy(property => property.Key, StringComparer.Ordinal))
        {
            ReportIfAny($"{path}:PropertyFiles:{key}", GetPropertyFileError(kafka, key, file));
        }

        if (KerberosRule.Check(kafka.Properties, KafkaLibrary.Load) is var (property, message))
        {
            Report($"{path}:Properties:{property}", message);
        }
    }

    // No message has the path: it may be the value, written in the wrong place.
    private static string? GetPropertyFileError(KafkaOptions kafka, string key, string file)
    {
        if (KafkaProperties.GetError(key) is { } error)
        {
            return error;
        }

        if (kafka.Properties.ContainsKey(key))
        {
            return "is in Properties too: keep one";
        }

        return !Path.IsPathFullyQualified(file)
            ? "is not an absolute path: write the path of a file whose content is the value, such as /run/secrets/kafka/password"
            : PropertyFiles.TryRead(file, out var value) ?? KafkaProperties.GetRefusal(key, value, NearestName.Of);
    }

    private void ValidateHttp(HttpOptions http, string path)
    {
        ReportIfAny($"{path}:Address", HttpRules.GetAddressError(http.Address));
        if (http.TokenFile is { } token && _needs.HasFlag(Needs.Kept))
        {
            ReportIfAny($"{path}:TokenFile", NotificationRules.CheckFile(token));
        }

        foreach (var (index, host) in http.AllowedHosts.Index())
        {
            ReportIfAny(FormattableString.Invariant($"{path}:AllowedHosts:{index}"), HttpRules.GetHostError(host));
        }
    }

    // A record has one form, for all who read it.
    private void ValidateCloudEvents(List<MonitorOptions> monitors)
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (index, monitor) in monitors.Index())
        {
            foreach (var topic in monitor.Topics)
            {
                if (!first.TryAdd(topic, index) && monitors[first[topic]].CloudEvents != monitor.CloudEvents)
                {
                    Report(
                        $"{PathOf(index)}:CloudEvents",
                        $"is {OptionsShape.TextOf(monitor.CloudEvents)}, and {PathOf(first[topic])} of the same topic {topic} says "
                        + "otherwise: write the same in all monitors of a topic");
                }
            }

            if (TopicPattern.IsPattern(monitor.Topic) && TopicPattern.GetError(monitor.Topic) is null)
            {
                var pattern = new TopicPattern(monitor.Topic);
                foreach (var (place, other) in monitors.Index())
                {
                    if (other.CloudEvents != monitor.CloudEvents && pattern.Matches(other.Topic) && !TopicPattern.IsPattern(other.Topic))
                    {
                        Report(
                            $"{PathOf(index)}:CloudEvents",
                            $"is {OptionsShape.TextOf(monitor.CloudEvents)}, and {PathOf(place)} of {other.Topic}, which matches, says "
                            + "otherwise: write the same in all monitors of a topic");
                    }
                }
            }
        }
    }

    private static bool IsBrokerAddress(string server)
    {
        var colon = server.LastIndexOf(':');
        var hasPort = colon > server.LastIndexOf(']'); // [::1] is an address without a port
        return server.Length > 0
            && (!hasPort
                || (colon > 0
                    && ushort.TryParse(server.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                    && port > 0));
    }

    private void ValidateMonitor(MonitorOptions monitor, string path)
    {
        if (monitor.Name.Any(char.IsControl) || (monitor.Name.Length > 0 && monitor.Name.Trim().Length != monitor.Name.Length))
        {
            Report($"{path}:Name", $"is {Phrases.Quote(monitor.Name)}: remove control characters, and spaces at the start and the end");
        }

        if (monitor.JoinBy is null)
        {
            ValidateTopic(monitor.Topic, $"{path}:Topic");
        }

        ReportIfAny($"{path}:Field", NameRules.GetWatchedFieldError(monitor.Field, _needs.HasFlag(Needs.Topics)));
        ReportIfAny($"{path}:EventTime", NameRules.GetPlainFieldError(monitor.EventTime, _needs.HasFlag(Needs.Topics)));
        if (monitor.EventTime is "")
        {
            Report($"{path}:EventTime", "is empty: write the field of the event time, or remove the key to use the record's own timestamp");
        }

        ValidateEventTimeFormat(monitor, $"{path}:EventTimeFormat");
        ValidateUnpack(monitor.Unpack, $"{path}:Unpack");
        ValidateSegmentBy(monitor.SegmentBy, $"{path}:SegmentBy");
        ValidateWhere(monitor.Where, $"{path}:Where");

        ValidateWindows(monitor, path);
        new PairValidation(_needs, Report).Validate(monitor, path);
        new JoinValidation(Report).Validate(monitor, path);
        new TokensValidation(_needs, Report).Validate(monitor, path);
        new DerivedFieldValidation(_needs, Report).Validate(monitor, path);
        new ReferenceValidation(_needs, Report).Validate(monitor, $"{path}:Reference");

        foreach (var (index, measure) in monitor.Measures.Index())
        {
            ValidateMeasure(measure, monitor.Measures.IndexOf(measure), index, $"{path}:Measures");
        }

        if (monitor.Alert is { } alert)
        {
            ValidateAlert(alert, monitor, $"{path}:Alert");
        }
    }

    private void ValidateEventTimeFormat(MonitorOptions monitor, string path)
    {
        if (monitor.EventTimeFormat is not { } format)
        {
            return;
        }

        if (monitor.EventTime is null)
        {
            Report(path, "belongs to EventTime, and there is none: name the field of the event time in EventTime, or remove it");
        }

        try
        {
            EventTimeFormat.Parse(format);
        }
        catch (FormatException e)
        {
            Report(path, e.Message);
        }
    }

    private void ValidateSegmentBy(List<string> fields, string path)
    {
        foreach (var (index, field) in fields.Index())
        {
            var place = fields.Count == 1 ? path : FormattableString.Invariant($"{path}:{index}");
            if (field.Length == 0)
            {
                Report(place, fields.Count == 1
                    ? "is empty: write the field whose values are the segments, or remove the key to have one series"
                    : "is empty: write a field whose values are part of the segment, or remove the entry");
            }
            else if (fields.IndexOf(field) < index)
            {
                Report(place, $"is {Phrases.Quote(field)} again: remove it");
            }
            else
            {
                ReportIfAny(place, NameRules.GetPlainFieldError(field, _needs.HasFlag(Needs.Topics)));
            }
        }
    }

    private void ValidateWhere(WhereOptions? where, string path) =>
        ReportIfAny($"{path}:Field", NameRules.GetPlainFieldError(where?.Field, _needs.HasFlag(Needs.Topics)));

    private void ValidateUnpack(string? unpack, string path)
    {
        if (unpack is "")
        {
            Report(path, "is empty: write the path of the array, or [] for a record that is an array; or remove the key");
            return;
        }

        ReportIfAny(path, NameRules.GetPlainFieldError(unpack, isFromTopic: false));
        try
        {
            FieldPath.ParseArray(unpack ?? "[]");
        }
        catch (FormatException e)
        {
            Report(path, $"is no path of an array, or [] for a record that is one: {e.Message}");
        }
    }

    private void ValidateMeasure(string measure, int first, int index, string path)
    {
        var entryPath = FormattableString.Invariant($"{path}:{index}");
        if (MeasureNames.Parse(measure) is null)
        {
            Report(entryPath, MeasureNames.Remedy(measure));
        }
        else if (first < index)
        {
            Report(entryPath, FormattableString.Invariant($"is {measure}, the same as {path}:{first}: remove one"));
        }
    }

    private void ValidateTopic(string topic, string path)
    {
        if (topic.Length > 0)
        {
            ReportIfAny(path, NameRules.GetTopicOrPatternError(topic));
        }
        else if (_needs.HasFlag(Needs.Topics))
        {
            Report(path, "is missing: write the name of the Kafka topic");
        }
    }

    private void ValidateWindows(MonitorOptions monitor, string path)
    {
        var pane = monitor.Pane?.Span ?? TimeSpan.Zero;
        if (monitor.Pane is { } written && pane <= TimeSpan.Zero)
        {
            Report($"{path}:Pane", $"is {written}: write a duration above 0, such as 5m");
        }

        foreach (var (index, window) in monitor.Windows.Index())
        {
            ValidateWindow(window, index, monitor, path);
        }

        var longest = monitor.Windows.OrderByDescending(window => window.Span).FirstOrDefault();
        if (pane > TimeSpan.Zero && longest.Span.Ticks / pane.Ticks is > MostPanes and var panes)
        {
            var remedy = FindRoundPane(monitor.Windows) ?? "a longer pane";
            Report($"{path}:Pane", FormattableString.Invariant(
                $"is {monitor.Pane}, so the window {longest} has {panes} panes, and the limit is {MostPanes}: write {remedy}"));
        }

        ValidateOpenPanes(monitor.AllowedLateness, pane, $"{path}:AllowedLateness");
        ValidateOpenPanes(monitor.MaxAhead, pane, $"{path}:MaxAhead");
        if (monitor.MaxAge.Span <= TimeSpan.Zero)
        {
            Report($"{path}:MaxAge", $"is {monitor.MaxAge}: write a duration above 0, such as 14600d");
        }
    }

    private void ValidateWindow(Duration window, int index, MonitorOptions monitor, string path)
    {
        var windowPath = FormattableString.Invariant($"{path}:Windows:{index}");
        if (window.Span <= TimeSpan.Zero)
        {
            Report(windowPath, $"is {window}: write a duration above 0, such as 6h");
            return;
        }

        var first = monitor.Windows.IndexOf(window);
        if (first < index)
        {
            Report(windowPath, FormattableString.Invariant($"is {window}, the same length as {path}:Windows:{first}: remove one"));
        }

        if (monitor.Pane is { Span: var pane } && pane > TimeSpan.Zero && window.Span.Ticks % pane.Ticks != 0)
        {
            var panes = window.Span.Ticks / pane.Ticks;
            string[] shorter = panes == 0 ? [] : [new Duration(pane * panes).ToString()];
            var nearest = Phrases.Alternatives([.. shorter, new Duration(pane * (panes + 1)).ToString()]);
            Report(windowPath, $"is {window}, which is not a whole number of panes of {monitor.Pane}: write {nearest}, or change Pane");
        }
    }

    private void ValidateOpenPanes(Duration length, TimeSpan pane, string path)
    {
        if (pane > TimeSpan.Zero && length.Span.Ticks / pane.Ticks is > MostPanes and var panes)
        {
            var most = new Duration(pane * MostPanes);
            var open = FormattableString.Invariant($"{panes} panes of {new Duration(pane)}");
            Report(path, $"is {length}, which keeps {open} open, and the limit is {MostPanes}: write at most {most}");
        }
    }

    /// <summary>The shortest round length that divides every window into at most <see cref="MostPanes"/> panes, or null.</summary>
    private static string? FindRoundPane(List<Duration> windows)
    {
        var found = Array.Find(RoundPanes, pane => windows.TrueForAll(window =>
            window.Span.Ticks % pane.Span.Ticks == 0 && window.Span.Ticks / pane.Span.Ticks <= MostPanes));
        return found.Span.Ticks > 0 ? found.ToString() : null;
    }

    private void ValidateAlert(AlertOptions alert, MonitorOptions monitor, string path)
    {
        if (alert.FalseAlarmEvery is null && alert.FireAbove is null)
        {
            Report(
                path, "has neither FalseAlarmEvery nor FireAbove: write FalseAlarmEvery, such as 30d, or a fixed threshold in FireAbove");
        }
        else if (alert.FalseAlarmEvery is { } every)
        {
            if (alert.FireAbove is not null || alert.ResolveBelow is not null || alert.Window is not null)
            {
                Report(
                    path,
                    "has FalseAlarmEvery and a fixed threshold: remove FireAbove, ResolveBelow and Window, or remove FalseAlarmEvery");
            }

            if (monitor.Pane is { } pane && every.Span < pane.Span)
            {
                Report(
                    $"{path}:FalseAlarmEvery",
                    $"is {every}, which is shorter than the pane of {pane}: write the average time between false alarms, such as 30d");
            }
        }
        else
        {
            ValidateThreshold(alert, monitor.Windows, path);
        }
    }

    private void ValidateThreshold(AlertOptions alert, List<Duration> windows, string path)
    {
        var choices = Phrases.Alternatives([.. windows.Where(window => window.Span > TimeSpan.Zero).Select(window => window.ToString())]);
        if (alert.Window is null && windows.Count > 1)
        {
            Report($"{path}:Window", $"is missing: write one of the monitor's windows, {choices}");
        }
        else if (alert.Window is { } window
            && !windows.Contains(window) && windows.Count > 0 && windows.TrueForAll(length => length.Span > TimeSpan.Zero))
        {
            Report($"{path}:Window", $"is {window}, which is not a window of the monitor: write {choices}");
        }

        if (alert.ResolveBelow > alert.FireAbove)
        {
            Report(
                $"{path}:ResolveBelow",
                FormattableString.Invariant($"is {alert.ResolveBelow}, which is above FireAbove: write at most {alert.FireAbove}"));
        }
    }
}
