using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Streaming.References;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Tests.Kafka;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Commands;

/// <summary><c>reference add</c> and <c>reference accept</c>, and what a replay makes of the regimes.</summary>
public sealed class RegimeVerbsTests : IDisposable
{
    private const string Day3 = "2026-03-04T00:00:00Z";
    private const string Day5 = "2026-03-06T00:00:00Z";

    private static readonly string[] Sale = ["--from", Day3, "--to", Day5];

    private readonly Workshop _workshop = new();

    public RegimeVerbsTests()
    {
        // From the first of March: three days 60 % a, two days 20 % a (a sale), one day 60 %, one day 20 %, one day 100 %.
        var lines = new StringBuilder("time,what\n");
        Events((time, what) => lines.Append(CultureInfo.InvariantCulture, $"{time},{what}\n"));
        _workshop.Write("shop.csv", lines.ToString());
        _workshop.Configure("127.0.0.1:1", Monitor());
        Assert.Equal(0, _workshop.Run(
            "reference", "build", "--config", "config.json", "--monitor", "basket", "--file", "shop.csv", "--to", Day3, "--out",
            "basket.json").ExitCode);
    }

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void A_period_is_added_with_its_counts_and_readings_name_the_nearest_regime()
    {
        var before = Drifted();
        var added = Add("--name", "sale", "--output", "json");

        Assert.Equal(
            """{"file":"basket.json","regime":"sale","events":2400,"from":"2026-03-04T00:00:00Z","to":"2026-03-06T00:00:00Z","""
                + "\"regimes\":[\"base\",\"sale\"]}\n",
            added.Output);
        Assert.Equal(
            "driftmonitor: basket.json: the regime \"sale\" of 2400 events from 2026-03-04T00:00:00Z to 2026-03-06T00:00:00Z; 2 regimes\n",
            added.Errors);
        var file = ReferenceFile.Read(_workshop["basket.json"], Reference.DefaultPseudoCount);
        Assert.Equal([("base", 3600), ("sale", 2400)], file.Regimes.Select(regime => (regime.Name, regime.Reference.Events)));
        Assert.Equal(72 + 48, file.Calibration["3h"].SpanPanes);
        Assert.Equal(File.ReadAllText(_workshop["basket.json"]), file.ToJson()); // read and written, it is the same

        var readings = Readings();
        Assert.Equal("base", Regime("2026-03-02T12:00:00Z"));
        Assert.Equal("sale", Regime("2026-03-05T12:00:00Z"));
        Assert.Equal("base", Regime("2026-03-06T12:00:00Z"));
        Assert.Equal("sale", Regime("2026-03-07T12:00:00Z"));
        Assert.Contains("2026-03-07T12:00:00Z", before); // without the regime, the sale is drift
        var after = Drifted();
        Assert.DoesNotContain("2026-03-07T12:00:00Z", after);
        Assert.Contains("2026-03-08T12:00:00Z", after); // what is neither, still is
        var reading = readings["2026-03-07T12:00:00Z"];
        Assert.Equal(0.2 * Math.Log(0.2 / (480.5 / 2401.5)) + 0.8 * Math.Log(0.8 / (1920.5 / 2401.5)), (double)reading["kl_nats"]!, 1e-12);

        string Regime(string time) => (string)readings[time]["regime"]!;
    }

    [Fact]
    public void A_third_regime_needs_only_its_own_events()
    {
        Assert.Equal(0, Add("--name", "sale").ExitCode);
        var lines = File.ReadAllLines(_workshop["shop.csv"]);
        _workshop.Write("shop.csv", string.Join('\n', lines.Where((line, i) => i == 0 || string.CompareOrdinal(line, "2026-03-08") > 0)));

        var added = _workshop.Run([.. Verb(), "--from", "2026-03-08T00:00:00Z", "--to", "2026-03-09T00:00:00Z"]);

        Assert.Equal(0, added.ExitCode);
        var shown = _workshop.Run("reference", "show", "basket.json").Output;
        Assert.Contains("\n2026-03-08T00:00:00Z..", shown);
        Assert.Matches("\nsale +2400  2026-03-04T00:00:00Z  2026-03-06T00:00:00Z  –\n", shown);
    }

    [Fact]
    public void What_cannot_be_a_regime_is_refused_in_one_line_and_the_file_stays()
    {
        var before = File.ReadAllText(_workshop["basket.json"]);
        Refuses(2, "the period from 2026-03-03T00:00:00Z to 2026-03-05T00:00:00Z overlaps that of the regime \"base\", "
            + "2026-03-01T00:00:00Z to 2026-03-04T00:00:00Z: give another period",
            "--from", "2026-03-03T00:00:00Z", "--to", "2026-03-05T00:00:00Z");
        Refuses(2, "basket.json has a regime \"base\" already: give another --name", [.. Sale, "--name", "base"]);
        Refuses(2, "--from 2026-03-06T00:00:00Z must be before --to 2026-03-04T00:00:00Z", "--from", Day5, "--to", Day3);
        Refuses(1, "no events from 2026-04-01T00:00:00Z to 2026-04-02T00:00:00Z to make a regime from: check --from, --to and the source",
            "--from", "2026-04-01T00:00:00Z", "--to", "2026-04-02T00:00:00Z");

        var lines = File.ReadAllLines(_workshop["shop.csv"]);
        _workshop.Write("shop.csv", string.Join('\n', lines.Where((line, i) => i == 0 || string.CompareOrdinal(line, "2026-03-02") > 0)));
        Refuses(1, "basket.json was built from 3600 events from 2026-03-01T00:00:00Z to 2026-03-04T00:00:00Z, which must be read again to "
            + "calibrate all regimes together, and shop.csv has 2400 of them or others: use `driftmonitor reference add` with --file and "
            + "files that hold both periods", Sale);

        var other = Monitor();
        other["Field"] = "time";
        _workshop.Configure("127.0.0.1:1", other);
        Refuses(1, "basket.json is of the field \"what\", and the monitor \"basket\" watches \"time\", so a regime would have other bins: "
            + "name the monitor of that field", Sale);
        Assert.Equal(before, File.ReadAllText(_workshop["basket.json"]));

        void Refuses(int code, string line, params string[] arguments) => _workshop.Refuses(code, line, [.. Verb(), .. arguments]);
    }

