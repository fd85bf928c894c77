using System.CommandLine;
using System.Text;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Time;
using DriftMonitor.Hosting;
using DriftMonitor.Planning;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.References;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary><c>reference</c>: <c>build</c> and <c>show</c>; <c>fit</c> has a file of its own.</summary>
internal static class ReferenceCommand
{
    private const int ListedSegments = 10; // in a message

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    /// <summary>The verbs.</summary>
    public static Command Create() => new Verb(
        "reference",
        "Make and look at what windows are compared with.",
        "driftmonitor reference build --config flights.json --monitor departure-delay --file flights.ndjson.gz --out departure-delay.json",
        "driftmonitor reference show departure-delay.json",
        "driftmonitor reference fit flights.csv.gz:dep_delay --bins quantiles:20")
    { CreateBuild(), CreateShow(), FitCommand.Create() };

    private static Verb CreateBuild()
    {
        var config = Verbs.Config();
        var monitor = new Option<string>("--monitor", "-m") { Description = "The monitor whose field, panes and windows count; its reference need not exist yet.", HelpName = "NAME", Required = true };
        var to = new Option<string?>("--to") { Description = "End of the period, exclusive (ISO 8601, a pane's start); without it, the end of the last event's pane.", HelpName = "TIME" };
        var from = new Option<string?>("--from") { Description = "Start of the period (ISO 8601, a pane's start); without it, the start of the first event's pane.", HelpName = "TIME" };
        var exclude = new Option<string[]>("--exclude") { Description = "A stretch to leave out, such as an outage; may be given several times.", HelpName = "FROM..TO" };
        var edges = new Option<string?>("--edges") { Description = "Edges of the bins, such as -15,0,15,60.", HelpName = "e0,e1,…" };
        var bins = new Option<string?>("--bins") { Description = "How to find them: quantiles:10, equal:20 (width), log:20 (equal ratios), integers (one bin each), fd (Freedman-Diaconis), doane, or categories:20; without it, deciles where most values are numbers, else the 20 most frequent values.", HelpName = "KIND[:COUNT]" };
        var minExpected = new Option<int>("--min-expected") { Description = "Pool bins that expect fewer events in the shortest window, at the reference's mean rate: numbers with their neighbours, categories into unseen; 0 pools none. Without it, 5 for fd and doane, else 0.", HelpName = "N" };
        Verbs.InRange(minExpected, 0, 1_000_000);
        var target = Verbs.NamesAFile(new Option<string>("--out") { Description = "The file to write, in place of an older reference where there is one; - for standard output.", HelpName = "FILE", Required = true });
        var files = Verbs.Files();
        var output = Verbs.Output("json: beside the reference in its FILE, a summary on standard output.");
        var command = new Verb(
            "build",
            "Make a reference from topics or files.",
            "driftmonitor reference build --config flights.json --monitor departure-delay --from 2013-04-01T00:00:00Z --to 2013-06-01T00:00:00Z --out departure-delay.json",
            "driftmonitor reference build --config flights.json --monitor departure-delay --file april.ndjson.gz may.ndjson.gz --exclude 2013-05-23T00:00:00Z..2013-05-24T00:00:00Z --out departure-delay.json",
            "driftmonitor reference build --config flights.json --monitor carrier --bins categories:10 --min-expected 5 --file flights.csv --out carrier.json --output json")
        { config, monitor, target, from, to, exclude, edges, bins, minExpected, files, output };
        command.SetAction((result, _) => Task.FromResult(Build(
            result.GetRequiredValue(config), result.GetRequiredValue(monitor), result.GetRequiredValue(target), result.GetValue(files) ?? [],
            result.GetValue(from), result.GetValue(to), result.GetValue(exclude) ?? [], result.GetValue(edges), result.GetValue(bins),
            result.GetResult(minExpected) is null ? null : result.GetValue(minExpected), result.GetValue(output))));
        return command;
    }

