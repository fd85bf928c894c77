using System.Text.Json;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Independent;

/// <summary>A fact about all flights of 2013, skipped if DRIFTMONITOR_SHARED does not have them.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactOnAllFlightsAttribute : FactRequiresAttribute
{
    public FactOnAllFlightsAttribute()
        : base(Tool.Python)
    {
        Skip ??= Path is null ? "needs all flights of 2013: set DRIFTMONITOR_SHARED to a folder with data/flights.ndjson.gz" : null;
    }

    /// <summary>The path of the file; null if there is none.</summary>
    public static string? Path { get; } = Find(Environment.GetEnvironmentVariable("DRIFTMONITOR_SHARED"));

    private static string? Find(string? shared) =>
        shared is not null && System.IO.Path.Combine(shared, "data", "flights.ndjson.gz") is var path && File.Exists(path) ? path : null;
}

/// <summary>References of April and May and their replays, on real data, recomputed from the raw events.</summary>
public sealed class FlightsTests : IDisposable
{
    private const string Config = """
        { "DriftMonitor": { "Monitors": [
            { "Name": "dep_delay", "Topic": "flights", "Field": "dep_delay", "EventTime": "time", "Windows": ["6h", "24h"], "Pane": "1h",
              "Reference": { "File": "dep_delay.json" },
              "Alert": { "Measure": "kl", "Window": "24h", "FireAbove": 0.5, "ResolveBelow": 0.2 } },
            { "Name": "carrier", "Topic": "flights", "Field": "carrier", "EventTime": "time", "Windows": ["6h", "24h"], "Pane": "1h",
              "Reference": { "File": "carrier.json" } },
            { "Name": "distance", "Topic": "flights", "Field": "distance", "EventTime": "time", "Windows": ["6h", "24h"], "Pane": "1h",
              "Reference": { "File": "distance.json" } }
        ] } }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("driftmonitor-flights-");

    public void Dispose() => _folder.Delete(recursive: true);

    [FactRequires(Tool.Python)]
    public void Four_months_of_flights_agree_and_the_blizzard_of_8_February_is_seen()
    {
        var lines = Check(Workshop.Flights);

        Assert.Contains("""{"type":"summary","events":110986,""", lines[^1]);
        Assert.Contains(Firings(lines), time => time.StartsWith("2013-02-08T", StringComparison.Ordinal));
    }

    [FactRequires(Tool.Python)]
    public void References_of_chosen_bins_and_without_excluded_days_agree()
    {
        var config = Configure();
        string[] excluded =
        [
            "--exclude", "2013-04-19T00:00:00Z..2013-04-20T00:00:00Z",
            "--exclude", "2013-05-23T12:00:00Z..2013-05-25T03:00:00Z",
        ];
        Build(config, Workshop.Flights, "carrier", ["--bins", "categories:7", .. excluded]);
        Build(config, Workshop.Flights, "dep_delay", ["--edges=-15,0,15,60,240", .. excluded]);
        Build(config, Workshop.Flights, "distance", ["--bins", "quantiles:37"]);
    }

    [FactRequires(Tool.Python)]
    public void A_reference_with_segments_and_their_replay_agree()
    {
        var config = Configure("""
            { "DriftMonitor": { "Monitors": [
                { "Name": "dep_delay", "Topic": "flights", "Field": "dep_delay", "EventTime": "time", "SegmentBy": "origin",
                  "Windows": ["6h", "24h"], "Pane": "1h",
                  "Reference": { "File": "dep_delay.json" }, "Alert": { "FalseAlarmEvery": "10d" } },
            ] } }
            """);
        Build(config, Workshop.Flights, "dep_delay", [], "--bins", "quantiles:10");

        var lines = CheckReplay(config, Workshop.Flights);
        Assert.Contains(lines, line => line.Contains("\"segment\":\"EWR\",\"window\":\"24h\"", StringComparison.Ordinal));
        Assert.Contains(Firings(lines), time => time.StartsWith("2013-02-08T", StringComparison.Ordinal));
    }

    [FactRequires(Tool.Python)]
    public void A_reference_by_hour_of_the_week_and_its_replay_agree()
    {
        var config = Configure("""
            { "DriftMonitor": { "Monitors": [
                { "Name": "dep_delay", "Topic": "flights", "Field": "dep_delay", "EventTime": "time",
                  "Windows": ["6h", "24h", "7d"], "Pane": "1h",
                  "Reference": { "Kind": "hour_of_week", "File": "dep_delay.json" }, "Alert": { "FalseAlarmEvery": "30d" } }
            ] } }
            """);
        Build(config, Workshop.Flights, "dep_delay", ["--exclude", "2013-04-19T00:00:00Z..2013-04-20T00:00:00Z"], "--bins", "quantiles:10");

        Assert.Contains(Firings(CheckReplay(config, Workshop.Flights)), time => time.StartsWith("2013-02-08T", StringComparison.Ordinal));
    }

    [FactRequires(Tool.Python)]
    public void References_of_every_rule_and_of_pooled_bins_agree()
    {
        var config = Configure();
        string[] excluded = ["--exclude", "2013-04-19T00:00:00Z..2013-04-20T00:00:00Z"];
        Build(config, Workshop.Flights, "distance", ["--bins", "equal:20"]);
        Build(config, Workshop.Flights, "distance", ["--bins", "log:20", "--min-expected", "5", .. excluded]);
        Build(config, Workshop.Flights, "dep_delay", ["--bins", "integers", "--min-expected", "10", .. excluded]);
        Build(config, Workshop.Flights, "dep_delay", ["--bins", "fd"]);
        Build(config, Workshop.Flights, "distance", ["--bins", "doane", "--min-expected", "0"]);
    }

    [FactOnAllFlights]
    public void All_336_776_flights_of_the_year_agree_and_the_blizzard_of_8_February_is_seen()
    {
        var lines = Check(FactOnAllFlightsAttribute.Path!);

        Assert.Contains("""{"type":"summary","events":336776,""", lines[^1]);
        Assert.Contains(Firings(lines), time => time.StartsWith("2013-02-08T", StringComparison.Ordinal));
    }

    [FactOnAllFlights]
    public void The_flights_of_the_year_by_origin_raise_the_six_alerts_of_the_documents()
    {
        var config = Configure("""
            { "DriftMonitor": { "Monitors": [
                { "Name": "dep_delay", "Topic": "flights", "Field": "dep_delay", "EventTime": "time", "SegmentBy": "origin",
                  "Windows": ["6h", "24h"], "Pane": "1h",
                  "Reference": { "File": "dep_delay.json" }, "Alert": { "FalseAlarmEvery": "30d" } } ] } }
            """);
        Build(config, FactOnAllFlightsAttribute.Path!, "dep_delay", [], "--bins", "quantiles:10");

        var firings = Replay(config, FactOnAllFlightsAttribute.Path!).Split('\n')
            .Where(line => line.Contains("\"to\":\"firing\"", StringComparison.Ordinal))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Select(alert => $"{alert.GetProperty("time").GetString()![5..10]} {alert.GetProperty("segment").GetString()}");
        Assert.Equal(["02-08 EWR", "02-08 JFK", "02-09 LGA", "03-09 LGA", "03-09 EWR", "07-23 LGA"], firings);
    }

    [FactOnAllFlights]
    public void Once_in_30_days_is_promised_and_the_year_has_six_alarms_by_deciles() => Assert.Equal(
        ["02-08T22", "03-08T22", "05-24T00", "07-01T21", "07-23T03", "09-13T00"],
        AlarmsOfTheYear([], "--bins", "quantiles:10"));

    [FactOnAllFlights]
    public void Once_in_30_days_is_promised_and_the_year_has_five_alarms_by_given_edges() => Assert.Equal(
        ["02-08T23", "03-08T23", "05-24T01", "07-01T21", "09-13T01"],
        AlarmsOfTheYear(["--edges=-60,-10,-5,0,5,10,15,30,60,120,240,2000"]));

    private IEnumerable<string> AlarmsOfTheYear(string[] choice, params string[] known)
    {
        var config = Configure("""
            { "DriftMonitor": { "Monitors": [
                { "Name": "dep_delay", "Topic": "flights", "Field": "dep_delay", "EventTime": "time",
                  "Windows": ["6h", "24h"], "Pane": "1h",
                  "Reference": { "File": "dep_delay.json" }, "Alert": { "FalseAlarmEvery": "30d" } } ] } }
            """);
        Build(config, FactOnAllFlightsAttribute.Path!, "dep_delay", choice, known);
        return Firings(Replay(config, FactOnAllFlightsAttribute.Path!).Split('\n')).Select(time => time[5..13]);
    }

    private string[] Check(string flights)
    {
        var config = Configure();
        Build(config, flights, "dep_delay", [], "--bins", "quantiles:10");
        Build(config, flights, "carrier", [], "--bins", "categories:20");
        Build(config, flights, "distance", [], "--bins", "quantiles:10");
        return CheckReplay(config, flights);
    }

    /// <summary>Replays the flights and has the result recomputed.</summary>
    /// <returns>The lines of the replay.</returns>
    private string[] CheckReplay(string config, string flights)
    {
        var replay = Path.Combine(_folder.FullName, "replay.jsonl");
        File.WriteAllText(replay, Replay(config, flights));
        SecondOpinion.Agrees(config, replay, flights);
        return File.ReadAllLines(replay);
    }

    private string Replay(string config, string flights) => DriftMonitorProcess
        .Run(_folder.FullName, "replay", "--config", config, "--output", "json", "--file", flights)
        .Succeeded();

    private string Configure(string text = Config)
    {
        var config = Path.Combine(_folder.FullName, "config.json");
        File.WriteAllText(config, text);
        return config;
    }

    // Both programs get `choice`. The product chooses `known` itself; the second program needs it as an option.
    private void Build(string config, string flights, string monitor, string[] choice, params string[] known)
    {
        var reference = Path.Combine(_folder.FullName, monitor + ".json");
        string[] selection =
            ["--config", config, "--monitor", monitor, "--from", "2013-04-01T00:00:00Z", "--to", "2013-06-01T00:00:00Z", .. choice];
        DriftMonitorProcess.Run(_folder.FullName, ["reference", "build", "--out", reference, .. selection, "--file", flights]).Succeeded();
        SecondOpinion.Ask("reference.py", ["--reference", reference, .. selection, .. known, "--events", flights]).Succeeded();
    }

    private static List<string> Firings(string[] lines) =>
    [
        .. lines.Where(line => line.StartsWith("""{"type":"alert",""", StringComparison.Ordinal))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(alert => alert.GetProperty("to").GetString() == "firing")
            .Select(alert => alert.GetProperty("time").GetString()!),
    ];
}
