using System.CommandLine;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.References;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary><c>reference show</c>: prints a reference file for people, or one segment of it as JSON.</summary>
internal static class ReferenceShowCommand
{
    private const int MaxListedSegments = 10; // in a message

    /// <summary>Creates the verb.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A reference file." };
        OptionChecks.RejectEmptyPath(file);
        var segment = new Option<string?>("--segment")
        {
            Description = "Show only this segment. Default: all events together.",
            HelpName = "NAME",
        };
        var every = new Option<string>("--false-alarm-every")
        {
            Description = "Time per false alarm, such as 12h or 30d, over all segments. The text shows how far it exceeds the data.",
            HelpName = "TIME",
            DefaultValueFactory = _ => "30d",
        };
        var output = SharedOptions.Output();
        var command = new Verb(
            "show",
            "Show a reference: its histogram, the data behind its return periods, its largest peaks and its segments.",
            "driftmonitor reference show departure-delay.json",
            "driftmonitor reference show departure-delay.json --segment EWR --false-alarm-every 90d",
            "driftmonitor reference show departure-delay.json --output json")
        { file, segment, every, output };
        command.SetAction(result => Run(
            result.GetRequiredValue(file),
            result.GetValue(segment),
            result.GetRequiredValue(every),
            result.GetValue(output),
            Screen.OfStandardOutput()));
        return command;
    }

    private static int Run(string path, string? segment, string every, OutputFormat format, Screen screen)
    {
        if (!Duration.TryParse(every, out var falseAlarmEvery) || falseAlarmEvery.Span == TimeSpan.Zero)
        {
            throw new UsageException($"--false-alarm-every {every}: use a duration, for example 12h or 30d");
        }

        var file = ReferenceFile.Read(path, Reference.DefaultPseudoCount);
        if (segment is not null && !file.Segments.ContainsKey(segment))
        {
            throw new UsageException($"--segment {Quote(segment)}: {path} {DescribeUnknownSegment(segment, file)}");
        }

        if (format == OutputFormat.Json)
        {
            Console.Out.Write((segment is null ? file : ExtractSegment(file, segment)).ToJson());
            return ExitCode.Good;
        }

        var text = new ReferenceText(screen, file, falseAlarmEvery);
        if (segment is null)
        {
            text.Write();
        }
        else
        {
            text.Write(segment);
        }

        return ExitCode.Good;
    }

    // A reference for a monitor of that segment alone.
    private static ReferenceFile ExtractSegment(ReferenceFile file, string segment) => file with
    {
        Reference = file.Segments[segment].Reference,
        Calibration = file.Segments[segment].Calibration,
        Segments = new Dictionary<string, SegmentReference>(),
        SegmentBy = null,
    };

    private static string DescribeUnknownSegment(string segment, ReferenceFile file)
    {
        if (file.Segments.Count == 0)
        {
            return "has no segments";
        }

        if (segment == ReferenceText.Nameless && file.Segments.ContainsKey(""))
        {
            return "has no such segment: use \"\" for events without a segment";
        }

        if (NearestName.Of(segment, file.Segments.Keys) is { Length: > 0 } nearest)
        {
            return $"has no such segment (did you mean {Quote(nearest)}?)";
        }

        var listed = file.Segments.Keys.Order(StringComparer.Ordinal).Take(MaxListedSegments).Select(Quote).ToList();
        var others = file.Segments.Count > MaxListedSegments ? ", or another segment of the file" : "";
        return $"has no such segment: use {Phrases.Alternatives(listed)}{others}";
    }

    private static string Quote(string segment) => Phrases.Quote(OneLine.Name(segment));
}
