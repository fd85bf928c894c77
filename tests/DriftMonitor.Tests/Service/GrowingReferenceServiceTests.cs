using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Tests.Service;

/// <summary>The kind <c>so_far</c> as operators see it.</summary>
public sealed class GrowingReferenceServiceTests : IDisposable
{
    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void Two_replays_are_alike_whatever_the_workers_and_neither_reads_nor_writes_the_file()
    {
        _workshop.Configure("127.0.0.1:1", Monitor("number", "x"), Monitor("text", "t"), Monitor("segments", "x", segmentBy: "s"));
        _workshop.Write("events.ndjson", Events(seed: 5, hours: 400, (random, hour) => string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"ts":"{{Time(hour)}}","x":{{Number(random, hour < 350 ? 1 : 1.7)}}"""
            + $$""","t":"\u00e4{{random.Next(30)}}","s":"\u0061{{random.Next(3)}}"}""")));
        _workshop.Write("number.json", "not a reference");

        var one = Replay("1", "events.ndjson");
        Assert.Equal(one, Replay("1", "events.ndjson"));
        Assert.Equal(one, Replay("4", "events.ndjson"));
        Assert.Equal("not a reference", File.ReadAllText(_workshop["number.json"]));
        Assert.False(File.Exists(_workshop["text.json"]));

        var readings = one.Split('\n').SkipLast(1).Select(line => JsonNode.Parse(line)!).ToList();
        var number = readings.FindAll(line => (string?)line["monitor"] == "number");
        Assert.Equal(
            Enumerable.Repeat("reference_not_ready", 100).Append(null),
            number.Take(101).Select(reading => (string?)reading["unavailable"]));
        var fired = number.First(line => (string?)line["type"] == "alert");
        Assert.Equal("firing", (string?)fired["to"]);
        Assert.True(string.CompareOrdinal((string?)fired["time"], Time(350)) > 0, $"{fired}");
        Assert.Equal(["a0", "a1", "a2"], readings.Where(line => (string?)line["monitor"] == "segments")
            .Select(line => (string?)line["segment"]).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Numbers_in_cells_are_numbers_unless_they_have_leading_zeros()
    {
        _workshop.Configure("127.0.0.1:1", Monitor("number", "x"), Monitor("code", "code"));
        var rows = Events(seed: 6, hours: 150, (random, hour) => string.Create(
            CultureInfo.InvariantCulture, $"{Time(hour)},{Number(random, 1)},0{random.Next(4)}"));
        _workshop.Write("events.csv", $"ts,x,code\n{rows}");

        // Windows of 80 events against 20 bins have a noise of about 19/2/80, and against 4 bins of 3/2/80.
        var readings = Replay("1", "events.csv").Split('\n').SkipLast(1).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(19 / 2.0 / 80, Noise("number"), 0.02);
        Assert.Equal(3 / 2.0 / 80, Noise("code"), 0.004);

        double Noise(string monitor) => readings.Last(line => (string?)line["monitor"] == monitor)["noise_nats"]!.GetValue<double>();
    }

    [Fact]
    public void The_service_continues_from_its_file_with_the_readings_of_a_replay()
    {
        using var broker = new EmbeddedBroker();
        broker.CreateTopic("events", 2);
        var monitor = Monitor("number", "x", topic: "events");
        monitor["Measures"] = new JsonArray("ks");
        monitor["Reference"]!["Exclude"] = new JsonArray($"{Time(20)}..{Time(22)}");
        _workshop.Configure(broker.BootstrapServers, monitor);
        _workshop.Replace("config.json", "\"earliest\"", "\"window\"");
        Send(broker, from: 0, to: 200);
        using (var service = _workshop.Start("run", "--config", "config.json"))
        {
            service.Until("the last pane has closed", () => $"{Window(service)["time"]}" == Time(199));
            var growth = service.Monitors()["monitors"]![0]!["so_far"]!;
            Assert.Equal((Time(0), "199"), ($"{growth["start"]}", $"{growth["panes"]}"));
            Assert.True((long)growth["next_refit_panes"]! > 199);
            service.Signal("TERM");
            Assert.Contains("number has saved its reference of ", service.End(TimeSpan.FromSeconds(10)).Errors);
        }

        Assert.Equal(Time(199), $"{JsonNode.Parse(File.ReadAllText(_workshop["number.json"]))!["so_far"]!["to"]}");
        Send(broker, from: 200, to: 260);
        JsonNode last;
        using (var again = _workshop.Start("run", "--config", "config.json"))
        {
            again.Until("the last pane has closed", () => $"{Window(again)["time"]}" == Time(259));
            last = Window(again);
            again.Signal("TERM");
            again.End(TimeSpan.FromSeconds(10));
        }

        var replayed = _workshop.Run("replay", "--config", "config.json", "--output", "json").Succeeded()
            .Split('\n').SkipLast(1).Select(line => JsonNode.Parse(line)!)
            .Last(line => (string?)line["type"] == "reading" && (string?)line["time"] == Time(259));
        foreach (var figure in new[] { "events", "kl_nats", "noise_nats", "z", "ks", "return_period_s" })
        {
            Assert.Equal($"{replayed[figure]}", $"{last[figure]}");
        }
    }

    [Fact]
    public void A_file_of_another_field_window_or_pane_is_refused_and_so_is_one_for_two_monitors()
    {
        _workshop.Configure("127.0.0.1:1", Monitor("number", "x"));
        _workshop.Write("number.json", """{ "format": "driftmonitor.reference/1" }""");
        Refuses("can't be used: the reference file");

        _workshop.Configure("127.0.0.1:1", Monitor("number", "x"), Monitor("other", "x", file: "number.json"));
        File.Delete(_workshop["number.json"]);
        Refuses("is also the file of DriftMonitor:Monitors:0: give each reference that grows a file of its own");
    }

    private void Refuses(string message)
    {
        var ended = _workshop.Run("check-config", "--config", "config.json");
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(message, ended.Errors);
    }

    private string Replay(string workers, string file)
    {
        var text = File.ReadAllText(_workshop["config.json"]);
        File.WriteAllText(_workshop["config.json"], text.Replace("\"Http\"", $"\"Workers\":{workers},\"Http\"", StringComparison.Ordinal));
        try
        {
            return _workshop.Run("replay", "--config", "config.json", "--output", "json", "--file", file).Succeeded();
        }
        finally
        {
            File.WriteAllText(_workshop["config.json"], text);
        }
    }

    private static JsonNode Window(DriftMonitorProcess service) => service.Monitors()["monitors"]![0]!["series"]![0]!["windows"]![0]!;

    private static JsonObject Monitor(string name, string field, string topic = "t", string? segmentBy = null, string? file = null)
    {
        var monitor = new JsonObject
        {
            ["Name"] = name,
            ["Topic"] = topic,
            ["Field"] = field,
            ["EventTime"] = "ts",
            ["Pane"] = "1h",
            ["Windows"] = new JsonArray("4h"),
            ["MinimumEvents"] = 10,
            ["Reference"] = new JsonObject { ["Kind"] = "so_far", ["LearnOver"] = "100h", ["File"] = file ?? $"{name}.json" },
            ["Alert"] = new JsonObject { ["FalseAlarmEvery"] = "10d" },
        };
        if (segmentBy is not null)
        {
            monitor["SegmentBy"] = segmentBy;
            monitor["MaxSegments"] = 5;
        }

        return monitor;
    }

    private static string Time(int hour) => $"{DateTimeOffset.UnixEpoch.AddDays(19_000).AddHours(hour):yyyy-MM-ddTHH:mm:ssZ}";

    // Twenty events an hour.
    private static string Events(int seed, int hours, Func<Random, int, string> line)
    {
        var random = new Random(seed);
        var text = new StringBuilder();
        for (var i = 0; i < 20 * hours; i++)
        {
            text.Append(line(random, i / 20)).Append('\n');
        }

        return text.ToString();
    }

    private static double Number(Random random, double scale) => scale * Math.Round(-10 * Math.Log(1 - random.NextDouble()), 3);

    private static void Send(EmbeddedBroker broker, int from, int to)
    {
        var random = new Random(from);
        using var producer = Topics.Producer(broker.BootstrapServers);
        for (var hour = from; hour < to; hour++)
        {
            for (var i = 0; i < 20; i++)
            {
                var text = string.Create(CultureInfo.InvariantCulture, $$"""{"ts":"{{Time(hour)}}","x":{{Number(random, 1)}}}""");
                producer.Send("events", i % 2, text, DateTimeOffset.UnixEpoch.AddDays(19_000).AddHours(hour));
            }
        }

        producer.Flush(TimeSpan.FromSeconds(30));
    }
}
