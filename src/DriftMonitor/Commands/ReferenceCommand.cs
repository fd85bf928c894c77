using System.CommandLine;
using System.Globalization;
using System.Text;
using DriftMonitor.Core;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Hosting;
using DriftMonitor.Options;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.References;
using DriftMonitor.Streaming.Sources;

namespace DriftMonitor.Commands;

/// <summary><c>reference</c>: <c>build</c> and <c>show</c>; <c>fit</c> has a file of its own.</summary>
internal static class ReferenceCommand
{
    private const int ListedSegments = 10; // in a message

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    /// <summary>The verbs.</summary>
    public static Command Create() => new("reference", "Make and look at what windows are compared with.") { CreateBuild(), CreateShow(), FitCommand.Create() };

    private static Command CreateBuild()
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
        var target = new Option<string>("--out", "-o") { Description = "The file to write; - for standard output.", HelpName = "FILE", Required = true };
        var files = Verbs.Files();
        var output = new Option<OutputFormat>("--output") { Description = "json: beside the reference in its FILE, a summary on standard output.", HelpName = "text|json" }; // -o is --out here
        var command = new Command("build", "Make a reference from topics or files.") { config, monitor, target, from, to, exclude, edges, bins, minExpected, files, output };
        command.SetAction((result, _) => Task.FromResult(Build(
            result.GetRequiredValue(config), result.GetRequiredValue(monitor), result.GetRequiredValue(target), result.GetValue(files) ?? [],
            result.GetValue(from), result.GetValue(to), result.GetValue(exclude) ?? [], result.GetValue(edges), result.GetValue(bins),
            result.GetResult(minExpected) is null ? null : result.GetValue(minExpected), result.GetValue(output))));
        return command;
    }

    private static Command CreateShow()
    {
        var file = new Argument<string>("FILE") { Description = "A reference file." };
        var segment = new Option<string?>("--segment") { Description = "One segment, in place of all events together.", HelpName = "NAME" };
        var output = Verbs.Output();
        var command = new Command("show", "Show a reference's bins and when it was made.") { file, segment, output };
        command.SetAction((result, _) => Task.FromResult(Show(result.GetRequiredValue(file), result.GetValue(segment), result.GetValue(output))));
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

            choice = Choose(edges, bins) with { MinExpected = minExpected };
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

        using var interruption = new Interruption();
        using var logging = LoggerFactory.Create(builder => ServiceHost.Log(builder, LogLevel.Error));
        using var source = Sources.Bounded(plan.Options, [monitor], files, logging.CreateLogger("DriftMonitor.Kafka"));
        var builder = new ReferenceBuilder(monitor.Spec, monitor.Field, monitor.EventTime, period, excluded, choice, monitor.PseudoCount, monitor.SegmentBy, plan.Options.Monitors.Single(options => options.Name == name).Reference.Kind == ReferenceKind.HourOfWeek);
        ReferenceFile file;
        using (var progress = ProgressLine.OnStandardError())
        {
            while (source.Next(Patience, out var raw) is var signal && signal != SourceSignal.End)
            {
                if (signal == SourceSignal.Event)
                {
                    builder.Add(raw);
                }

                progress.Read(builder.Events, () => source.Share);
                if (interruption.Token.IsCancellationRequested)
                {
                    return interruption.Code;
                }
            }

            progress.Show("finding bins and calibrating");
            file = builder.Build();
        }

        Write(target, file.ToJson());
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

    private static int Show(string path, string? segment, OutputFormat format)
    {
        var file = ReferenceFile.Read(path, Reference.DefaultPseudoCount);
        var (reference, calibrations) = (file.Reference, file.Calibration);
        if (segment is not null)
        {
            if (!file.Segments.TryGetValue(segment, out var own))
            {
                Verbs.Say(file.Segments.Count == 0
                    ? $"--segment {segment}: {path} has no segments"
                    : $"--segment {segment}: {path} has no such segment{(NearestName.Of(segment, file.Segments.Keys) is { } near ? $": write {near}" : $"; there are {Fault.Alternatives([.. file.Segments.Keys.Order(StringComparer.Ordinal).Take(ListedSegments)])}{(file.Segments.Count > ListedSegments ? " and others" : "")}")}");
                return ExitCode.Usage;
            }

            (reference, calibrations) = (own.Reference, own.Calibration);
            file = file with { Reference = reference, Calibration = calibrations, Segments = new Dictionary<string, SegmentReference>(), SegmentBy = null };
        }

        if (format == OutputFormat.Json)
        {
            Console.Out.Write(file.ToJson());
            return ExitCode.Good;
        }

        var binning = reference.Binning;
        Console.OutputEncoding = Encoding.UTF8;
        Console.WriteLine($"field   {file.Field}");
        Console.WriteLine(reference.Period is { } period ? $"period  {period.From} to {period.To}" : "period  none of its own");
        foreach (var excluded in reference.Excluded)
        {
            Console.WriteLine($"without {excluded.From} to {excluded.To}");
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"events  {reference.Events}{(reference.EventsPerPane is { } pane ? $", {pane:0.##} a pane" : "")}{(reference.MeanEvents is { } window ? $", {window:0.##} in the longest window" : "")}"));
        Console.WriteLine();
        var labels = Enumerable.Range(0, binning.Count).Select(bin => new string([.. binning.Label(bin).Select(c => char.IsControl(c) ? '·' : c)])).ToList();
        var width = labels.Max(label => label.Length);
        var most = Math.Max(1, reference.Counts.ToArray().Max());
        for (var bin = 0; bin < binning.Count; bin++)
        {
            var count = reference.Counts[bin];
            var bar = new string('█', (int)Math.Round(40.0 * count / most));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{labels[bin].PadLeft(width)}  {count,9}  {100.0 * count / reference.Events,5:0.0} %  {bar}").TrimEnd());
        }

        foreach (var (length, calibration) in calibrations)
        {
            Console.WriteLine();
            ShowCalibration(length, calibration, reference);
        }

        if (file.Segments.Count > 0)
        {
            Console.WriteLine();
            ShowSegments(file);
        }

        return ExitCode.Good;
    }

    // The largest first, as `--segment` shows one whole.
    private static void ShowSegments(ReferenceFile file)
    {
        var name = file.SegmentBy ?? "segment";
        var width = Math.Max(name.Length, file.Segments.Keys.Max(segment => segment.Length));
        Console.WriteLine($"{name.PadRight(width)}  {"events",9}  {"share",7}  return periods rest on");
        foreach (var (segment, own) in file.Segments.OrderByDescending(segment => segment.Value.Reference.Events).ThenBy(segment => segment.Key, StringComparer.Ordinal))
        {
            var kinds = own.Calibration.Select(window => $"{window.Key} {window.Value.Kind.ToString().ToLowerInvariant()}");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{string.Concat(segment.Select(c => char.IsControl(c) ? '·' : c)).PadRight(width)}  {own.Reference.Events,9}  {100.0 * own.Reference.Events / file.Reference.Events,5:0.0} %  {string.Join(", ", kinds)}"));
        }
    }

    private static void ShowCalibration(string window, WindowCalibration calibration, Reference reference)
    {
        string Panes(double panes) => reference.Pane is { } length ? AlertText.Period(panes * length.TotalSeconds) : string.Create(CultureInfo.InvariantCulture, $"{panes:0} panes");
        var tail = calibration.Tail;
        var kind = calibration.Kind switch
        {
            CalibrationKind.Measured => $"measured on {Panes(calibration.SpanPanes)} of the reference",
            CalibrationKind.Dispersion => string.Create(CultureInfo.InvariantCulture, $"simulated independent events, z divided by {calibration.Dispersion:0.##} as {Panes(calibration.SpanPanes)} of the reference show (too few for a tail of their own)"),
            _ => $"simulated independent events: the reference {(reference.Period is null ? "has no course of its own" : "is too short or too sparse to tell how it fluctuates")}",
        };
        Console.WriteLine($"window  {window}: {kind}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"tail    {tail.Clusters} times above z = {tail.Threshold:0.##} ({tail.Level:0%} of the readings lie below)"));
        foreach (var peak in calibration.Peaks)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak    {peak.Time}  z {peak.Z,8:0.00}  once in {Panes(calibration.ReturnPeriod(peak.Z))}"));
        }
    }

    private static BinsChoice Choose(string? edges, string? bins)
    {
        try
        {
            return (edges, bins) switch
            {
                (not null, not null) => throw new FormatException("and --bins: give one of the two"),
                (not null, _) => BinsChoice.Edges(edges),
                (_, not null) => NearestKind(bins) is { } near ? throw new FormatException($"there is no such kind of bins: write {near}") : BinsChoice.Parse(bins),
                _ => BinsChoice.Auto,
            };
        }
        catch (FormatException e)
        {
            throw new FormatException(edges is null ? $"--bins {bins}: {e.Message}" : bins is null ? $"--edges: {e.Message}" : $"--edges {e.Message}", e);
        }
    }

    // What somebody meant who wrote quantile:10; null where it is a kind, or near to none.
    private static string? NearestKind(string bins)
    {
        var kind = bins.Split(':')[0];
        return BinsChoice.Kinds.Contains(kind) || NearestName.Of(kind, BinsChoice.Kinds) is not { } near ? null : BinsChoice.Forms[BinsChoice.Kinds.Index().First(known => known.Item == near).Index];
    }

    private static Period Range(string text, PlannedMonitor monitor)
    {
        var dots = text.IndexOf("..", StringComparison.Ordinal);
        if (dots < 0)
        {
            throw new FormatException($"--exclude {text}: write FROM..TO, such as 2013-04-10T00:00:00Z..2013-04-11T00:00:00Z");
        }

        var range = new Period(Aligned(text[..dots], "--exclude", monitor), Aligned(text[(dots + 2)..], "--exclude", monitor));
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

    // By way of a second file: who reads the reference meanwhile sees the old one or the new one, whole.
    private static void Write(string target, string json)
    {
        if (target == "-")
        {
            Console.Out.Write(json);
            return;
        }

        if (Directory.Exists(target))
        {
            throw new ReferenceException($"cannot write {target}: it is a folder");
        }

        try
        {
            var draft = target + ".tmp";
            File.WriteAllText(draft, json);
            File.Move(draft, target, overwrite: true);
        }
        catch (DirectoryNotFoundException e)
        {
            throw new ReferenceException($"cannot write {target}: there is no such folder", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReferenceException($"cannot write {target}: {e.Message}", e);
        }
    }
}
