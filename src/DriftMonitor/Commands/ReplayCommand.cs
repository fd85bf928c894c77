using System.CommandLine;
using DriftMonitor.Configuration;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.History;
using DriftMonitor.Hosting;
using DriftMonitor.Live;
using DriftMonitor.Metrics;
using DriftMonitor.Planning;
using DriftMonitor.Reports;
using DriftMonitor.Samples;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.References;
using DriftMonitor.Terminal;
using DriftMonitor.WhatIf;
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
            "driftmonitor replay --config flights.json --from 2013-02-01 --report february.html",
            "driftmonitor replay --config purchases.json --file purchases.csv --report segments",
            "driftmonitor replay --config flights.json --from 2013-02-01 --fail-on-drift",
            "driftmonitor replay --config flights.json --what-if settings.json",
            "driftmonitor replay --config flights.json --from 2013-06-01 --calibrate --exclude 2013-07-23T00:00:00Z..2013-07-24T00:00:00Z");
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
        if (PlanLoader.Load(request.Config, NeedsOf(request)) is not { } plan)
        {
            return ExitCode.Usage;
        }

        if (files.Count > 0 && plan.Monitors.FirstOrDefault(monitor => monitor.Reference?.Kind == ReferenceKind.Topic) is { } other)
        {
            throw new UsageException(
                $"the monitor \"{other.Spec.Name}\" compares two topics, but --file replaces only one: "
                + "replay it from Kafka, without --file");
        }

        JoinedTopics.RefuseFiles(plan.Monitors, files);
        PatternFiles.Check(plan.Monitors, files);
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
        if (request.WhatIf is { } file)
        {
            return Compare(file, plan, request, interruption);
        }

        var range = RangeOf(plan.Monitors, request);
        var bindings = range.Apply(plan.Monitors, request.Range.From).Select(monitor => monitor.Bind()).ToList();
        if (request.FailsOnDrift)
        {
            DriftGate.Check(bindings, request.Config);
        }

        if (request.ListsSegments && !bindings.Exists(binding => binding.Monitor.IsSegmented))
        {
            throw new UsageException(
                $"--report segments lists segments, and no monitor of {request.Config} has any: write SegmentBy in one, "
                + "or name an HTML file");
        }

        using var history = request.History.IsEmpty ? null : new HistoryOutputs(
            request.History, bindings, plan.Options.Metrics.BinContributions, request.Range, Messages.Write, interruption.Token);
        using var output = new ReplayOutput(request, bindings);
        var episodes = new AlertEpisodes(request.Range);
        var hasCharts = ReplayOutput.HasCharts(request);
        var curves = hasCharts || request.Report is not null ? new CurveRecorder(request.Range) : null;
        var segments = request.ListsSegments ? new SegmentRecorder(request.Range) : null;
        var order = segments is null ? new ReplayOrder(bindings, output.Write, request.Range) : null;
        var recalibration = request.Calibrates ? new Recalibration(plan.Monitors, bindings, request) : null;
        IReportSink?[] sinks = [history?.Sink, recalibration, episodes, curves, segments, order];
        var code = Read(plan.Options, plan.Monitors, range, bindings, [.. sinks.OfType<IReportSink>()], request, interruption, pipeline =>
        {
            order?.Flush();
            var totals = ReplayTotals.Of(pipeline);
            if (segments is not null)
            {
                output.WriteSegments(segments);
            }

            output.WriteSummary(totals, episodes, hasCharts ? curves : null);
            if (request.Report is { } file)
            {
                var report = new HtmlReport($"Replay of {Path.GetFileName(request.Config)}", bindings, curves!, episodes);
                AtomicFile.Write(file, report.Render(totals, BuildInfo.Current).ToUtf8());
            }
        });
        if (interruption.Token.IsCancellationRequested)
        {
            return interruption.Code;
        }

        foreach (var written in (history?.Finish(interruption.Token) ?? []).Concat(recalibration?.Save() ?? []))
        {
            Messages.Write(written);
        }

        return code == ExitCode.Good && request.FailsOnDrift ? DriftGate.Judge(bindings, episodes) : code;
    }

    private static int Compare(string file, MonitorPlan plan, ReplayRequest request, Interruption interruption)
    {
        var compared = WhatIfPlan.Load(file, request.Config, plan, NeedsOf(request));
        foreach (var line in compared.Faults.Concat(compared.Warnings.Select(warning => $"warning: {warning}")))
        {
            Messages.Write(line);
        }

        if (compared.Faults.Count > 0)
        {
            return ExitCode.Usage;
        }

        var planned = compared.Monitors.Select(monitor => monitor.Planned).ToList();
        var range = RangeOf(planned, request);
        var bindings = range.Apply(planned, request.Range.From).Select(monitor => monitor.Bind()).ToList();
        var tally = new WhatIfTally(
            request.Range, plan.Monitors.Select(monitor => monitor.Spec.Rule).OfType<FalseAlarmRate>().FirstOrDefault()?.SharedBy ?? 0);
        return Read(plan.Options, planned, range, bindings, [tally], request, interruption, _ =>
        {
            var monitors = compared.Monitors.Zip(bindings, (monitor, binding) => (monitor, binding.Monitor)).ToList();
            monitors.ForEach(monitor => tally.Of(monitor.Monitor).End());
            if (request.Format == ReplayFormat.Json)
            {
                WhatIfReport.WriteLines(monitors, tally, Console.Out);
            }
            else
            {
                WhatIfReport.WriteTable(monitors, tally, Screen.OfStandardOutput());
            }
        });
    }

    // Reads everything, then writes the result and what there is to remark.
    private static int Read(
        DriftMonitorOptions options, IReadOnlyList<PlannedMonitor> monitors, ReadRange range, List<MonitorBinding> bindings,
        IReportSink[] sinks, ReplayRequest request, Interruption interruption, Action<Pipeline> writeResult)
    {
        using var log = ProcessLog.OfVerb(options.Logging);
        var logger = log.Of(LogCategory.Kafka);
        PostedTopics.Refuse(monitors, request.Files);
        RangeRemarks.WriteStart(range, request);
        using var source = ConfiguredSources.OpenBounded(
            options, monitors, request.Files, logger, mustBeSorted: true, range, interruption.Token);
        var printsReadings = request is { Format: not null, WhatIf: null, ListsSegments: false };
        using var progress = Screen.IsTerminal && printsReadings ? ProgressLine.None : ProgressLine.OnStandardError();
        var workers = request.Files.Count > 0 ? options.WorkersForFiles : options.WorkersForTopics;
        var pipeline = new Pipeline(source, bindings, TimeProvider.System, TimeSpan.MaxValue, sinks, workers);
        while (pipeline.Step(PollTimeout) != SourceSignal.End)
        {
            progress.Read(pipeline.Tallies.Sum(tally => tally.Events), () => source.FractionRead);
            if (interruption.Token.IsCancellationRequested)
            {
                return interruption.Code;
            }
        }

        progress.Remove();
        if (interruption.HasComeWithTheEndOf(request.Files))
        {
            return interruption.Code;
        }

        writeResult(pipeline);
        FileRemarks.Write(
            source, hasLosses: ReplayTotals.Of(pipeline).Unreadable.Count > 0 || bindings.Exists(binding => binding.Monitor.Counted == 0));
        RangeRemarks.WriteEnd(source, bindings, request);
        return ReplayWarnings.Write(pipeline, request.Files) ? ExitCode.Good : ExitCode.Failure;
    }

    private static ReadRange RangeOf(IReadOnlyList<PlannedMonitor> monitors, ReplayRequest request) =>
        request.Files.Count > 0 ? ReadRange.All : ReadRange.Of(monitors, request.Range);

    private static Needs NeedsOf(ReplayRequest request) => request.Files.Count > 0 ? Needs.References : Needs.All;
}
