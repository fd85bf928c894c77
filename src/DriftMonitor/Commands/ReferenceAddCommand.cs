using System.CommandLine;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Time;
using DriftMonitor.Planning;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>
/// <c>reference add</c> and <c>reference accept</c>: put a further period into a reference file as a regime, from files or topics, or from
/// what a service has seen.
/// </summary>
internal static class ReferenceAddCommand
{
    /// <summary>Creates <c>add</c>.</summary>
    public static Command CreateAdd()
    {
        var target = new Argument<string>("FILE") { Description = "The reference file." };
        OptionChecks.RejectEmptyPath(target);
        var (config, monitor, from, to, exclude, name) = Shared();
        var files = SharedOptions.Files();
        var output = SharedOptions.Output();
        var command = new Verb(
            "add",
            "Add a further period to a reference as a regime: windows are compared with the nearest one.",
            "driftmonitor reference add departure-delay.json --config flights.json --monitor departure-delay --name holidays "
                + "--from 2013-12-20T00:00:00Z --to 2014-01-03T00:00:00Z --file flights.ndjson.gz")
        { target, config, monitor, from, to, exclude, name, files, output };
        command.SetAction(result => Run(
            Plan(result.GetRequiredValue(config), result.GetRequiredValue(monitor), result.GetValue(files) ?? []),
            _ => result.GetRequiredValue(target),
            result.GetValue(files) ?? [],
            result.GetRequiredValue(from),
            result.GetRequiredValue(to),
            result.GetValue(exclude) ?? [],
            result.GetValue(name),
            acceptedBy: null,
            result.GetValue(output)));
        return command;
    }

    /// <summary>Creates <c>accept</c>.</summary>
    public static Command CreateAccept()
    {
        var (config, monitor, from, to, exclude, name) = Shared();
        var by = new Option<string>("--by")
        {
            Description = "Who accepts it, for the file. Default: the user who runs the verb.",
            HelpName = "NAME",
            DefaultValueFactory = _ => Environment.UserName,
        };
        var output = SharedOptions.Output();
        var command = new Verb(
            "accept",
            "Accept a period that a service has seen: add it to the monitor's reference as a regime, from its topic.",
            "driftmonitor reference accept --config flights.json --monitor departure-delay "
                + "--from 2013-07-01T00:00:00Z --to 2013-07-15T00:00:00Z --name summer")
        { config, monitor, from, to, exclude, name, by, output };
        command.SetAction(result => Run(
            Plan(result.GetRequiredValue(config), result.GetRequiredValue(monitor), []),
            plan => FileOf(plan, result.GetRequiredValue(config), result.GetRequiredValue(monitor)),
            [],
            result.GetRequiredValue(from),
            result.GetRequiredValue(to),
            result.GetValue(exclude) ?? [],
            result.GetValue(name),
            OneLine.Name(result.GetValue(by) ?? ""),
            result.GetValue(output)));
        return command;
    }

    private static (Option<string> Config, Option<string> Monitor, Option<string> From, Option<string> To, Option<string[]> Exclude,
        Option<string?> Name) Shared()
    {
        var monitor = new Option<string>("--monitor", "-m")
        {
            Description = "The monitor whose field, panes and windows to use.",
            HelpName = "NAME",
            Required = true,
        };
        var from = new Option<string>("--from")
        {
            Description = "Start of the period: an ISO 8601 time at a pane boundary.",
            HelpName = "TIME",
            Required = true,
        };
        var to = new Option<string>("--to")
        {
            Description = "End of the period, exclusive: an ISO 8601 time at a pane boundary.",
            HelpName = "TIME",
            Required = true,
        };
        var exclude = new Option<string[]>("--exclude")
        {
            Description = "A part of the period to leave out: ISO 8601 times at pane boundaries, end exclusive. Repeatable.",
            HelpName = "FROM..TO",
        };
        var name = new Option<string?>("--name")
        {
            Description = "The name of the regime, as readings give it. Default: its period, FROM..TO.",
            HelpName = "NAME",
        };
        return (SharedOptions.Config(), monitor, from, to, exclude, name);
    }

    private static (MonitorPlan Plan, PlannedMonitor Monitor)? Plan(string config, string name, string[] files) =>
        PlanLoader.Load(config, files.Length > 0 ? Needs.Nothing : Needs.Topics) is { } plan
            ? (plan, ReferenceBuildCommand.Find(plan, config, name))
            : null;

    private static string FileOf(MonitorPlan plan, string config, string name)
    {
        var reference = plan.Options.Monitors.First(monitor => monitor.Name == name).Reference;
        return reference is { Kind: Configuration.ReferenceKind.File, File: { Length: > 0 } file }
            ? Path.GetFullPath(file, Path.GetDirectoryName(Path.GetFullPath(config))!)
            : throw new UsageException(
                $"--monitor {name}: its reference is not a reference file, and only such a file has regimes: use Reference:File");
    }

    private static int Run(
        (MonitorPlan Plan, PlannedMonitor Monitor)? planned, Func<MonitorPlan, string> fileOf, string[] files, string from, string to,
        string[] exclude, string? name, string? acceptedBy, OutputFormat format)
    {
        if (planned is not var (plan, monitor))
        {
            return ExitCode.Usage;
        }

        var period = ReferenceBuildCommand.ParsePeriod(from, to, monitor);
        var path = fileOf(plan);
        var request = new RegimeAddition.Request(
            name, period, [.. exclude.Select(text => ReferenceBuildCommand.ParsePeriod(text, monitor))])
        {
            Accepted = acceptedBy is null ? null : (acceptedBy, EventTime.From(TimeProvider.System.GetUtcNow())),
        };
        using var interruption = new Interruption();
        ReferenceFile? changed;
        try
        {
            changed = new RegimeAddition(plan, monitor, path, files).Add(request, interruption);
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            changed = null;
        }

        if (changed is null)
        {
            return interruption.Code;
        }

        var regime = changed.Regimes[^1];
        Messages.Write(
            $"{path}: the regime {Phrases.Quote(regime.Name)} of {Phrases.Count(regime.Reference.Events, "event")} from {period.From} to "
            + FormattableString.Invariant($"{period.To}; {changed.Regimes.Count} regimes"));
        if (format == OutputFormat.Json)
        {
            Console.Out.WriteLine(new JsonObject
            {
                ["file"] = path,
                ["regime"] = regime.Name,
                ["events"] = regime.Reference.Events,
                ["from"] = period.From.ToString(),
                ["to"] = period.To.ToString(),
                ["regimes"] = new JsonArray([.. changed.Regimes.Select(one => JsonValue.Create(one.Name))]),
            }.ToJsonString(JsonStyle.Compact));
        }

        return ExitCode.Good;
    }
}
