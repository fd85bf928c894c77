using System.Net;
using System.Text;
using System.Text.Json;
using DriftMonitor.Commands;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Monitoring;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Http;

public sealed class ApiTests
{
    [Fact]
    public async Task The_API_shows_a_monitor_with_its_reference_windows_and_bins()
    {
        var scene = Drifted();
        var measured = scene.Play().Monitors[0].Series[0].Readings[0].Measurement!;
        await using var site = await Site.StartAsync(scene);

        using var json = JsonDocument.Parse(await site.ReadAsync("/api/monitors"));
        Assert.Equal("1.2.3", json.RootElement.GetProperty("version").GetString());
        Assert.True(json.RootElement.GetProperty("caught_up").GetBoolean());
        var topic = Assert.Single(json.RootElement.GetProperty("topics").EnumerateArray());
        Assert.Equal(
            """{"topic":"events","events":9,"rejected":{},"lost":{"retention":0,"truncated":0},"last_event":"2013-02-09T01:30:00Z","""
                + "\"partitions\":"
                + """[{"partition":0,"next_offset":9,"lag_events":0}]}""",
            topic.GetRawText());

        var monitor = Assert.Single(json.RootElement.GetProperty("monitors").EnumerateArray());
        Assert.Equal("delay", monitor.GetProperty("name").GetString());
        Assert.Equal("x", monitor.GetProperty("field").GetString());
        Assert.Equal("1h", monitor.GetProperty("pane").GetString());
        Assert.Equal("""["60m","2h"]""", monitor.GetProperty("windows").GetRawText());
        Assert.Equal("2013-02-09T01:30:00Z", monitor.GetProperty("watermark").GetString());
        Assert.Equal(
            """{"window":"60m","fire_above_nats":0.3,"resolve_below_nats":0.1,"hold":"0s"}""",
            monitor.GetProperty("threshold").GetRawText());
        var reference = monitor.GetProperty("reference");
        Assert.Equal(400, reference.GetProperty("events").GetInt64());
        Assert.Equal(1, reference.GetProperty("bins").EnumerateArray().Sum(bin => bin.GetProperty("probability").GetDouble()), 12);

        var series = Assert.Single(monitor.GetProperty("series").EnumerateArray());
        Assert.Equal("""{"state":"firing","since":"2013-02-09T01:00:00Z"}""", series.GetProperty("alert").GetRawText());
        var window = series.GetProperty("windows")[0];
        Assert.Equal(8, window.GetProperty("events").GetInt64());
        Assert.Equal(measured.KlNats, window.GetProperty("kl_nats").GetDouble()); // exactly
        Assert.Equal(measured.Z, window.GetProperty("z").GetDouble());
        Assert.Equal(measured.KlNats, window.GetProperty("history_kl_nats")[0].GetDouble());
        var bin = window.GetProperty("bins")[0];
        Assert.Equal("[0, 10)", bin.GetProperty("label").GetString());
        Assert.Equal(8, bin.GetProperty("count").GetInt64());
        Assert.Equal(1, bin.GetProperty("share").GetDouble());
        Assert.Equal(Math.Log(1 / bin.GetProperty("reference_share").GetDouble()), bin.GetProperty("contribution_nats").GetDouble(), 12);
    }

    [Fact]
    public async Task The_further_measures_of_a_monitor_follow_its_divergence_in_the_API_and_in_a_replay()
    {
        Measure[] measures = [.. Enum.GetValues<MeasureKind>().Select(kind => new Measure(kind, kind == MeasureKind.Renyi ? 2 : 0))];
        var source = new ScriptedSource().Partitions(1)
            .Events(8, 0, """{"x":5}""", At("2013-02-09T00:10Z"))
            .Event(0, """{"x":5}""", At("2013-02-09T01:30Z"));
        var scene = new Scene(source, Watch(measures: measures));
        var series = scene.Play().Monitors[0].Series[0];
        await using var site = await Site.StartAsync(scene);

        using var json = JsonDocument.Parse(await site.ReadAsync("/api/monitors/delay"));
        var window = json.RootElement.GetProperty("series")[0].GetProperty("windows")[0];
        using var output = new MemoryStream();
        using (var lines = new ReplayLines(output, scene.Monitors))
        {
            lines.Write([(scene.Monitors[0], [new SeriesReport(series.Time!.Value, "", series.Readings, Alert: null, Transition: null)])]);
        }

        using var line = JsonDocument.Parse(Encoding.UTF8.GetString(output.ToArray()).Split('\n')[0]);
        string[] keys =
        [
            "jeffreys_nats", "psi", "kl_symmetrised_mean_nats", "js_divergence_nats", "hellinger_distance", "total_variation",
            "l_infinity", "chi_square_divergence", "g_statistic", "g_p_value", "ks_ordered_bins", "wasserstein1",
            "renyi_divergence_2.0_nats",
        ];
        Assert.Equal(keys, line.RootElement.EnumerateObject().Select(figure => figure.Name).SkipWhile(name => name != "z").Skip(1));
        foreach (var (key, further) in keys.Zip(series.Readings[0].Measurement!.Further))
        {
            Assert.Equal(further.Value, window.GetProperty(key).GetDouble()); // exactly
            Assert.Equal(further.Value, line.RootElement.GetProperty(key).GetDouble());
        }
    }

    [Fact]
    public async Task A_window_without_a_reading_has_the_reason_instead_of_numbers()
    {
        var scene = Drifted();
        scene.Play();
        await using var site = await Site.StartAsync(scene);

        using var json = JsonDocument.Parse(await site.ReadAsync("/api/monitors/delay"));
        var window = json.RootElement.GetProperty("series")[0].GetProperty("windows")[1];
        Assert.Equal("window_incomplete", window.GetProperty("unavailable").GetString());
        Assert.False(window.TryGetProperty("kl_nats", out _));
    }

    [Theory]
    [InlineData("a \"quoted\" \\ name")]
    [InlineData("two\nlines")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("drift 😀")]
    [InlineData("a/b")]
    [InlineData("../healthz")]
    [InlineData("100%")]
    public async Task A_single_monitor_can_be_requested_whatever_its_name(string name)
    {
        var scene = new Scene(new ScriptedSource(name), Watch(name, topic: name, binning: new CategoricalBinning([name])));
        await using var site = await Site.StartAsync(scene);

        using var json = JsonDocument.Parse(await site.ReadAsync($"/api/monitors/{Uri.EscapeDataString(name)}"));

        Assert.Equal(name, json.RootElement.GetProperty("name").GetString());
        Assert.Equal(name, json.RootElement.GetProperty("topic").GetString());
        Assert.Equal(name, json.RootElement.GetProperty("reference").GetProperty("bins")[0].GetProperty("label").GetString());
    }

    [Fact]
    public async Task An_unknown_monitor_is_404_with_the_path_of_the_list()
    {
        await using var site = await Site.StartAsync(Drifted());

        using var json = JsonDocument.Parse(await site.ReadAsync("/api/monitors/delya", HttpStatusCode.NotFound));
        Assert.Equal("no monitor is called \"delya\"; /api/monitors lists them", json.RootElement.GetProperty("error").GetString());
    }
}
