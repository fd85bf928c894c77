using System.CommandLine;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Time;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.Checkpoints;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;
using Spectre.Console;

namespace DriftMonitor.Commands;

/// <summary><c>checkpoint show</c>: prints what is in a checkpoint file, for people or as JSON.</summary>
internal static class CheckpointShowCommand
{
    /// <summary>Creates the verb.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A checkpoint file, such as state/state.1." };
        OptionChecks.RejectEmptyPath(file);
        var output = SharedOptions.Output();
        var command = new Verb(
            "show",
            "Show a checkpoint: when it was taken, where each monitor's counts end, how far its panes have closed, and its alerts.",
            "driftmonitor checkpoint show state/state.1",
            "driftmonitor checkpoint show state/state.1 --output json")
        { file, output };
        command.SetAction(result => Run(result.GetRequiredValue(file), result.GetValue(output), Screen.OfStandardOutput()));
        return command;
    }

    private static int Run(string path, OutputFormat format, Screen screen)
    {
        if (Directory.Exists(path))
        {
            throw new UsageException($"{path} is a folder: name a file in it, such as {Path.Combine(path, "state.1")}");
        }

        var checkpoint = CheckpointFile.Read(path);
        if (format == OutputFormat.Json)
        {
            screen.WriteJson(ToJson(checkpoint));
        }
        else
        {
            Write(checkpoint, new FileInfo(path).Length, screen);
        }

        return ExitCode.Good;
    }

    private static void Write(Checkpoint checkpoint, long size, Screen screen)
    {
        screen.WriteLine(
            $"taken at {checkpoint.Taken} by driftmonitor {OneLine.Name(checkpoint.Version)}; {Phrases.Count(size, "byte")}, "
            + $"format version {checkpoint.FormatVersion}");
        screen.WriteLine();
        var monitors = Screen.Table("monitor", "closed up to", " panes", " open", " series", " events", " bytes");
        foreach (var monitor in checkpoint.Monitors)
        {
            monitors.AddRow(
                new Text(Screen.Plain(monitor.Name)), new Text(monitor.ClosedUpTo is { } end ? $"{end}" : "nothing yet"),
                Number(monitor.ClosedPanes), Number(monitor.OpenPanes), Number(monitor.Series), Number(monitor.Events),
                Number(monitor.State.Length));
        }

        screen.Write(monitors);
        screen.WriteLine();
        screen.WriteLine(
            "panes: closed; open: panes of series and partitions that have not closed; events: in the longest windows of all series",
            isAside: true);
        screen.WriteLine();
        var positions = Screen.Table("topic", " partition", " next offset", " end of the log", "monitors that count from elsewhere");
        var ordered = checkpoint.Positions.OrderBy(at => at.Position.Topic, StringComparer.Ordinal).ThenBy(at => at.Position.Partition);
        foreach (var (position, logEnd) in ordered)
        {
            var ahead =
                from monitor in checkpoint.Monitors
                where monitor.Positions.Any(at => IsAhead(at.Position, position))
                select monitor.Name;
            positions.AddRow(
                new Text(Screen.Plain(position.Topic)), Number(position.Partition), Number(position.NextOffset),
                logEnd is { } known ? Number(known) : new Text(""), new Text(Screen.Plain(string.Join(", ", ahead))));
        }

        screen.Write(positions);
        foreach (var monitor in checkpoint.Monitors)
        {
            foreach (var (segment, alert) in monitor.Alerts)
            {
                var isSegment = monitor.Series > 1 || segment.Length > 0;
                var name = isSegment ? $"{monitor.Name} of {Screen.PlainLabel(segment, int.MaxValue)}" : monitor.Name;
                screen.WriteLine();
                screen.WriteLine($"{Screen.Plain(name)} is {AlertStateNames.Of(alert.State)} since {alert.Since}");
            }
        }
    }

    private static bool IsAhead(Position at, Position least) =>
        at.Topic == least.Topic && at.Partition == least.Partition && at.NextOffset > least.NextOffset;

    private static Text Number(long number) => new(FormattableString.Invariant($"{number}"));

    private static JsonObject ToJson(Checkpoint checkpoint) => new()
    {
        ["taken"] = $"{checkpoint.Taken}",
        ["version"] = checkpoint.Version,
        ["format_version"] = checkpoint.FormatVersion,
        ["topics"] = new JsonArray([.. checkpoint.Topics.Select(topic => new JsonObject
        {
            ["topic"] = topic.Topic, ["cluster_id"] = topic.Cluster, ["topic_id"] = topic.Id,
        })]),
        ["monitors"] = new JsonArray([.. checkpoint.Monitors.Select(ToJson)]),
    };

    private static JsonObject ToJson(MonitorCheckpoint monitor) => new()
    {
        ["monitor"] = monitor.Name,
        ["closed_up_to"] = TextOf(monitor.ClosedUpTo),
        ["closed_panes"] = monitor.ClosedPanes,
        ["open_panes"] = monitor.OpenPanes,
        ["series"] = monitor.Series,
        ["events"] = monitor.Events,
        ["state_bytes"] = monitor.State.Length,
        ["settings"] = new JsonObject([.. monitor.Settings.Select(setting => KeyValuePair.Create(setting.Key, (JsonNode?)setting.Value))]),
        ["positions"] = new JsonArray([.. monitor.Positions.Select(at => new JsonObject
        {
            ["topic"] = at.Position.Topic, ["partition"] = at.Position.Partition, ["next_offset"] = at.Position.NextOffset,
            ["log_end"] = at.LogEnd,
        })]),
        ["alerts"] = new JsonArray([.. monitor.Alerts.Select(alert => new JsonObject
        {
            ["segment"] = alert.Segment, ["state"] = AlertStateNames.Of(alert.Alert.State), ["since"] = TextOf(alert.Alert.Since),
        })]),
    };

    private static string? TextOf(EventTime? time) => time is { } known ? $"{known}" : null;
}
