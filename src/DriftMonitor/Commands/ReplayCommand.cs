using System.CommandLine;
using DriftMonitor.Configuration;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Hosting;
using DriftMonitor.Planning;
using DriftMonitor.Samples;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary><c>replay</c>: reads topics or files and prints the readings and alert changes that the service would have given.</summary>
internal static class ReplayCommand
{
    private static readonly TimeSpan PollTimeout = TimeSpan.FromMilliseconds(200);

    /// <summary>Creates the verb.</summary>
    public static Command Create()
    {
        var config = SharedOptions.Config();
        var files = SharedOptions.Files();
        var output = SharedOptions.Output();
        var command = new Verb(
            "replay",
            "Read topics or files to their end and print every reading and alert change, as the service would have reported them.",
            "driftmonitor replay --config flights.json",
            "driftmonitor replay --config flights.json --file flights.ndjson.gz",
            "driftmonitor replay --config flights.json --file february.csv march.csv --output json")
        { config, files, output };
        command.SetAction(result => Run(result.GetRequiredValue(config), result.GetValue(files) ?? [], result.GetValue(output)));
        return command;
    }

    private static int Run(string path, string[] files, OutputFormat format)
    {
        if (PlanLoader.Load(path, files.Length > 0 ? Needs.References : Needs.All) is not { } plan)
        {
            return ExitCode.Usage;
        }

        if (files.Length > 0 && plan.Monitors.FirstOrDefault(monitor => monitor.Reference?.Kind == ReferenceKind.Topic) is { } other)
        {
            throw new UsageException(
                $"the monitor \"{other.Spec.Name}\" compares two topics, but --file replaces only one: "
                + "replay it from Kafka, without --file");
        }

        using var interruption = new Interruption();
        try
        {
            return Run(plan, files, format, interruption);
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            return interruption.Code;
        }
        catch (IOException e) when (StandardStreams.IsReaderGone(e))
        {
            // A reader such as `head` exits when it has enough lines, which is not a failure.
            return interruption.HasComeWithTheEndOf(["-"]) ? interruption.Code : ExitCode.Good;
        }
    }

    private static int Run(MonitorPlan plan, string[] files, OutputFormat format, Interruption interruption)
    {
        using var logging = LoggerFactory.Create(builder => ServiceHost.ConfigureLogging(builder, LogLevel.Error));
        var logger = logging.CreateLogger("DriftMonitor.Kafka");
        using var source = ConfiguredSources.OpenBounded(
            plan.Options, plan.Monitors, files, logger, mustBeSorted: true, interruption.Token);
        using var standardOutput = new BufferedStream(StandardStreams.EndingWithItsReader(), 64 * 1024);
        using var text = new StreamWriter(standardOutput);
        var bindings = plan.Monitors.Select(monitor => monitor.Bind()).ToList();
        using var lines = new ReplayLines(standardOutput, bindings);
        var table = new ReplayTable(text, bindings, Screen.KnownWidth);
        var isJson = format == OutputFormat.Json;
        var order = new ReplayOrder(bindings, isJson ? lines.Write : table.Write);
        var workers = files.Length > 0 ? plan.Options.WorkersForFiles : plan.Options.WorkersForTopics;
        var pipeline = new Pipeline(source, bindings, TimeProvider.System, TimeSpan.MaxValue, [order], workers);
        while (pipeline.Step(PollTimeout) != SourceSignal.End)
        {
            if (interruption.Token.IsCancellationRequested)
            {
                return interruption.Code;
            }
        }

        if (interruption.HasComeWithTheEndOf(files))
        {
            return interruption.Code;
        }

        order.Flush();
        var tallies = pipeline.Tallies;
        var unreadable = RejectionNames.Occurred(RejectionCounts.Sum(tallies.Select(tally => tally.Rejected)));
        var events = tallies.Sum(tally => tally.Events);
        if (isJson)
        {
            lines.WriteSummary(events, unreadable);
        }
        else
        {
            table.WriteSummary(events, unreadable);
        }

        FileRemarks.Write(source, hasLosses: unreadable.Any() || bindings.Exists(binding => binding.Monitor.Counted == 0));
        return ReplayWarnings.Write(pipeline, files) ? ExitCode.Good : ExitCode.Failure;
    }
}
