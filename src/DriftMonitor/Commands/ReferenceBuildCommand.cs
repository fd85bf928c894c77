using System.CommandLine;
using System.Text;
using DriftMonitor.Core.Time;
using DriftMonitor.Hosting;
using DriftMonitor.Planning;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary><c>reference build</c>: builds a reference for a monitor from topics or files.</summary>
internal static class ReferenceBuildCommand
{
    private static readonly TimeSpan PollTimeout = TimeSpan.FromMilliseconds(200);

    /// <summary>Creates the verb.</summary>
    public static Command Create()
    {
        var config = SharedOptions.Config();
        var monitor = new Option<string>("--monitor", "-m")
        {
            Description = "The monitor whose field, panes and windows to use. Its reference need not exist yet.",
            HelpName = "NAME",
            Required = true,
        };
        var target = new Option<string>("--out")
        {
            Description = "The reference file to write, which replaces an existing reference; - is standard output.",
            HelpName = "FILE",
            Required = true,
        };
        OptionChecks.RejectEmptyPath(target);
        var from = new Option<string?>("--from")
        {
            Description = "Start of the period: an ISO 8601 time at a pane boundary. Default: the start of the first event's pane.",
            HelpName = "TIME",
        };
        var to = new Option<string?>("--to")
        {
            Description = "End of the period, exclusive: an ISO 8601 time at a pane boundary. Default: the end of the last event's pane.",
            HelpName = "TIME",
        };
        var exclude = new Option<string[]>("--exclude")
        {
            Description = "A period to leave out, for example an outage: ISO 8601 times at pane boundaries, end exclusive. Repeatable.",
            HelpName = "FROM..TO",
        };
        var edges = new Option<string?>("--edges")
        {
            Description = "Bin edges, ascending, for example -15,0,15,60; instead of --bins.",
            HelpName = "e0,e1,…",
        };
        var bins = new Option<string?>("--bins")
        {
            Description = "How to choose the bins: quantiles:10, equal:20 (equal width), log:20 (equal ratio), integers (one bin each), "
                + "fd (Freedman-Diaconis), doane, or categories:20. "
                + "Quantiles give frequent values, or each of at most twice as many values, a bin of their own. "
                + "Default: deciles if most values are numbers, otherwise the 20 most frequent values.",
            HelpName = "KIND[:COUNT]",
        };
        var minExpected = new Option<int>("--min-expected")
        {
            Description = "Pool bins in which fewer than N events are expected per shortest window, at the reference's mean rate: "
                + "numbers with neighbouring bins, categories into unseen, pairs of two fields into rare. 0 pools none. "
                + "Default: 5 for fd, doane and pairs, otherwise 0.",
            HelpName = "N",
        };
        OptionChecks.RequireRange(minExpected, 0, 1_000_000);
        var files = SharedOptions.Files();
        var output = SharedOptions.Output("json: also print a summary of the build to standard output. Default: text.");
        var command = new Verb(
            "build",
            "Build a reference from topics or files.",
            "driftmonitor reference build --config flights.json --monitor departure-delay "
                + "--from 2013-04-01T00:00:00Z --to 2013-06-01T00:00:00Z --out departure-delay.json",
            "driftmonitor reference build --config flights.json --monitor departure-delay --file april.ndjson.gz may.ndjson.gz "
                + "--exclude 2013-05-23T00:00:00Z..2013-05-24T00:00:00Z --out departure-delay.json",
            "driftmonitor reference build --config flights.json --monitor carrier --bins categories:10 --min-expected 5 "
                + "--file flights.csv --out carrier.json --output json")
        { config, monitor, target, from, to, exclude, edges, bins, minExpected, files, output };
        command.SetAction(result => Run(
            result.GetRequiredValue(config),
            result.GetRequiredValue(monitor),
            result.GetRequiredValue(target),
            result.GetValue(files) ?? [],
            result.GetValue(from),
            result.GetValue(to),
            result.GetValue(exclude) ?? [],
            result.GetValue(edges),
            result.GetValue(bins),
            result.GetResult(minExpected) is null ? null : result.GetValue(minExpected),
            result.GetValue(output)));
        return command;
    }

