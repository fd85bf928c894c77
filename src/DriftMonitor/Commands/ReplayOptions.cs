using System.CommandLine;
using System.Text;
using DriftMonitor.Core.Time;
using DriftMonitor.History;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Commands;

/// <summary>The options of <c>replay</c>.</summary>
internal sealed class ReplayOptions
{
    private readonly Option<string> _config = SharedOptions.Config();
    private readonly Option<string[]> _files = SharedOptions.Files();

    private const string Segments = "segments"; // a value of --report

    private readonly Option<ReplayFormat> _output = new("--output", "-o")
    {
        Description = "Readings and alert changes on standard output: text for people, json lines for programs, or csv. "
            + "Default: text, or only a summary where history or a report is written.",
        HelpName = "text|json|csv",
    };

    private readonly Option<string?> _from = new("--from")
    {
        Description = "Start of the range: an ISO 8601 time. Readings before it are neither printed nor written. Default: the first one.",
        HelpName = "TIME",
    };

    private readonly Option<string?> _to = new("--to")
    {
        Description = "End of the range, exclusive: an ISO 8601 time. Default: the end of the input.",
        HelpName = "TIME",
    };

    private readonly Option<bool> _untilNow = new("--until-now")
    {
        Description = "Read topics to the ends that they have at the start. This is the default; the option says so in a script.",
    };

    private readonly Option<string?> _out = new("--out")
    {
        Description = "An empty folder for OpenMetrics files with timestamps, one a day, such as 2013-02-09.om.",
        HelpName = "DIR",
    };

    private readonly Option<bool> _continue = new("--continue")
    {
        Description = "Keep the complete days in the folder of --out; the last one, which may be incomplete, is written again.",
    };

    private readonly Option<string?> _blocks = new("--blocks")
    {
        Description = "An empty folder for Prometheus blocks, made by promtool, which must be on the PATH.",
        HelpName = "DIR",
    };

    private readonly Option<string?> _remoteWrite = new("--remote-write")
    {
        Description = "A receiver of Prometheus remote write 1.0, such as http://localhost:9090/api/v1/write.",
        HelpName = "URL",
    };

