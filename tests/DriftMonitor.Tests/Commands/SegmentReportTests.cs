using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.References;
using DriftMonitor.Streaming;
using DriftMonitor.Tests.Http;
using DriftMonitor.Tests.Service;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Commands;

/// <summary>What distinguishes the segments: <c>replay --report segments</c> and <c>/api/monitors/NAME/segments</c>.</summary>
public sealed class SegmentReportTests : IDisposable
{
    private const string Purchases = "purchases.csv";

    private static readonly string[] Replay = ["replay", "--config", "config.json", "--file", Purchases, "--report", "segments"];

    private readonly Workshop _workshop = new();

    public SegmentReportTests()
    {
        // In each hour ana buys 60 books and 20 tools, ben 20 books and 60 tools, cora 100 books and 100 tools.
        var lines = new StringBuilder("time,who,what\n");
        for (var hour = 0; hour < 8; hour++)
        {
            Add(hour, "ana", 60, 20);
            Add(hour, "ben", 20, 60);
            Add(hour, "cora", 100, 100);
        }

        _workshop.Write(Purchases, lines.ToString());
        Configure("rest", "who");

        void Add(int hour, string who, int books, int tools)
        {
            for (var i = 0; i < books + tools; i++)
            {
                lines.Append(CultureInfo.InvariantCulture, $"2026-03-01T{hour:00}:30:00Z,{who},{(i < books ? "books" : "tools")}\n");
            }
        }
    }

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void Segments_come_by_excess_with_what_they_prefer_and_avoid()
    {
        var lines = Lines(Replay);

        Assert.Equal(["ana", "ben", "cora"], lines.SkipLast(1).Select(line => (string)line["segment"]!).Order());
        Assert.Equal("cora", (string)lines[^2]["segment"]!); // 50 % of hers, 50 % of the rest
        Assert.Equal("summary", (string)lines[^1]["type"]!);
        var ana = lines.Single(line => (string?)line["segment"] == "ana");
        Assert.Equal(
            ("segment", "2026-03-01T08:00:00Z", "taste", "2h", 160, 560),
            ((string)ana["type"]!, (string)ana["time"]!, (string)ana["monitor"]!, (string)ana["window"]!,
                (int)ana["events"]!, (int)ana["reference_events"]!));
        var (prefers, avoids) = (Assert.Single(ana["prefers"]!.AsArray())!, Assert.Single(ana["avoids"]!.AsArray())!);
        Assert.Equal(("books", 0.75), ((string)prefers["label"]!, (double)prefers["share"]!));
        Assert.Equal(240.5 / 561.5, (double)prefers["reference_share"]!, 1e-12); // ½ a bin, and ½ for the special ones
        Assert.Equal(0.75 * Math.Log(0.75 / (240.5 / 561.5)), (double)prefers["contribution_nats"]!, 1e-12);
        Assert.Equal(("tools", 0.25), ((string)avoids["label"]!, (double)avoids["share"]!));
        Assert.Equal(
            (double)ana["kl_nats"]!, (double)prefers["contribution_nats"]! + (double)avoids["contribution_nats"]!, 1e-12); // of all bins
        Assert.Empty(lines.Single(line => (string?)line["segment"] == "cora")["prefers"]!.AsArray());
    }

    [Fact]
    public void The_figures_are_those_of_the_last_reading_in_the_range()
    {
        string[] range = ["--to", "2026-03-01T05:00:00Z"];
        var readings = Lines(["replay", "--config", "config.json", "--file", Purchases, .. range]);
        foreach (var line in Lines([.. Replay, .. range]).SkipLast(1))
        {
            var reading = readings.Last(reading =>
                (string?)reading["type"] == "reading" && (string?)reading["segment"] == (string?)line["segment"]);
            Assert.Equal("2026-03-01T04:00:00Z", (string)line["time"]!);
            foreach (var key in new[] { "time", "events", "kl_nats", "noise_nats", "excess_nats", "z", "return_period_s" })
            {
                Assert.Equal(reading[key]?.ToJsonString(), line[key]?.ToJsonString());
            }
        }
    }

    [Fact]
    public void As_a_table_it_takes_the_place_of_the_readings()
    {
        var text = _workshop.Run(Replay).Output;

        Assert.StartsWith("taste, the 2h to 2026-03-01T08:00:00Z: what by who, compared with the other segments\n", text);
        Assert.Contains("+ books: 75.0 % against 42.8 %, +0.420", text);
        Assert.Contains("nothing beyond noise", text);
        Assert.DoesNotContain("2026-03-01T07:00:00Z", text); // a reading
        Assert.EndsWith("2880 events read; rejected: none\n", text);
    }