    private static int Run(
        string config,
        string name,
        string target,
        string[] files,
        string? from,
        string? to,
        string[] exclude,
        string? edges,
        string? bins,
        int? minExpected,
        OutputFormat format)
    {
        if (PlanLoader.Load(config, files.Length > 0 ? Needs.Nothing : Needs.Topics) is not { } plan)
        {
            return ExitCode.Usage;
        }

        var monitor = Find(plan, config, name);
        if (format == OutputFormat.Json && target == "-")
        {
            throw new UsageException(
                "--output json cannot be combined with --out -, which writes the reference to standard output: use --out FILE");
        }

        PostedTopics.Refuse([monitor], files);
        JoinedTopics.RefuseFiles([monitor], files);
        PatternFiles.Check([monitor], files);
        var pairs = monitor.Pair is { } pair ? BinsOptions.ParsePair(pair, bins, edges, minExpected) : null;
        var given = pairs is null ? BinsOptions.Parse(bins, edges) : null;
        var chosen = given ?? (monitor.Tokens is { } tokens ? BinsChoice.MostFrequent(tokens.Vocabulary) : BinsChoice.Auto);
        var choice = chosen with { MinExpected = minExpected };
        RefuseOtherBins(monitor, choice, bins, edges);
        var period = new Period(
            from is null ? EventTime.Earliest : ParseTime(from, "--from", monitor),
            to is null ? EventTime.Latest : ParseTime(to, "--to", monitor));
        List<Period> excluded = [.. exclude.Select(text => ParsePeriod(text, monitor))];
        if (period.From >= period.To)
        {
            throw new UsageException($"--from {from} must be before --to {to}");
        }

        if (target != "-")
        {
            OutputFile.Reference.Check(target, config, files);
        }

        using var interruption = new Interruption();
        using var log = ProcessLog.OfVerb(plan.Options.Logging);
        var logger = log.Of(LogCategory.Kafka);
        using var source = ConfiguredSources.OpenBounded(
            plan.Options, [monitor], files, logger, mustBeSorted: false, stopping: interruption.Token);
        var builder = new ReferenceBuilder(monitor.Recipe with
        {
            Period = period,
            Excluded = excluded,
            Bins = choice,
            Pairs = pairs,
            SecondTopic = monitor.JoinedTopic is { } joined ? source.TopicOf(joined) : null,
        });
        ReferenceFile file;
        try
        {
            file = Build(source, files, builder, interruption);
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            return interruption.Code;
        }
        catch (ReferenceException e) when (FileRemarks.Explain(source) is { Length: > 0 } explanation)
        {
            throw new ReferenceException(e.Message + explanation, e);
        }

        if (target == "-")
        {
            Console.Out.Write(file.ToJson());
        }
        else
        {
            file.Save(target);
        }

        FileRemarks.Write(source, hasLosses: builder.Rejected.Occurred.Any());
        var report = new BuildReport(
            target, monitor.Topic, monitor.Spec, file, builder, minExpected is not null || pairs is not null);
        Messages.Write(report.ToString());
        foreach (var remark in report.Remarks)
        {
            Messages.Write(remark);
        }

        if (format == OutputFormat.Json)
        {
            Console.Out.WriteLine(report.ToJson());
        }

        return ExitCode.Good;
    }