    private readonly Option<string?> _remoteWriteAuth = new("--remote-write-auth")
    {
        Description = "A file with one line, Bearer TOKEN or Basic USER:PASSWORD, for --remote-write.",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _labels = new("--label")
    {
        Description = "A label of every series in the history, such as replay=2013, to keep it apart. Repeatable.",
        HelpName = "NAME=VALUE",
    };

    private readonly Option<string?> _report = new("--report")
    {
        Description = "An HTML file for a report: charts of all series with their alerts, in one page that needs no other file. "
            + "Or segments: lists, in place of readings, what distinguishes each segment at the end of the range (a file of that name: "
            + "./segments).",
        HelpName = "FILE|segments",
    };

    private readonly Option<string?> _whatIf = new("--what-if")
    {
        Description = "A JSON file of other settings of monitors. Prints how often each would have raised an alert, in place of readings.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _calibrate = new("--calibrate")
    {
        Description = "Refit the calibrations in the reference files from the readings of the range, in which nothing should have drifted.",
    };

    private readonly Option<string[]> _exclude = new("--exclude")
    {
        Description = "With --calibrate: a period of the range to leave out, such as an incident. Repeatable.",
        HelpName = "FROM..TO",
    };

    private readonly Option<bool> _failOnDrift = new("--fail-on-drift")
    {
        Description = "Exit with 3 if an alert fires in the range.",
    };

    /// <summary>The options, in the order in which help lists them.</summary>
    public IEnumerable<Option> All =>
    [
        _config, _files, _from, _to, _untilNow, _output, _out, _continue, _blocks, _remoteWrite, _remoteWriteAuth, _labels, _report,
        _whatIf, _calibrate, _exclude, _failOnDrift,
    ];

    /// <summary>Creates the options with their checks.</summary>
    public ReplayOptions()
    {
        OptionChecks.RejectEmptyPath(_out);
        OptionChecks.RejectEmptyPath(_blocks);
        OptionChecks.RejectEmptyPath(_remoteWriteAuth);
        OptionChecks.RejectEmptyPath(_report);
        OptionChecks.RejectEmptyPath(_whatIf);
    }

    /// <summary>Reads what was written.</summary>
    /// <exception cref="UsageException">Something does not go together, or is no time or label.</exception>
    public ReplayRequest Read(ParseResult parsed)
    {
        var (from, to) = (parsed.GetValue(_from), parsed.GetValue(_to));
        var range = new Period(
            from is null ? EventTime.Earliest : ParseTime(from, "--from"),
            to is null ? new EventTime(long.MaxValue) : ParseTime(to, "--to"));
        if (range.From >= range.To)
        {
            throw new UsageException($"--from {from} must be before --to {to}");
        }

        if (parsed.GetValue(_untilNow) && to is not null)
        {
            throw new UsageException("--until-now and --to are both ends of the range: use one of them");
        }

        var history = new HistoryRequest
        {
            Folder = parsed.GetValue(_out),
            IsContinued = parsed.GetValue(_continue),
            Blocks = parsed.GetValue(_blocks),
            RemoteWrite = parsed.GetValue(_remoteWrite) is { } url ? ParseUrl(url) : null,
            RemoteWriteAuthorization = parsed.GetValue(_remoteWriteAuth),
            Labels = HistoryLabels.Parse(parsed.GetValue(_labels) ?? []),
        };
        Check(history);
        var (whatIf, fails, format) = (parsed.GetValue(_whatIf), parsed.GetValue(_failOnDrift), parsed.GetValue(_output));
        var (calibrates, excluded) = (parsed.GetValue(_calibrate), parsed.GetValue(_exclude) ?? []);
        if (excluded.Length > 0 && !calibrates)
        {
            throw new UsageException("--exclude is for --calibrate, which is missing: add --calibrate");
        }

        var (report, config, files) = (parsed.GetValue(_report), parsed.GetRequiredValue(_config), parsed.GetValue(_files) ?? []);
        if (whatIf is not null && (fails || calibrates || !history.IsEmpty || report is not null || format == ReplayFormat.Csv))
        {
            throw new UsageException(
                "--what-if compares settings and gives no readings: leave out "
                + (fails ? "--fail-on-drift"
                    : calibrates ? "--calibrate"
                    : report is not null ? "--report"
                    : format == ReplayFormat.Csv ? "--output csv"
                    : "the options that write history"));
        }

        var listsSegments = report == Segments;
        if (listsSegments && format == ReplayFormat.Csv)
        {
            throw new UsageException("--report segments is a table or JSON lines: use --output text or --output json");
        }

        if (report is not null && !listsSegments)
        {
            OutputFile.Report.Check(report, config, files);
        }

        var isFormatGiven = parsed.GetResult(_output) is { Implicit: false };
        return new ReplayRequest
        {
            Config = config,
            Files = files,
            Format = isFormatGiven || listsSegments || (history.IsEmpty && report is null) ? format : null,
            Range = range,
            History = history,
            Report = listsSegments ? null : report,
            ListsSegments = listsSegments,
            WhatIf = whatIf,
            Calibrates = calibrates,
            Excluded = [.. excluded.Select(ParsePeriod)],
            FailsOnDrift = fails,
        };
    }

    private static void Check(HistoryRequest history)
    {
        if (history.IsContinued && history.Folder is null)
        {
            throw new UsageException("--continue keeps days in the folder of --out, which is missing: add --out DIR");
        }

        if (history.Labels.Count > 0 && history.IsEmpty)
        {
            throw new UsageException("--label is for history, and none is written: add --out DIR, --blocks DIR or --remote-write URL");
        }

        if (history is { RemoteWriteAuthorization: not null, RemoteWrite: null })
        {
            throw new UsageException("--remote-write-auth is for --remote-write, which is missing: add --remote-write URL");
        }

        if (history is { Folder: { } folder, Blocks: { } blocks } && Path.GetFullPath(folder) == Path.GetFullPath(blocks))
        {
            throw new UsageException($"--out and --blocks are both {folder}: name two folders");
        }
    }

    private static Uri ParseUrl(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            throw new UsageException($"--remote-write {text}: use an address such as http://localhost:9090/api/v1/write");
        }

        return url.UserInfo.Length == 0 ? url : throw new UsageException(
            $"--remote-write {url.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped)}: everyone on this machine can see a "
            + "password on the command line: write Basic USER:PASSWORD into a file, and use --remote-write-auth FILE");
    }

    private static Period ParsePeriod(string text)
    {
        if (text.Split("..", 2) is not [{ Length: > 0 } from, { Length: > 0 } to])
        {
            throw new UsageException($"--exclude {text}: use FROM..TO, for example 2013-04-10T00:00:00Z..2013-04-11T00:00:00Z");
        }

        var period = new Period(ParseTime(from, "--exclude"), ParseTime(to, "--exclude"));
        return period.From < period.To ? period : throw new UsageException($"--exclude {text}: FROM must be before TO");
    }

    private static EventTime ParseTime(string text, string option) =>
        EventTimeText.FromIso8601(Encoding.UTF8.GetBytes(text))
        ?? throw new UsageException($"{option} {text}: use an ISO 8601 time, for example 2013-04-01T00:00:00Z");
}
