using System.Text.Json;

namespace DriftMonitor.Tests.Independent;

/// <summary>A fact about all flights of 2013, skipped where DRIFTMONITOR_SHARED has none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactOnAllFlightsAttribute : FactRequiresAttribute
{
    public FactOnAllFlightsAttribute()
        : base(Tool.Python)
    {
        Skip ??= Path is null ? "needs all flights of 2013: set DRIFTMONITOR_SHARED to a folder with data/flights.ndjson.gz" : null;
    }

    /// <summary>The file; null where there is none.</summary>
    public static string? Path { get; } = Find(Environment.GetEnvironmentVariable("DRIFTMONITOR_SHARED"));

    private static string? Find(string? shared) =>
        shared is not null && System.IO.Path.Combine(shared, "data", "flights.ndjson.gz") is var path && File.Exists(path) ? path : null;
}

/// <summary>References of April and May and the replay, on real data, recomputed from the raw events.</summary>
public sealed class FlightsTests : IDisposable
{
    private const string Config = """
        { "DriftMonitor": { "Monitors": [
            { "Name": "dep_delay", "Topic": "flights", "Field": "dep_delay", "EventTime": "time", "Windows": ["6h", "24h"], "Pane": "1h", "Reference": { "File": "dep_delay.json" },
              "Alert": { "Measure": "kl", "Window": "24h", "FireAbove": 0.5, "ResolveBelow": 0.2 } },
            { "Name": "carrier", "Topic": "flights", "Field": "carrier", "EventTime": "time", "Windows": ["6h", "24h"], "Pane": "1h", "Reference": { "File": "carrier.json" } },
            { "Name": "distance", "Topic": "flights", "Field": "distance", "EventTime": "time", "Windows": ["6h", "24h"], "Pane": "1h", "Reference": { "File": "distance.json" } }
        ] } }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("driftmonitor-flights-");

    public void Dispose() => _folder.Delete(recursive: true);

    [FactRequires(Tool.Python)]
    public async Task Four_months_of_flights_agree_and_the_blizzard_of_8_February_is_seen()
    {
        var lines = await CheckAsync(Path.Combine(Repository.Root, "tests", "data", "flights.ndjson.gz"));

        Assert.Contains("""{"type":"summary","events":110986,""", lines[^1]);
        Assert.Contains(Firings(lines), time => time.StartsWith("2013-02-08T", StringComparison.Ordinal));
    }

    [FactOnAllFlights]
    public async Task All_336_776_flights_of_the_year_agree_and_the_blizzard_of_8_February_is_seen()
    {
        var lines = await CheckAsync(FactOnAllFlightsAttribute.Path!);

        Assert.Contains("""{"type":"summary","events":336776,""", lines[^1]);
        Assert.Contains(Firings(lines), time => time.StartsWith("2013-02-08T", StringComparison.Ordinal));
    }

    private async Task<string[]> CheckAsync(string flights)
    {
        var config = Path.Combine(_folder.FullName, "config.json");
        await File.WriteAllTextAsync(config, Config);
        await BuildAsync("dep_delay", "quantiles:10");
        await BuildAsync("carrier", "categories:20");
        await BuildAsync("distance", "quantiles:10");

        var replay = Path.Combine(_folder.FullName, "replay.jsonl");
        await File.WriteAllTextAsync(replay, await Product.SucceedAsync("replay", "--config", config, "--output", "json", "--file", flights));
        await SecondOpinion.AgreesAsync(config, replay, flights);
        return await File.ReadAllLinesAsync(replay);

        async Task BuildAsync(string monitor, string bins)
        {
            var reference = Path.Combine(_folder.FullName, monitor + ".json");
            string[] period = ["--from", "2013-04-01T00:00:00Z", "--to", "2013-06-01T00:00:00Z"];
            await Product.SucceedAsync(["reference", "build", "--config", config, "--monitor", monitor, "--out", reference, .. period, "--file", flights]);
            var (code, said) = await SecondOpinion.AskAsync(
                "reference.py", ["--reference", reference, "--config", config, "--monitor", monitor, "--bins", bins, .. period, "--events", flights]);
            Assert.True(code == 0, $"reference.py on {monitor}: exit code {code}\n{said}");
        }
    }

    private static List<string> Firings(string[] lines) =>
    [
        .. lines.Where(line => line.StartsWith("""{"type":"alert",""", StringComparison.Ordinal)).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(alert => alert.GetProperty("to").GetString() == "firing").Select(alert => alert.GetProperty("time").GetString()!),
    ];
}
