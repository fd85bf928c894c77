using System.Text.Json.Nodes;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.WhatIf;

/// <summary><c>replay --what-if</c> on the flights of tests/data: the same events with other settings.</summary>
public sealed class WhatIfTests : IDisposable
{
    private const string Reference = """
        {"format":"driftmonitor.reference/1","field":"dep_delay",
         "bins":{"kind":"edges","edges":[-60,-10,-5,0,5,10,15,30,60,120,240,2000]},
         "counts":{"regular":[4000,11000,19000,7000,3500,2500,4000,3500,3100,1400,300],"special":{"missing":1200}}}
        """;

    private static readonly string[] Replay = ["replay", "--config", "config.json", "--file", Workshop.Flights];

    private readonly Workshop _workshop = new();

    public WhatIfTests()
    {
        Configure(Workshop.Delays());
        _workshop.Write("departure-delay.json", Reference);
        _workshop.Write("coarse.json", """
            {"format":"driftmonitor.reference/1","field":"dep_delay",
             "bins":{"kind":"edges","edges":[-60,0,15,2000]},"counts":{"regular":[34000,13000,12300],"special":{"missing":1200}}}
            """);
    }

    public void Dispose() => _workshop.Dispose();

    [Theory]
    [InlineData("""{ "Alert": { "Window": "6h", "FireAbove": 0.1 } }""")]
    [InlineData("""{ "Alert": { "FalseAlarmEvery": "7d" } }""")]
    [InlineData("""{ "Windows": ["24h"], "Alert": { "Window": "24h", "FireAbove": 0.05, "ResolveBelow": 0.02 } }""")]
    [InlineData("""{ "Reference": { "File": "coarse.json" }, "Alert": { "FalseAlarmEvery": "30d" } }""")]
    public void A_setting_has_the_alerts_of_a_replay_of_the_configuration_changed_so(string keys)
    {
        var setting = JsonNode.Parse(keys)!.AsObject();
        var line = Compare(setting).Single(line => (string?)line["setting"] == "other");

        var changed = Workshop.Delays();
        foreach (var (key, value) in setting)
        {
            changed[key] = value!.DeepClone();
        }

        Configure(changed);
        var lines = _workshop.Run([.. Replay, "--output", "json"]).Succeeded().Split('\n');
        var changes = lines.Where(line => line.StartsWith("{\"type\":\"alert\"", StringComparison.Ordinal))
            .Select(line => JsonNode.Parse(line)!).ToList();
        var firing = changes.Where(change => (string?)change["to"] == "firing").Select(TimeOf).ToList();
        var ended = changes.Where(change => (string?)change["from"] == "firing").Select(TimeOf).ToList();
        var last = lines.Last(line => line.StartsWith("{\"type\":\"reading\"", StringComparison.Ordinal));
        var spans = firing.Zip(ended.Append(TimeOf(JsonNode.Parse(last)!)), (from, to) => (to - from).TotalSeconds).ToList();
        Assert.NotEmpty(firing);
        Assert.Equal(firing.Count, (long)line["alerts"]!);
        Assert.Equal(spans.Sum(), (double)line["firing_s"]!);
        Assert.Equal(spans.Max(), (double)line["longest_s"]!);
        Assert.Equal(firing[0], TimeOf(line, "first"));
    }

    [Fact]
    public void The_promise_that_gives_one_alert_a_month_gives_no_more_and_the_next_shorter_one_does()
    {
        _workshop.Run(
            "reference", "build", "--config", "config.json", "--monitor", "departure-delay", "--out", "departure-delay.json",
            "--from", "2013-04-01T00:00:00Z", "--to", "2013-06-01T00:00:00Z", "--file", Workshop.Flights).Succeeded();
        var first = Compare(new JsonObject { ["Alert"] = new JsonObject { ["FalseAlarmEvery"] = "30d" } });
        var every = first.Select(line => (double?)line["one_a_month_every_s"]).Last()!.Value;
        Assert.Equal(every, (double)first[0]["one_a_month_every_s"]!); // the alert that is configured has no part in it

        var months = 120 / 30; // February to May
        Assert.InRange(AlertsWith(TimeSpan.FromSeconds(every)), 0, months);
        Assert.InRange(AlertsWith(TimeSpan.FromSeconds(every / 2)), months + 1, 1000);

        long AlertsWith(TimeSpan time)
        {
            var alert = new JsonObject { ["FalseAlarmEvery"] = $"{time.TotalMinutes}m" };
            return (long)Compare(new JsonObject { ["Alert"] = alert })[^1]["alerts"]!;
        }
    }