    [Fact]
    public void It_needs_segments_and_is_no_CSV()
    {
        _workshop.Refuses(
            2, "--report segments is a table or JSON lines: use --output text or --output json", [.. Replay, "--output", "csv"]);
        Configure("previous_window", segmentBy: null);
        _workshop.Refuses(
            2,
            "--report segments lists segments, and no monitor of config.json has any: write SegmentBy in one, or name an HTML file",
            Replay);
    }

    [Fact]
    public void One_segment_alone_is_warned_of()
    {
        Configure("rest", "what");
        _workshop.Write(Purchases, "time,who,what\n" + string.Concat(Enumerable.Repeat("2026-03-01T00:30:00Z,ana,books\n", 30)));

        var finished = _workshop.Run("replay", "--config", "config.json", "--file", Purchases, "--output", "json");

        Assert.Contains("\"unavailable\":\"reference_not_ready\"", finished.Output);
        Assert.Contains(
            "warning: the monitor \"taste\" has no reading, as all of 30 events are of the segment \"books\", and there is no rest to "
            + "compare it with: is \"what\" the right field?",
            finished.Errors);
    }

    [Fact]
    public async Task The_API_gives_the_same_for_each_window()
    {
        var source = new ScriptedSource().Partitions(1);
        foreach (var (segment, common, rare) in new[] { ("a", 15, 5), ("b", 5, 15) })
        {
            source.Events(40, 0, $$"""{"x":{{common}},"segment":"{{segment}}"}""", At("2013-02-09T00:10Z"))
                .Events(8, 0, $$"""{"x":{{rare}},"segment":"{{segment}}"}""", At("2013-02-09T00:20Z"));
        }

        source.Event(0, """{"x":5,"segment":"b"}""", At("2013-02-09T01:30Z")).CaughtUp(0);
        var snapshot = new Scene(source, Rest()).Play();
        await using var site = await Site.StartAsync(() => snapshot);

        var answer = JsonNode.Parse(await site.ReadAsync("/api/monitors/taste/segments?window=60m&limit=1"))!;
        Assert.Equal(
            ("taste", "60m", "segment", "the other segments", 1),
            ((string)answer["monitor"]!, (string)answer["window"]!, (string)answer["segment_by"]!, (string)answer["compared_with"]!,
                (int)answer["left_out"]!));
        var first = Assert.Single(answer["segments"]!.AsArray())!;
        Assert.Equal(
            ("a", 48, "[10, 20)", "[0, 10)"),
            ((string)first["segment"]!, (int)first["events"]!, (string)first["prefers"]![0]!["label"]!,
                (string)first["avoids"]![0]!["label"]!));
        Assert.Equal("60m", (string)JsonNode.Parse(await site.ReadAsync("/api/monitors/taste/segments"))!["window"]!);
        Assert.Equal("2h", (string)JsonNode.Parse(await site.ReadAsync("/api/monitors/taste/segments?window=120m"))!["window"]!);
        await Refuses("taste/segments?window=5m", "window is \"5m\": the windows of this monitor are 60m or 2h");
        await Refuses("taste/segments?limit=0", "limit is \"0\": give a whole number from 1 to 10000");
        await Refuses("taste/segments?of=a", "there is no parameter \"of\": the parameters are window and limit");
        await Refuses(
            "other/segments", "no monitor is called as the path says; /api/monitors lists them", HttpStatusCode.NotFound);

        async Task Refuses(string path, string message, HttpStatusCode status = HttpStatusCode.BadRequest) => Assert.Equal(
            message, (string)JsonNode.Parse(await site.ReadAsync($"/api/monitors/{path}", status))!["error"]!);
    }

    private static MonitorBinding Rest()
    {
        var binding = Watch("taste", segments: ["a"], minimumEvents: 3);
        var spec = binding.Monitor.Spec;
        var all = new AllSegments(binding.Monitor.Binning, spec.WindowPanes, 0.5);
        return binding with
        {
            Monitor = new FieldMonitor(spec, all, () => new GivenCalibration(null)),
        };
    }

    private void Configure(string kind, string? segmentBy)
    {
        var monitor = new JsonObject
        {
            ["Name"] = "taste",
            ["Topic"] = "purchases",
            ["Field"] = "what",
            ["EventTime"] = "time",
            ["Windows"] = new JsonArray("2h"),
            ["Pane"] = "1h",
            ["MinimumEvents"] = 10,
            ["Reference"] = new JsonObject
            {
                ["Kind"] = kind,
                ["Categories"] = new JsonArray("books", "tools"),
                ["CalibrateOver"] = "6h",
            },
        };
        if (segmentBy is not null)
        {
            monitor["SegmentBy"] = segmentBy;
        }

        _workshop.Configure("127.0.0.1:1", monitor);
    }

    private List<JsonNode> Lines(string[] arguments) =>
    [
        .. _workshop.Run([.. arguments, "--output", "json"]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonNode.Parse(line)!),
    ];
}