    private static Verb CreateShow()
    {
        var file = Verbs.NamesAFile(new Argument<string>("FILE") { Description = "A reference file." });
        var segment = new Option<string?>("--segment") { Description = "One segment, in place of all events together.", HelpName = "NAME" };
        var every = new Option<string>("--false-alarm-every") { Description = "The promise whose reach beyond the data is told: one false alarm in this time, shared by the file's segments.", HelpName = "TIME", DefaultValueFactory = _ => "30d" };
        var output = Verbs.Output();
        var command = new Verb(
            "show",
            "Show a reference: its histogram, what its return periods rest on, its largest peaks, its segments.",
            "driftmonitor reference show departure-delay.json",
            "driftmonitor reference show departure-delay.json --segment EWR --false-alarm-every 90d",
            "driftmonitor reference show departure-delay.json --output json")
        { file, segment, every, output };
        command.SetAction((result, _) => Task.FromResult(Show(
            result.GetRequiredValue(file), result.GetValue(segment), result.GetRequiredValue(every), result.GetValue(output), Screen.OfStandardOutput())));
        return command;
    }

    private static int Build(string config, string name, string target, string[] files, string? from, string? to, string[] exclude, string? edges, string? bins, int? minExpected, OutputFormat format)
    {
        if (Verbs.Load(config, files.Length > 0 ? Needs.Nothing : Needs.Topics) is not { } plan)
        {
            return ExitCode.Usage;
        }

        var monitor = plan.Monitors.FirstOrDefault(candidate => candidate.Spec.Name == name);
        if (monitor is null)
        {
            Verbs.Say($"--monitor {name}: there is no such monitor in {config}; there are {string.Join(", ", plan.Monitors.Select(candidate => candidate.Spec.Name))}");
            return ExitCode.Usage;
        }

        BinsChoice choice;
        Period period;
        List<Period> excluded;
        try
        {
            if (format == OutputFormat.Json && target == "-")
            {
                throw new FormatException("--output json: standard output has the reference itself with --out -; give --out FILE");
            }

            choice = (BinsOptions.Choose(bins, edges) ?? BinsChoice.Auto) with { MinExpected = minExpected };
            period = new Period(from is null ? EventTime.Earliest : Aligned(from, "--from", monitor), to is null ? EventTime.Latest : Aligned(to, "--to", monitor));
            excluded = [.. exclude.Select(range => Range(range, monitor))];
            if (period.From >= period.To)
            {
                throw new FormatException($"--from {from} is not before --to {to}");
            }
        }
        catch (FormatException e)
        {
            Verbs.Say(e.Message);
            return ExitCode.Usage;
        }

        if (target != "-")
        {
            OutputFile.Check(target, config, files);
            ReferenceFile.EnsureWritable(target); // before anything is read, which may take minutes
        }

        using var interruption = new Interruption();
        using var logging = LoggerFactory.Create(builder => ServiceHost.ConfigureLogging(builder, LogLevel.Error));
        using var source = ConfiguredSources.Bounded(plan.Options, [monitor], files, logging.CreateLogger("DriftMonitor.Kafka"), interruption.Token);
        var builder = new ReferenceBuilder(monitor.Spec, monitor.Field, monitor.EventTime, period, excluded, choice, monitor.PseudoCount, monitor.SegmentBy,
            monitor.ByHourOfWeek);
        ReferenceFile file;
        try
        {
            file = Read(source, files, builder, interruption);
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            return interruption.Code;
        }

        if (target == "-")
        {
            Console.Out.Write(file.ToJson());
        }
        else
        {
            file.Save(target);
        }

        var report = new BuildReport(target, monitor.Spec, file, builder, minExpected is not null);
        Verbs.Say(report.ToString());
        foreach (var remark in report.Remarks)
        {
            Verbs.Say(remark);
        }

        if (format == OutputFormat.Json)
        {
            Console.Out.WriteLine(report.ToJson());
        }

        return ExitCode.Good;
    }

