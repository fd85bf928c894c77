using System.Globalization;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Binning;
using DriftMonitor.Proposals;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>What <c>init</c> proposes, for people or for programs: a line for each field, what was assumed, and the next command.</summary>
internal sealed class InitReport
{
    private const int WidestName = 40;

    private readonly Proposal _proposal;
    private readonly string _topic;
    private readonly string[] _files;
    private readonly string _folder;

    /// <summary>Creates a report.</summary>
    /// <param name="proposal">The proposal.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="files">The files that stood in for it.</param>
    /// <param name="folder">The folder that the proposal is written to.</param>
    public InitReport(Proposal proposal, string topic, string[] files, string folder) =>
        (_proposal, _topic, _files, _folder) = (proposal, topic, files, folder);

    private string Windows => $"{_proposal.Windows.Short} and {_proposal.Windows.Long}";

    private string Configuration => Path.Combine(_folder, ProposalBuilder.ConfigurationName);

    private string Next => $"driftmonitor run --config {Quoted(Configuration)}";

    private string? Replay => _files.Length > 0
        ? $"driftmonitor replay --config {Quoted(Configuration)} --file {string.Join(' ', _files.Select(Quoted))}"
        : null;

    /// <summary>Writes the report to standard output, and notes to standard error.</summary>
    public void Write(OutputFormat format)
    {
        if (format == OutputFormat.Json)
        {
            Console.Out.WriteLine(ToJson().ToJsonString(JsonStyle.Indented));
        }
        else
        {
            foreach (var line in Lines())
            {
                Console.Out.WriteLine(OneLine.Sentence(line));
            }
        }

        foreach (var note in _proposal.Notes)
        {
            Messages.Write($"note: {note}");
        }

        foreach (var field in _proposal.Watched)
        {
            foreach (var remark in field.Remarks)
            {
                Messages.Write($"{field.Monitor!.Name}: {remark}");
            }
        }

        if (!_proposal.Watched.Any())
        {
            Messages.Write("no field is worth watching, so nothing was written");
        }
    }

    private IEnumerable<string> Lines()
    {
        var (times, watched) = (_proposal.Times, _proposal.Watched.Count());
        yield return $"events      {times.CountInRange()} of {_topic}, {times.First} to {times.Last}";
        yield return $"event time  {DescribeTime()}";
        yield return $"windows     {DescribeWindows()}";
        yield return $"reference   {DescribeReference()}";
        yield return $"promise     one false alarm in {ProposalBuilder.FalseAlarmEvery} (FalseAlarmEvery), on average over all "
            + $"{Phrases.Count(watched, "monitor")} together";
        yield return "";
        var width = Math.Min(WidestName, _proposal.Fields.Max(field => field.Field.Text.Length));
        foreach (var field in _proposal.Fields)
        {
            var name = OneLine.Name(field.Field.Text);
            yield return $"{(name.Length > WidestName ? name[..(WidestName - 1)] + "…" : name.PadRight(width))}  {Describe(field)}";
        }

        if (watched == 0)
        {
            yield break;
        }

        yield return "";
        if (_proposal.Segments is { } segments)
        {
            var name = JsonValue.Create(segments.Field.Text).ToJsonString(JsonStyle.Compact);
            yield return $"to watch each value of {segments.Field} by itself, add \"SegmentBy\": {name} to a monitor, and build its "
                + "reference anew (reference build)";
        }

        if (Replay is { } replay)
        {
            yield return $"readings of the files: {replay}";
        }

        yield return $"next: {Next}";
    }

    private string DescribeTime() => _proposal.EventTime is not { } field ? "the records' own time"
        : $"{field} ({_proposal.EventTimeFormat?.Text ?? "ISO 8601 or Unix time"})";

    private string DescribeWindows()
    {
        var windows = _proposal.Windows;
        var rate = _proposal.Times.CountInRange() / Math.Max(1, _proposal.Period.Length.TotalSeconds);
        var lateness = _proposal.Options.Monitors is [{ AllowedLateness.Span.Ticks: > 0 } monitor, ..]
            ? $", which wait {monitor.AllowedLateness} for late events"
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{windows.Short} ({rate * windows.Short.Span.TotalSeconds:0} events on average) and {windows.Long} "
            + $"({rate * windows.Long.Span.TotalSeconds:0}), in panes of {windows.Pane}{lateness}");
    }

    private string DescribeReference()
    {
        var (windows, period) = (_proposal.Windows, _proposal.Period);
        return windows.HasHistory
            ? $"built from what was read, {period.From} to {period.To}; if something was wrong then, build it anew without that time "
                + "(reference build)"
            : $"learned from the stream (so_far): the events cover {Phrases.Duration(period.Length.TotalSeconds)}, less than the "
                + $"{windows.LearnOver} of three long windows; no readings for the first {windows.LearnOver}";
    }

    private string Describe(ProposedField field)
    {
        if (field.Monitor is null)
        {
            return $"left out  {field.Decision.Reason}";
        }

        var bins = field.Reference is { } file
            ? file.Reference.Binning is CategoricalBinning
                ? Phrases.Count(file.Reference.Binning.Regular, "category", "categories")
                : $"numbers in {Phrases.Count(file.Reference.Binning.Regular, "bin")}"
            : field.Decision.IsNumeric ? "numbers" : "categories";
        return $"watched   {bins}, {Windows}, {Phrases.Count(field.Reference?.Reference.Events ?? field.Facts!.Events, "event")}";
    }

    private JsonObject ToJson() => new()
    {
        ["topic"] = _topic,
        ["events"] = _proposal.Times.CountInRange(),
        ["from"] = _proposal.Times.First.ToString(),
        ["to"] = _proposal.Times.Last.ToString(),
        ["event_time"] = _proposal.EventTime?.Text,
        ["event_time_format"] = _proposal.EventTimeFormat?.Text,
        ["windows"] = new JsonArray(_proposal.Windows.Short.ToString(), _proposal.Windows.Long.ToString()),
        ["pane"] = _proposal.Windows.Pane.ToString(),
        ["reference"] = _proposal.Windows.HasHistory ? "file" : "so_far",
        ["false_alarm_every"] = ProposalBuilder.FalseAlarmEvery.ToString(),
        ["fields"] = new JsonArray([.. _proposal.Fields.Select(ToJson)]),
        ["segment_by"] = _proposal.Segments?.Field.Text,
        ["notes"] = new JsonArray([.. _proposal.Notes.Select(note => JsonValue.Create(note))]),
        ["config"] = _proposal.Watched.Any() ? Configuration : null,
        ["next"] = _proposal.Watched.Any() ? Next : null,
    };

    private static JsonObject ToJson(ProposedField field) => field.Monitor is null
        ? new JsonObject { ["field"] = field.Field.Text, ["watched"] = false, ["reason"] = field.Decision.Reason }
        : new JsonObject
        {
            ["field"] = field.Field.Text,
            ["watched"] = true,
            ["monitor"] = field.Monitor.Name,
            ["kind"] = field.Decision.IsNumeric ? "numbers" : "categories",
            ["bins"] = field.Reference?.Reference.Binning.Regular,
            ["events"] = field.Reference?.Reference.Events ?? field.Facts!.Events,
            ["remarks"] = new JsonArray([.. field.Remarks.Select(remark => JsonValue.Create(remark))]),
        };

    // For a POSIX shell.
    private static string Quoted(string path) =>
        path.All(character => char.IsAsciiLetterOrDigit(character) || character is '/' or '.' or '-' or '_' or '+' or ':' or '~')
            ? path
            : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
