using System.Text.Json;
using System.Text.Json.Nodes;

namespace DriftMonitor.Tests.Service;

/// <summary>A temporary folder with a configuration and a reference, as an operator would have them.</summary>
internal sealed class Workshop : IDisposable
{
    /// <summary>The flights of February to May 2013 (tests/data/README.md).</summary>
    public static readonly string Flights = Path.Combine(Repository.Root, "tests", "data", "flights.ndjson.gz");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("driftmonitor-service-");

    /// <summary>The folder.</summary>
    public string Folder => _folder.FullName;

    /// <summary>A path in the folder.</summary>
    public string this[string file] => Path.Combine(Folder, file);

    /// <summary>Writes a file.</summary>
    public string Write(string file, string text)
    {
        File.WriteAllText(this[file], text);
        return this[file];
    }

    /// <summary>Replaces a text in a file, wherever it occurs.</summary>
    public void Replace(string file, string old, string replacement) =>
        Write(file, File.ReadAllText(this[file]).Replace(old, replacement, StringComparison.Ordinal));

    /// <summary>Writes a configuration.</summary>
    public void Configure(string brokers, params ReadOnlySpan<JsonObject> monitors) => Write("config.json", new JsonObject
    {
        ["DriftMonitor"] = new JsonObject
        {
            ["Kafka"] = new JsonObject
            {
                ["BootstrapServers"] = brokers,
                ["Start"] = "earliest",
                ["Properties"] = new JsonObject { ["fetch.wait.max.ms"] = "50" },
            },
            ["Http"] = new JsonObject { ["Port"] = 0 },
            ["Monitors"] = new JsonArray([.. monitors]),
        },
    }.ToJsonString());

    /// <summary>The departure delays of flights: panes of an hour, windows of 6 and 24, firing above 0.3 nats over a day.</summary>
    public static JsonObject Delays(string topic = "flights") => new()
    {
        ["Name"] = "departure-delay",
        ["Topic"] = topic,
        ["Field"] = "dep_delay",
        ["EventTime"] = "time",
        ["Windows"] = new JsonArray("6h", "24h"),
        ["Pane"] = "1h",
        ["AllowedLateness"] = "1h",
        ["Reference"] = new JsonObject { ["File"] = "departure-delay.json" },
        ["Alert"] = new JsonObject { ["Window"] = "24h", ["FireAbove"] = 0.3, ["ResolveBelow"] = 0.1, ["Hold"] = "1h" },
    };

    /// <summary>
    /// A monitor of the number <c>x</c> at the record's own time: panes of a second, windows of 10 and 60, and a reference of four equal
    /// bins.
    /// </summary>
    public JsonObject Numbers(string topic, string name = "x")
    {
        Write("x.json", JsonSerializer.Serialize(new
        {
            format = "driftmonitor.reference/1",
            field = "x",
            bins = new { kind = "edges", edges = new[] { 0, 1, 2, 3, 4 } },
            counts = new
            {
                regular = new[] { 1000, 1000, 1000, 1000 },
                special = new { below = 0, above = 0, nan = 0, missing = 0, wrong_type = 0 },
            },
        }));
        return new()
        {
            ["Name"] = name,
            ["Topic"] = topic,
            ["Field"] = "x",
            ["Windows"] = new JsonArray("10s", "1m"),
            ["Pane"] = "1s",
            ["Reference"] = new JsonObject { ["File"] = "x.json" },
            ["Alert"] = new JsonObject { ["Window"] = "10s", ["FireAbove"] = 0.3 },
        };
    }

    /// <summary>Runs a verb in the folder to its end.</summary>
    public Finished Run(params string[] arguments) => DriftMonitorProcess.Run(Folder, arguments);

    /// <summary>
    /// Asserts that a verb fails with exactly one line on standard error, which starts with <paramref name="line"/>, and nothing on
    /// standard output.
    /// </summary>
    public void Refuses(int exitCode, string line, params string[] arguments)
    {
        var ended = Run(arguments);
        Assert.True((exitCode, "") == (ended.ExitCode, ended.Output), $"{ended}");
        Assert.StartsWith($"driftmonitor: {line}", ended.Errors);
        Assert.Equal(ended.Errors.Length - 1, ended.Errors.IndexOf('\n', StringComparison.Ordinal));
    }

    /// <summary>Starts a verb in the folder.</summary>
    public DriftMonitorProcess Start(params string[] arguments) => DriftMonitorProcess.Start(Folder, arguments);

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);
}