    [Theory]
    [InlineData("\"regular\":[480,1920]", "\"regular\":[480,1920,3]", "in regimes[1]: counts.regular has 3 counts for 2 bins")]
    [InlineData("\"course\":\"0:30", "\"course\":\"0:31", "in regimes[0]: course has 2161 events in the bin a, and counts has 2160")]
    [InlineData("\"name\":\"sale\",", "\"name\":\"base\",", "regimes has the name \"base\" twice")]
    [InlineData("\"name\":\"sale\",", "\"name\":\"sale\",\"bins\":{},", "in regimes[1]: it has bins of its own")]
    public void A_regime_of_other_bins_or_counts_in_the_file_is_refused(string old, string changed, string message)
    {
        Assert.Equal(0, Add("--name", "sale").ExitCode);
        var compact = JsonNode.Parse(File.ReadAllText(_workshop["basket.json"]))!.ToJsonString();
        Assert.Contains(old, compact);
        var place = compact.LastIndexOf(old, StringComparison.Ordinal);
        place = old.Contains("course", StringComparison.Ordinal) ? compact.IndexOf(old, StringComparison.Ordinal) : place;
        _workshop.Write("basket.json", compact[..place] + changed + compact[(place + old.Length)..]);

        var finished = _workshop.Run("check-config", "--config", "config.json");

        Assert.Equal(2, finished.ExitCode);
        Assert.Contains(message, finished.Errors);
    }

    [Fact]
    public void What_a_service_has_seen_is_accepted_with_who_and_when()
    {
        using var broker = new EmbeddedBroker();
        broker.CreateTopic("shop", 1);
        using (var producer = Topics.Producer(broker.BootstrapServers))
        {
            Events((time, what) => producer.Send("shop", 0, $$"""{"time":"{{time}}","what":"{{what}}"}""", Topics.Minute(0)));
            producer.Flush(TimeSpan.FromSeconds(30));
        }

        _workshop.Configure(broker.BootstrapServers, Monitor());

        var accepted = _workshop.Run(
            ["reference", "accept", "--config", "config.json", "--monitor", "basket", .. Sale, "--name", "sale", "--by", "ada"]);

        Assert.Equal((0, ""), (accepted.ExitCode, accepted.Output));
        var regime = JsonNode.Parse(File.ReadAllText(_workshop["basket.json"]))!["regimes"]![1]!;
        Assert.Equal(("sale", "ada"), ((string)regime["name"]!, (string)regime["accepted_by"]!));
        Assert.InRange(
            DateTimeOffset.Parse((string)regime["accepted_at"]!, CultureInfo.InvariantCulture),
            TimeProvider.System.GetUtcNow().AddMinutes(-10), TimeProvider.System.GetUtcNow().AddMinutes(1));
        Assert.Contains("by ada at 20", _workshop.Run("reference", "show", "basket.json").Output);
    }

    private static JsonObject Monitor() => new()
    {
        ["Name"] = "basket",
        ["Topic"] = "shop",
        ["Field"] = "what",
        ["EventTime"] = "time",
        ["Windows"] = new JsonArray("3h"),
        ["Pane"] = "1h",
        ["Reference"] = new JsonObject { ["File"] = "basket.json" },
        ["Alert"] = new JsonObject { ["FalseAlarmEvery"] = "3d" },
    };

    private static void Events(Action<string, string> add)
    {
        int[] shares = [60, 60, 60, 20, 20, 60, 20, 100]; // of a, in percent, by day
        for (var hour = 0; hour < 24 * shares.Length; hour++)
        {
            for (var i = 0; i < 50; i++)
            {
                var time = new DateTimeOffset(2026, 3, 1, 0, i, 0, TimeSpan.Zero).AddHours(hour).ToString(
                    "yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
                add(time, 2 * i < shares[hour / 24] ? "a" : "b");
            }
        }
    }

    private static string[] Verb() =>
        ["reference", "add", "basket.json", "--config", "config.json", "--monitor", "basket", "--file", "shop.csv"];

    private Finished Add(params string[] further) => _workshop.Run([.. Verb(), .. Sale, .. further]);

    private Dictionary<string, JsonNode> Readings() =>
        _workshop.Run("replay", "--config", "config.json", "--file", "shop.csv", "--output", "json").Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)
            .Where(line => (string?)line["type"] == "reading").ToDictionary(line => (string)line["time"]!);

    // The times of readings far above noise.
    private HashSet<string> Drifted() =>
        [.. Readings().Where(reading => (double?)reading.Value["excess_nats"] > 0.1).Select(reading => reading.Key)];
}
