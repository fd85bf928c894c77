using System.CommandLine;
using DriftMonitor.Configuration;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.History;
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
        var options = new ReplayOptions();
        var command = new Verb(
            "replay",
            "Read topics or files to their end and print every reading and alert change, as the service would have reported them.",
            "driftmonitor replay --config flights.json",
            "driftmonitor replay --config flights.json --file flights.ndjson.gz",
            "driftmonitor replay --config flights.json --file february.csv march.csv --output json",
            "driftmonitor replay --config flights.json --from 2013-02-01 --to 2013-03-01 --out history --label replay=2013",
            "driftmonitor replay --config flights.json --from 2013-02-01 --fail-on-drift");
        foreach (var option in options.All)
        {
            command.Add(option);
        }

        command.SetAction(result => Run(options.Read(result)));
        return command;
    }

    private static int Run(ReplayRequest request)
    {
        var files = request.Files;
        if (PlanLoader.Load(request.Config, files.Count > 0 ? Needs.References : Needs.All) is not { } plan)
        {
            return ExitCode.Usage;
        }

        if (files.Count > 0 && plan.Monitors.FirstOrDefault(monitor => monitor.Reference?.Kind == ReferenceKind.Topic) is { } other)
        {
            throw new UsageException(
                $"the monitor \"{other.Spec.Name}\" compares two topics, but --file replaces only one: "
                + "replay it from Kafka, without --file");
        }

        using var interruption = new Interruption();
        try
        {
            return Run(plan, request, interruption);
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

    private static int Run(MonitorPlan plan, ReplayRequest request, Interruption interruption)
    {
        var range = request.Files.Count > 0 ? ReadRange.All : ReadRange.Of(plan.Monitors, request.Range);
        var bindings = range.Apply(plan.Monitors, request.Range.From).Select(monitor => monitor.Bind()).ToList();
        if (request.FailsOnDrift)
        {
            DriftGate.Check(bindings, request.Config);
        }

        using var history = request.History.IsEmpty ? null : new HistoryOutputs(
            request.History, bindings, plan.Options.Metrics.BinContributions, request.Range, Messages.Write, interruption.Token);
        using var logging = LoggerFactory.Create(builder => ServiceHost.ConfigureLogging(builder, LogLevel.Error));
        var logger = logging.CreateLogger("DriftMonitor.Kafka");
        RangeRemarks.WriteStart(range, request);
        using var source = ConfiguredSources.OpenBounded(
            plan.Options, plan.Monitors, request.Files, logger, mustBeSorted: true, range, interruption.Token);
        using var output = new ReplayOutput(request, bindings);
        var episodes = new AlertEpisodes(request.Range);
        var order = new ReplayOrder(bindings, output.Write, request.Range);
        IReportSink[] sinks = history is null ? [episodes, order] : [history.Sink, episodes, order];
        var workers = request.Files.Count > 0 ? plan.Options.WorkersForFiles : plan.Options.WorkersForTopics;
        var pipeline = new Pipeline(source, bindings, TimeProvider.System, TimeSpan.MaxValue, sinks, workers);
        while (pipeline.Step(PollTimeout) != SourceSignal.End)
        {
            if (interruption.Token.IsCancellationRequested)
            {
                return interruption.Code;
            }
        }

        if (interruption.HasComeWithTheEndOf(request.Files))
        {
            return interruption.Code;
        }

        order.Flush();
        var unreadable = RejectionNames.Occurred(RejectionCounts.Sum(pipeline.Tallies.Select(tally => tally.Rejected)));
        output.WriteSummary(pipeline.Tallies.Sum(tally => tally.Events), unreadable, episodes);
        FileRemarks.Write(source, hasLosses: unreadable.Any() || bindings.Exists(binding => binding.Monitor.Counted == 0));
        RangeRemarks.WriteEnd(source, bindings, request);
        var isRead = ReplayWarnings.Write(pipeline, request.Files);
        foreach (var written in history?.Finish(interruption.Token) ?? [])
        {
            Messages.Write(written);
        }

        return !isRead ? ExitCode.Failure : request.FailsOnDrift ? DriftGate.Judge(bindings, episodes) : ExitCode.Good;
    }
}
