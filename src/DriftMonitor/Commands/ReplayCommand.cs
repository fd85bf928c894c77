using System.CommandLine;
using DriftMonitor.Configuration;
using DriftMonitor.Hosting;
using DriftMonitor.Planning;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary><c>replay</c>: the numbers that the service would have shown, from topics or files.</summary>
internal static class ReplayCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var config = Verbs.Config();
        var files = Verbs.Files();
        var output = Verbs.Output();
        var command = new Verb("replay", "Read topics or files to their end and print every reading and alert change, as the service would have given them.",
            "driftmonitor replay --config flights.json",
            "driftmonitor replay --config flights.json --file flights.ndjson.gz",
            "driftmonitor replay --config flights.json --file february.csv march.csv --output json")
        { config, files, output };
        command.SetAction((result, _) => Task.FromResult(Run(result.GetRequiredValue(config), result.GetValue(files) ?? [], result.GetValue(output))));
        return command;
    }

    private static int Run(string path, string[] files, OutputFormat format)
    {
        if (Verbs.Load(path, files.Length > 0 ? Needs.References : Needs.All) is not { } plan)
        {
            return ExitCode.Usage;
        }

        if (files.Length > 0 && plan.Monitors.FirstOrDefault(monitor => monitor.Reference?.Kind == ReferenceKind.Topic) is { } other)
        {
            Verbs.Say($"the monitor \"{other.Spec.Name}\" compares two topics, and files are one: replay it from Kafka, without --file");
            return ExitCode.Usage;
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
            return interruption.HasComeWithTheEndOf(["-"]) ? interruption.Code : ExitCode.Good; // such as `head`: it has what it wanted
        }
    }

    private static int Run(MonitorPlan plan, string[] files, OutputFormat format, Interruption interruption)
    {
        using var logging = LoggerFactory.Create(builder => ServiceHost.ConfigureLogging(builder, LogLevel.Error));
        using var source = ConfiguredSources.Bounded(plan.Options, plan.Monitors, files, logging.CreateLogger("DriftMonitor.Kafka"), interruption.Token);
        using var standardOutput = new BufferedStream(StandardStreams.EndingWithItsReader(), 64 * 1024);
        using var text = new StreamWriter(standardOutput);
        var bindings = plan.Monitors.Select(monitor => monitor.Bind()).ToList();
        using var lines = new ReplayLines(standardOutput, bindings);
        var table = new ReplayTable(text, bindings, Screen.KnownWidth);
        var isJson = format == OutputFormat.Json;
        var order = new ReplayOrder(bindings, isJson ? lines.Write : table.Write);
        var pipeline = new Pipeline(source, bindings, TimeProvider.System, TimeSpan.MaxValue, order.Take);
        while (pipeline.Step(Patience) != SourceSignal.End)
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

        order.End();
        var tallies = bindings.SelectMany(binding => binding.Topics).Select(pipeline.Tally).Distinct().ToList();
        var unreadable = tallies.SelectMany(tally => tally.Rejected.Occurred)
            .GroupBy(reason => reason.Key, (reason, counts) => KeyValuePair.Create(reason, counts.Sum(count => count.Value)));
        var events = tallies.Sum(tally => tally.Events);
        if (isJson)
        {
            lines.WriteSummary(events, unreadable);
        }
        else
        {
            table.WriteSummary(events, unreadable);
        }

        foreach (var warning in bindings.Select(BlindMonitor.Describe).OfType<string>())
        {
            Verbs.Say($"warning: {warning}");
        }

        return ExitCode.Good;
    }
}