    // The whole topic is read, whatever the period is: the time at which a record was written does not limit its event time.
    // Starting at the offset of --from would be correct only where the record's time is the event time; elsewhere it would lose events
    // that were written before their event time. Stopping at --to would lose late events.
    private static ReferenceFile Build(IEventSource source, string[] files, ReferenceBuilder builder, Interruption interruption)
    {
        var stopping = interruption.Token;
        var events = new EventCursor(source);
        using var progress = ProgressLine.OnStandardError();
        while (events.Next(PollTimeout, out var raw) is var signal && signal != SourceSignal.End)
        {
            if (signal == SourceSignal.Event)
            {
                builder.Add(raw);
            }

            progress.Read(builder.Events, () => source.FractionRead);
            stopping.ThrowIfCancellationRequested();
        }

        if (interruption.HasComeWithTheEndOf(files))
        {
            throw new OperationCanceledException(stopping);
        }

        progress.Show("finding bins and calibrating");

        // On another thread, which is abandoned on a signal: a long calibration cannot be cancelled.
        return Task.Run(builder.Build, CancellationToken.None).WaitAsync(stopping).GetAwaiter().GetResult();
    }

    private static void RefuseOtherBins(PlannedMonitor monitor, BinsChoice choice, string? bins, string? edges)
    {
        if (monitor.Tokens is not null && choice.IsCategorical != true)
        {
            throw new UsageException(
                $"{(edges is null ? $"--bins {bins}" : "--edges")} is for numbers, and {monitor.Field} are words: use --bins "
                + "categories:500, or neither option for the Vocabulary of the configuration");
        }

        if (monitor.Spec.Derivation is not { } derivation || choice.IsCategorical is not { } isCategorical
            || isCategorical != derivation.IsNumeric)
        {
            return;
        }

        var given = edges is null ? $"--bins {bins}" : "--edges";
        throw new UsageException(derivation.IsNumeric
            ? $"{given} is for categories, and {monitor.Field} is a number: use --bins quantiles:10, or give --edges"
            : $"{given} is for numbers, and {monitor.Field} is true or false: use --bins categories:2, or neither option");
    }

    /// <summary>The monitor of a name.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static PlannedMonitor Find(MonitorPlan plan, string config, string name) =>
        plan.Monitors.FirstOrDefault(candidate => candidate.Spec.Name == name)
        ?? throw new UsageException(
            $"--monitor {name}: {config} has no such monitor: "
            + $"use {Phrases.Alternatives([.. plan.Monitors.Select(candidate => candidate.Spec.Name)])}");

    /// <summary>Reads a period of whole panes, given as two options.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static Period ParsePeriod(string from, string to, PlannedMonitor monitor)
    {
        var period = new Period(ParseTime(from, "--from", monitor), ParseTime(to, "--to", monitor));
        return period.From < period.To ? period : throw new UsageException($"--from {from} must be before --to {to}");
    }

    /// <summary>Reads a period of whole panes to leave out.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static Period ParsePeriod(string text, PlannedMonitor monitor)
    {
        if (text.Split("..", 2) is not [var from, var to])
        {
            throw new UsageException($"--exclude {text}: use FROM..TO, for example 2013-04-10T00:00:00Z..2013-04-11T00:00:00Z");
        }

        switch (from.Length > 0, to.Length > 0)
        {
            case (false, false):
                throw new UsageException($"--exclude {text}: FROM and TO are missing: use two ISO 8601 times");
            case (true, false):
                throw new UsageException($"--exclude {text}: TO is missing; to leave out everything from a time on, use --to {from}");
            case (false, true):
                throw new UsageException($"--exclude {text}: FROM is missing; to leave out everything before a time, use --from {to}");
        }

        var period = new Period(ParseTime(from, "--exclude", monitor), ParseTime(to, "--exclude", monitor));
        return period.From < period.To ? period : throw new UsageException($"--exclude {text}: FROM must be before TO");
    }

    private static EventTime ParseTime(string text, string option, PlannedMonitor monitor)
    {
        if (EventTimeText.FromIso8601(Encoding.UTF8.GetBytes(text)) is not { } time)
        {
            throw new UsageException($"{option} {text}: use an ISO 8601 time, for example 2013-04-01T00:00:00Z");
        }

        var grid = monitor.Spec.Pane;
        if (!grid.IsAligned(time))
        {
            var pane = grid.PaneOf(time);
            throw new UsageException($"{option} {text} is not at a pane boundary: use {grid.Start(pane)} or {grid.End(pane)}");
        }

        return time;
    }
}