    // A topic is read from its oldest record to its end, whatever the period: when a record was written does not bound its event time. Looking up the offset of --from would be safe where the record's own time is
    // the event time, and lose what was written ahead of its event elsewhere; and behind the end, events that came late may still belong to the period.
    private static ReferenceFile Read(IEventSource source, string[] files, ReferenceBuilder builder, Interruption interruption)
    {
        var stopping = interruption.Token;
        using var progress = ProgressLine.OnStandardError();
        while (source.Next(Patience, out var raw) is var signal && signal != SourceSignal.End)
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

        // On a thread that can be left behind: who has had enough of a long calibration need not wait for its end.
        return Task.Run(builder.Build, CancellationToken.None).WaitAsync(stopping).GetAwaiter().GetResult();
    }

    private static int Show(string path, string? segment, string every, OutputFormat format, Screen screen)
    {
        if (!Duration.TryParse(every, out var promise) || promise.Span == TimeSpan.Zero)
        {
            Verbs.Say($"--false-alarm-every {every}: write a length of time, such as 12h or 30d");
            return ExitCode.Usage;
        }

        var file = ReferenceFile.Read(path, Reference.DefaultPseudoCount);
        if (segment is not null && !file.Segments.ContainsKey(segment))
        {
            var called = $"--segment {Quoted(segment)}: {path} has no";
            Verbs.Say(file.Segments.Count == 0 ? $"{called} segments"
                : segment == ReferenceText.Nameless && file.Segments.ContainsKey("") ? $"{called} such segment: write \"\" for events without one"
                : NearestName.Of(segment, file.Segments.Keys) is { Length: > 0 } near ? $"{called} such segment: write {Quoted(near)}"
                : $"{called} such segment; there are {Phrases.Alternatives([.. file.Segments.Keys.Order(StringComparer.Ordinal).Take(ListedSegments).Select(Quoted)])}{(file.Segments.Count > ListedSegments ? " and others" : "")}");
            return ExitCode.Usage;
        }

        switch (format, segment)
        {
            case (OutputFormat.Json, null):
                Console.Out.Write(file.ToJson());
                break;
            case (OutputFormat.Json, _):
                // A reference of its own, for whoever watches that segment alone.
                var own = file.Segments[segment];
                Console.Out.Write((file with { Reference = own.Reference, Calibration = own.Calibration, Segments = new Dictionary<string, SegmentReference>(), SegmentBy = null }).ToJson());
                break;
            case (_, null):
                new ReferenceText(screen, file, promise).Write();
                break;
            default:
                new ReferenceText(screen, file, promise).Write(segment);
                break;
        }

        return ExitCode.Good;
    }

    private static string Quoted(string segment) => Phrases.Quote(OneLine.Name(segment));

    private static Period Range(string text, PlannedMonitor monitor)
    {
        var dots = text.IndexOf("..", StringComparison.Ordinal);
        if (dots < 0)
        {
            throw new FormatException($"--exclude {text}: write FROM..TO, such as 2013-04-10T00:00:00Z..2013-04-11T00:00:00Z");
        }

        var (from, to) = (text[..dots], text[(dots + 2)..]);
        if (from.Length == 0 || to.Length == 0)
        {
            throw new FormatException($"--exclude {text}: {(from.Length > 0 ? $"TO is missing; to leave out all from a time on, use --to {from}" : to.Length > 0 ? $"FROM is missing; to leave out all before a time, use --from {to}" : "FROM and TO are missing")}");
        }

        var range = new Period(Aligned(from, "--exclude", monitor), Aligned(to, "--exclude", monitor));
        return range.From < range.To ? range : throw new FormatException($"--exclude {text}: FROM is not before TO");
    }

    private static EventTime Aligned(string text, string option, PlannedMonitor monitor)
    {
        if (EventTimeText.FromIso8601(Encoding.UTF8.GetBytes(text)) is not { } time)
        {
            throw new FormatException($"{option} {text}: write an ISO 8601 time, such as 2013-04-01T00:00:00Z");
        }

        var grid = monitor.Spec.Pane;
        return grid.IsAligned(time)
            ? time
            : throw new FormatException($"{option} {text}: a reference's period consists of whole panes; take {grid.Start(grid.PaneOf(time))} or {grid.End(grid.PaneOf(time))}");
    }
}
