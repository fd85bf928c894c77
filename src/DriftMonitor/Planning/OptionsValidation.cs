using System.Globalization;
using DriftMonitor.Configuration;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Wording;

namespace DriftMonitor.Planning;

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
                validation.Tell($"{path}:Name", $"is {Phrases.Quote(monitor.Name)}, and so is {PathOf(first)}:Name: give each monitor a name of its own");
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
                Tell($"{path}:BootstrapServers", $"names the broker {Phrases.Quote(server)}: write host:port, several separated by commas");
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
            if (KafkaProperties.GetError(key) is { } reason)
            {
                Tell($"{path}:Properties:{key}", reason);
            }
        }
    }

    private void Validate(MonitorOptions monitor, string path)
    {
        if (monitor.Name.Any(char.IsControl) || (monitor.Name.Length > 0 && monitor.Name.Trim().Length != monitor.Name.Length))
        {
            Tell($"{path}:Name", $"is {Phrases.Quote(monitor.Name)}: write it without control characters, and without space at its ends");
        }

        ValidateTopic(monitor.Topic, $"{path}:Topic");
        TellIfAny($"{path}:Field", Spelling.WhyNoField(monitor.Field));
        TellIfAny($"{path}:EventTime", Spelling.WhyNoField(monitor.EventTime));
        if (monitor.EventTime is "")
        {
            Tell($"{path}:EventTime", "is empty: name the field of the event time, or leave the key out for the record's own time");
        }

        TellIfAny($"{path}:SegmentBy", Spelling.WhyNoField(monitor.SegmentBy));
        if (monitor.SegmentBy is "")
        {
            Tell($"{path}:SegmentBy", "is empty: name the field whose values are the segments, or leave the key out for one series");
        }

        ValidateWindows(monitor, path);
        new ReferenceValidation(_needs, Tell).Validate(monitor, $"{path}:Reference");

        foreach (var (index, measure) in monitor.Measures.Index())
        {
            ValidateMeasure(measure, monitor.Measures.IndexOf(measure), index, $"{path}:Measures");
        }

        if (monitor.Alert is { } alert)
        {
            ValidateAlert(alert, monitor, $"{path}:Alert");
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
        if (topic.Length > 0)
        {
            TellIfAny(path, Spelling.WhyNoTopic(topic));
        }
        else if (_needs.HasFlag(Needs.Topics))
        {
            Tell(path, "is missing: name the Kafka topic");
        }
    }

    private void TellIfAny(string path, string? message)
    {
        if (message is not null)
        {
            Tell(path, message);
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
                Tell(windowPath, $"is {window}, and not a whole number of panes of {monitor.Pane}: write {Phrases.Alternatives([.. near, new Duration(pane * (panes + 1)).ToString()])}, or another Pane");
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
        var choices = Phrases.Alternatives([.. windows.Where(window => window.Span > TimeSpan.Zero).Select(window => window.ToString())]);
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