    [Fact]
    public void The_table_has_a_row_for_each_monitor_and_setting()
    {
        _workshop.Write("settings.json", """
            { "Settings": [
              { "Name": "never", "Monitor": "departure-delay", "Alert": { "Window": "6h", "FireAbove": 1000 } }, // by chance
              { "Name": "a week", "Monitor": "departure-delay", "Alert": { "FalseAlarmEvery": "7d" } },
            ] }
            """);

        var output = _workshop.Run([.. Replay, "--what-if", "settings.json"]).Succeeded();

        Assert.Equal(
            ["departure-delay  configured", "departure-delay  never     ", "departure-delay  a week    "],
            output.Split('\n').Skip(1).Take(3).Select(line => line[..27]));
        Assert.Contains("From 2013-02-01", output);
    }

    [Theory]
    [InlineData("""{"Settings":[]}""", "settings.json is not of the form { \"Settings\": [ {")]
    [InlineData("""[]""", "settings.json is not of the form { \"Settings\": [ {")]
    [InlineData("""{"Settings":[""", "settings.json is not valid JSON: ")]
    [InlineData("""{"Settings":[{"Monitor":"departure-delay","Pane":"1h"}]}""", "settings.json: Settings:0:Name is missing: write {")]
    [InlineData("""{"Settings":[{"Name":"a","Pane":"1h"}]}""", "settings.json: Settings:0:Monitor is missing: write {")]
    [InlineData(
        """{"Settings":[{"Name":"a","Monitor":"departure-delay"}]}""",
        "settings.json: Settings:0 changes nothing: add keys of the monitor, such as \"Windows\"")]
    [InlineData(
        """{"Settings":[{"Name":"a","Monitor":"delay","Pane":"1h"}]}""",
        "settings.json: no monitor in config.json is named \"delay\": write departure-delay")]
    [InlineData(
        """{"Settings":[{"Name":"a","Monitor":"departure-delay","Topic":"t"}]}""",
        "settings.json: Settings:0:Topic cannot differ, as settings are compared on the same events")]
    [InlineData(
        """{"Settings":[{"Name":"a","Monitor":"departure-delay","Windos":["1h"]}]}""",
        "settings.json, setting \"a\": DriftMonitor:Monitors:0:Windos is not a known key: did you mean Windows?")]
    [InlineData(
        """{"Settings":[{"Name":"a","Monitor":"departure-delay","Pane":"2h"},{"Name":"a","Monitor":"departure-delay","Pane":"1h"}]}""",
        "settings.json has two settings \"a\" of \"departure-delay\": give them two names")]
    public void A_wrong_file_is_refused_with_its_place_and_a_remedy(string file, string line)
    {
        _workshop.Write("settings.json", file);

        _workshop.Refuses(2, line, [.. Replay, "--what-if", "settings.json"]);
    }

    [Fact]
    public void A_file_that_is_not_there_and_options_that_do_not_go_with_it_are_refused()
    {
        _workshop.Refuses(2, "--what-if nowhere does not exist: name a file of the form {", [.. Replay, "--what-if", "nowhere"]);
        _workshop.Write("settings.json", """{"Settings":[{"Name":"a","Monitor":"departure-delay","Pane":"1h"}]}""");
        foreach (var (options, named) in new[]
        {
            (new[] { "--output", "csv" }, "--output csv"),
            (["--fail-on-drift"], "--fail-on-drift"),
            (["--out", "history"], "the options that write history"),
        })
        {
            _workshop.Refuses(
                2, $"--what-if compares settings and gives no readings: leave out {named}",
                [.. Replay, "--what-if", "settings.json", .. options]);
        }
    }

    private static DateTimeOffset TimeOf(JsonNode line) => TimeOf(line, "time");

    private static DateTimeOffset TimeOf(JsonNode line, string key) =>
        DateTimeOffset.Parse((string)line[key]!, System.Globalization.CultureInfo.InvariantCulture);

    private void Configure(JsonObject monitor) => _workshop.Configure("127.0.0.1:1", monitor);

    private List<JsonNode> Compare(JsonObject keys)
    {
        var setting = (JsonObject)keys.DeepClone();
        (setting["Name"], setting["Monitor"]) = ("other", "departure-delay");
        _workshop.Write("settings.json", new JsonObject { ["Settings"] = new JsonArray(setting) }.ToJsonString());
        var output = _workshop.Run([.. Replay, "--what-if", "settings.json", "--output", "json"]).Succeeded();
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }
}
