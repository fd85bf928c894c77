using System.Globalization;
using System.Text.Json.Nodes;
using DriftMonitor.History;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.History;

/// <summary>The executable's replay of the flights of tests/data: its files of days, its range, its gate, its other outputs.</summary>
public sealed class ReplayHistoryTests : IDisposable
{
    private static readonly string[] Replay = ["replay", "--config", "config.json", "--file", Workshop.Flights];

    private readonly Workshop _workshop = new();

    public ReplayHistoryTests()
    {
        _workshop.Configure("127.0.0.1:1", Workshop.Delays());
        _workshop.Write("departure-delay.json", """
            {"format":"driftmonitor.reference/1","field":"dep_delay",
             "bins":{"kind":"edges","edges":[-60,-10,-5,0,5,10,15,30,60,120,240,2000]},
             "counts":{"regular":[4000,11000,19000,7000,3500,2500,4000,3500,3100,1400,300],"special":{"missing":1200}}}
            """);
    }

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void Every_day_has_a_file_of_its_own_with_the_numbers_of_the_lines()
    {
        var lines = Run("--output", "json", "--out", "history").Output.Split('\n');

        var readings = lines.Where(line => line.StartsWith("{\"type\":\"reading\"", StringComparison.Ordinal))
            .Select(line => JsonNode.Parse(line)!).ToList();
        var days = readings.Select(reading => reading["time"]!.GetValue<string>()[..10]).Distinct().ToList();
        Assert.Equal(days.Select(day => $"{day}.om"), Files("history"));
        Assert.Equal(121, days.Count);
        var expected = readings.Where(reading => reading["kl_nats"] is not null).Select(reading => string.Create(
            CultureInfo.InvariantCulture,
            $"{Seconds(reading)} {reading["window"]!.GetValue<string>()} {reading["kl_nats"]!.GetValue<double>()}"));
        var written = days.SelectMany(day => File.ReadLines(_workshop[$"history/{day}.om"]))
            .Where(line => line.StartsWith("driftmonitor_kl_divergence_nats{", StringComparison.Ordinal))
            .Select(line => line.Split(' '))
            .Select(parts => $"{parts[2]} {(parts[0].Contains("\"24h\"", StringComparison.Ordinal) ? "24h" : "6h")} {parts[1]}");
        Assert.Equal(expected.Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Two_replays_are_equal_byte_by_byte_whatever_the_number_of_workers()
    {
        Run("--out", "one");
        var other = DriftMonitorProcess.Start(
            _workshop.Folder, new Dictionary<string, string> { ["DriftMonitor__Workers"] = "3" }, [.. Replay, "--out", "three"]);
        using (other)
        {
            other.End().Succeeded();
        }

        Assert.Equal(Files("one"), Files("three"));
        AreEqual("one", "three", Files("one"));
    }

    [Fact]
    public void A_folder_that_is_not_empty_is_refused_and_left_as_it_is()
    {
        Directory.CreateDirectory(_workshop["history"]);
        _workshop.Write("history/mine.txt", "mine");

        _workshop.Refuses(
            2, "--out history is not empty: add --continue to keep the days that are complete in it, or name an empty folder",
            [.. Replay, "--out", "history"]);
        Assert.Equal(["mine.txt"], Files("history"));
    }

    // The first day is kept though it is damaged here: a finished day is never written again.
    [Fact]
    public void Continuing_keeps_finished_days_and_writes_the_last_one_and_the_missing_ones()
    {
        Run("--out", "whole");
        Directory.CreateDirectory(_workshop["history"]);
        File.Copy(_workshop["whole/2013-02-01.om"], _workshop["history/2013-02-01.om"]);
        _workshop.Write("history/2013-02-02.om", "# EOF\n");
        _workshop.Write("history/2013-02-03.om", "half");
        _workshop.Write("history/.2013-02-04.om.partial", "less");

        var ended = _workshop.Run([.. Replay, "--out", "history", "--continue"]);

        Assert.Equal(0, ended.ExitCode);
        Assert.Contains(
            "warning: history: kept days differ from what this replay gives, the first of them 2013-02-02", ended.Errors);
        Assert.Equal("# EOF\n", File.ReadAllText(_workshop["history/2013-02-02.om"]));
        Assert.Equal(Files("whole"), Files("history"));
        AreEqual("whole", "history", Files("whole").Where(day => day != "2013-02-02.om"));
    }

    [Fact]
    public void After_Ctrl_C_the_finished_days_are_there_and_complete()
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // no such shell and signals
        }

        Run("--out", "whole");
        // The writer stops after some days, and keeps the pipe open.
        var script = $$"""
            mkfifo events && exec 4<> events
            set -m; '{{DriftMonitorProcess.Executable}}' replay --config config.json --file events --out history &
            set +m
            zcat '{{Workshop.Flights}}' | head -20000 >&4
            until [ -e history/2013-02-15.om ]; do sleep 0.05; done
            kill -INT $!
            wait $!
            echo $?
            """;
        var ended = InBash(script);

        Assert.Equal("130\n", ended.Output);
        Assert.True(Files("history").Length >= 15, ended.ToString());
        AreEqual("whole", "history", Files("history"));

        Run("--out", "history", "--continue");
        Assert.Equal(Files("whole"), Files("history"));
    }

    // A limit of the size of files is as good as a full disk, and needs no disk of its own.
    [Fact]
    public void A_disk_that_fills_leaves_no_part_of_a_file_and_is_told_in_one_line()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var ended = InBash($$"""
            trap '' XFSZ
            export DOTNET_EnableWriteXorExecute=0 # which maps a file of more than that
            ulimit -f 40
            '{{DriftMonitorProcess.Executable}}' {{string.Join(' ', Replay)}} --out history
            echo $?
            """);

        Assert.Equal("1\n", ended.Output);
        Assert.Matches(
            @"^driftmonitor: cannot write history/2013-\d\d-\d\d\.om: the file is too large[^\n;]*; the days before it are complete: "
                + @"correct this and repeat with --continue\n$",
            ended.Errors);
        Assert.All(Files("history"), day => Reads($"history/{day}"));
    }

    [Fact]
    public void Where_its_reader_has_gone_history_is_written_and_drift_found_all_the_same()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var ended = InBash($"""
            '{DriftMonitorProcess.Executable}' {string.Join(' ', Replay)} --output csv --fail-on-drift | head -1
            echo {"${PIPESTATUS[0]}"}
            '{DriftMonitorProcess.Executable}' {string.Join(' ', Replay)} --output csv --out history | head -1 > first
            echo ${"{PIPESTATUS[0]}"}
            """);

        Assert.EndsWith(",unavailable,from,to\n3\n0\n", ended.Output);
        Assert.StartsWith("type,time,until,monitor,segment,window,events,kl_nats,", File.ReadAllText(_workshop["first"]));
        Assert.Equal(121, Files("history").Length);
    }

    [Fact]
    public void A_label_keeps_a_backfill_apart_and_stands_in_every_series()
    {
        Run("--from", "2013-02-08", "--to", "2013-02-10", "--out", "history", "--label", "replay=blizzard \"2013\"", "--label", "job=x");

        Assert.Equal(["2013-02-08.om", "2013-02-09.om"], Files("history"));
        Assert.All(
            Files("history").SelectMany(day => File.ReadLines(_workshop[$"history/{day}"])).Where(line => !line.StartsWith('#')),
            line => Assert.Contains(",replay=\"blizzard \\\"2013\\\"\"", line));
    }

    [Theory]
    [InlineData("--label", "replay", "--label replay: use NAME=VALUE, for example replay=2013")]
    [InlineData("--label", "monitor=x", "--label monitor=x: the metrics have a label monitor of their own: use another name")]
    [InlineData("--label", "__name__=x", "--label __name__=x: names that begin with __ are reserved for Prometheus: use another one")]
    [InlineData("--label", "9=x", "--label 9=x: the name \"9\" must consist of letters, digits and _, and not begin with a digit")]
    [InlineData("--label", "a=", "--label a=: the value is empty, and Prometheus drops such a label: give a value")]
    [InlineData("--from", "2013-02-30", "--from 2013-02-30: use an ISO 8601 time, for example 2013-04-01T00:00:00Z")]
    [InlineData("--to", "yesterday", "--to yesterday: use an ISO 8601 time, for example 2013-04-01T00:00:00Z")]
    [InlineData("--blocks", "history", "--out and --blocks are both history: name two folders")]
    public void An_option_that_cannot_be_meant_is_refused_before_anything_is_read(string option, string value, string line)
    {
        _workshop.Refuses(2, line, [.. Replay, "--out", "history", option, value]);
        Assert.False(Directory.Exists(_workshop["history"]));
    }

    [Fact]
    public void A_range_that_ends_before_it_begins_is_refused() => _workshop.Refuses(
        2, "--from 2013-03-01 must be before --to 2013-02-01", [.. Replay, "--from", "2013-03-01", "--to", "2013-02-01"]);

    [Fact]
    public void Lines_of_a_range_are_those_of_the_whole_replay_whose_times_lie_in_it()
    {
        var whole = Run("--output", "json").Output.Split('\n');

        var part = Run("--output", "json", "--from", "2013-02-08T12:00:00Z", "--to", "2013-02-10").Output.Split('\n');

        Assert.Equal(
            whole.Where(line => !line.Contains("summary", StringComparison.Ordinal) && line.Length > 0
                && string.CompareOrdinal(TimeOf(line), "2013-02-08T12:00:00Z") >= 0
                && string.CompareOrdinal(TimeOf(line), "2013-02-10T00:00:00Z") < 0),
            part[..^2]);
    }

    [Fact]
    public void A_range_before_the_first_event_tells_what_is_missing()
    {
        var ended = _workshop.Run([.. Replay, "--from", "2013-01-01", "--to", "2013-02-03", "--output", "csv"]);

        Assert.Equal(0, ended.ExitCode);
        Assert.Contains(
            "driftmonitor: warning: departure-delay: its first event is of 2013-02-01T00:00:00Z, and there are no older ones: "
                + "its windows are complete only from 2013-02-02T00:00:00Z on\n",
            ended.Errors);
    }

    [Theory]
    [InlineData("2013-02-01", "2013-02-12", 3)] // the blizzard
    [InlineData("2013-02-10", "2013-02-10T12:00:00Z", 3)] // it still fires
    [InlineData("2013-02-20", "2013-02-24", 0)]
    [InlineData("2014-02-20", "2014-02-24", 1)] // nothing was checked
    public void The_gate_fails_where_an_alert_fires_in_the_range(string from, string to, int exitCode)
    {
        var ended = _workshop.Run([.. Replay, "--fail-on-drift", "--from", from, "--to", to]);

        Assert.True(exitCode == ended.ExitCode, $"{ended}");
    }

    [Fact]
    public void The_gate_is_refused_where_no_alert_is_configured()
    {
        var monitor = Workshop.Delays();
        monitor.Remove("Alert");
        _workshop.Configure("127.0.0.1:1", monitor);

        _workshop.Refuses(
            2, "--fail-on-drift needs an alert, and no monitor in config.json has one: add Alert to a monitor",
            [.. Replay, "--fail-on-drift"]);
    }

    [Fact]
    public void The_summary_names_each_alert_with_its_peak_and_the_bins_that_moved()
    {
        var summary = Run("--from", "2013-02-08", "--to", "2013-02-14").Output.Split('\n')[^4..];

        Assert.Equal("departure-delay: 1 alert", summary[0]);
        Assert.Matches(
            @"^  from 2013-02-08T\d\d:00:00Z to 2013-02-1\dT\d\d:00:00Z: peak KL \d\.\d+ nats over 24h at 2013-02-09T\d\d:00:00Z; "
                + @"moved most: missing 2\.0 % → \d\d\.\d %, ",
            summary[1]);
    }

    [Fact]
    public void Rows_of_csv_are_the_lines_of_json()
    {
        var json = Run("--output", "json", "--from", "2013-02-01", "--to", "2013-02-12").Output.Split('\n')[..^2];
        var csv = Run("--output", "csv", "--from", "2013-02-01", "--to", "2013-02-12").Output.Split('\n')[..^1];

        var columns = csv[0].Split(',');
        Assert.Equal(json.Length, csv.Length - 1);
        foreach (var (line, row) in json.Zip(csv[1..]))
        {
            var cells = columns.Zip(row.Split(',')).Where(cell => cell.Second.Length > 0)
                .ToDictionary(cell => cell.First, cell => cell.Second);
            var fields = JsonNode.Parse(line)!.AsObject().Where(field => $"{field.Value}".Length > 0)
                .ToDictionary(field => field.Key, field => $"{field.Value}");
            Assert.Equal(fields, cells);
        }
    }

    private Finished Run(params string[] arguments)
    {
        var ended = _workshop.Run([.. Replay, .. arguments]);
        Assert.True(ended.ExitCode == 0, $"{ended}");
        return ended;
    }

    private string[] Files(string folder) =>
    [
        .. Directory.EnumerateFileSystemEntries(_workshop[folder]).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal),
    ];

    private void AreEqual(string folder, string other, IEnumerable<string> files) => Assert.All(
        files, file => Assert.Equal(File.ReadAllBytes(_workshop[$"{folder}/{file}"]), File.ReadAllBytes(_workshop[$"{other}/{file}"])));

    private void Reads(string file)
    {
        using var text = File.OpenRead(_workshop[file]);
        var date = Path.GetFileNameWithoutExtension(file);
        OpenMetricsReader.Read(text, DateOnly.ParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture));
    }

    private Finished InBash(string script)
    {
        _workshop.Write("script", $"cd '{_workshop.Folder}'\n{script}\n");
        var start = DriftMonitorProcess.StartInfo("/bin/bash", [], _workshop.Folder);
        Environment.SetEnvironmentVariable("DOTNET_ROOT", start.Environment["DOTNET_ROOT"]);
        return Shell.Run("/bin/bash", _workshop["script"]);
    }

    private static string TimeOf(string line) => JsonNode.Parse(line)!["time"]!.GetValue<string>();

    private static long Seconds(JsonNode reading) =>
        DateTimeOffset.Parse(reading["time"]!.GetValue<string>(), CultureInfo.InvariantCulture).ToUnixTimeSeconds();
}
