using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using DriftMonitor.Tests.Service;
using Xunit.Abstractions;

namespace DriftMonitor.Tests.Independent;

/// <summary>
/// References built of derived fields, and replays against them, of twelve days in two files, recomputed from the raw events.
/// </summary>
public sealed class DerivedFilesTests(ITestOutputHelper log) : IDisposable
{
    private static readonly string[] Fields =
        ["difference(x)", "absdiff(x)", "deviation(x, 10)", "deviation(x, day)", "length(s)", "gap()", "hour()", "volume()"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("driftmonitor-derived-");

    public void Dispose() => _folder.Delete(recursive: true);

    [FactRequires(Tool.Python)]
    public void References_and_replays_agree() => Check("", "part0.ndjson", "part1.ndjson");

    [FactRequires(Tool.Python)]
    public void References_and_replays_of_segments_agree() => Check("k", "part0.csv", "part1.csv");

    private void Check(string segmentBy, params string[] files)
    {
        var seed = RandomNumberGenerator.GetInt32(1_000_000_000);
        log.WriteLine($"seed {seed}");
        WriteEvents(new Random(seed));
        WriteConfiguration(segmentBy);
        string[] period =
        [
            "--from", "2023-11-15T00:00:00Z", "--to", "2023-11-23T00:00:00Z", "--exclude", "2023-11-18T03:00:00Z..2023-11-18T12:00:00Z",
        ];
        foreach (var field in Fields)
        {
            string[] build = ["reference", "build", "--config", "config.json", "--monitor", field, "--out", FileOf(field)];
            DriftMonitorProcess.Run(_folder.FullName, [.. build, "--bins", "quantiles:7", .. period, "--file", .. files]).Succeeded();
            string[] check =
                ["--config", InFolder("config.json"), "--monitor", field, "--reference", InFolder(FileOf(field)), "--bins", "quantiles:7"];
            SecondOpinion.Ask("reference.py", [.. check, .. period, "--events", .. files.Select(InFolder)]).Succeeded();
        }

        string[] replay = ["replay", "--config", "config.json", "--output", "json", "--file", .. files];
        File.WriteAllText(InFolder("replay.jsonl"), DriftMonitorProcess.Run(_folder.FullName, replay).Succeeded());
        SecondOpinion.Agrees(InFolder("config.json"), InFolder("replay.jsonl"), [.. files.Select(InFolder)]);
    }

    // A wave with the hour of the day, and what goes wrong: disorder, nulls, texts, huge numbers and events without a time.
    private void WriteEvents(Random random)
    {
        var now = new DateTimeOffset(2023, 11, 14, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        var files = new[] { "part0", "part1" }.Select(name => (
            Json: new StringWriter(),
            Csv: new StringWriter(new System.Text.StringBuilder("t,k,x,s\n")),
            Name: name)).ToArray();
        for (var i = 0; i < 3000; i++)
        {
            now += random.Next(700_000);
            var time = now - (random.Next(5) == 0 ? random.Next(5_400_000) : 0);
            var wave = 10 * Math.Sin(time % 86_400_000 / 86_400_000.0 * 2 * Math.PI);
            var number = Math.Round(wave + 4 * random.NextDouble(), random.Next(3)).ToString(CultureInfo.InvariantCulture);
            var (x, cell) = random.Next(30) switch
            {
                0 => ("null", ""),
                1 => ("\"text\"", "text"),
                2 => ("NaN", "NaN"),
                3 => ("1e308", "1e308"),
                4 => ("-1e308", "-1e308"),
                _ => (number, number),
            };
            var text = string.Concat(Enumerable.Repeat("é\U0001f375", random.Next(9)));
            var segment = "aab"[random.Next(3)];
            var t = random.Next(60) == 0 ? "never" : time.ToString(CultureInfo.InvariantCulture);
            var file = files[random.Next(2)];
            file.Json.Write($"{{\"t\":\"{t}\",\"k\":\"{segment}\",\"x\":{x},\"s\":\"{text}\"}}\n");
            file.Csv.Write($"{t},{segment},{cell},{text}\n");
        }

        foreach (var (json, csv, name) in files)
        {
            File.WriteAllText(InFolder($"{name}.ndjson"), json.ToString());
            File.WriteAllText(InFolder($"{name}.csv"), $"{csv}");
        }
    }

    private void WriteConfiguration(string segmentBy)
    {
        var monitors = new JsonArray();
        foreach (var field in Fields)
        {
            var monitor = new JsonObject
            {
                ["Name"] = field,
                ["Topic"] = "events",
                ["Field"] = field,
                ["EventTime"] = "t",
                ["Pane"] = "1h",
                ["Windows"] = new JsonArray("6h", "24h"),
                ["AllowedLateness"] = "30m",
                ["Reference"] = new JsonObject { ["File"] = FileOf(field) },
                ["Alert"] = new JsonObject { ["FalseAlarmEvery"] = "2d" },
            };
            if (field != "volume()")
            {
                monitor["MinimumEvents"] = 15;
            }

            if (segmentBy.Length > 0)
            {
                monitor["SegmentBy"] = segmentBy;
            }

            monitors.Add(monitor);
        }

        var config = new JsonObject { ["DriftMonitor"] = new JsonObject { ["Monitors"] = monitors } };
        File.WriteAllText(InFolder("config.json"), config.ToJsonString());
    }

    private static string FileOf(string field) => $"{Array.IndexOf(Fields, field)}.json";

    private string InFolder(string name) => Path.Combine(_folder.FullName, name);
}
