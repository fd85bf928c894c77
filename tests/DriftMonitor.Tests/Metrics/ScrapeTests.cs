using System.Globalization;
using System.Net.Sockets;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Metrics;

/// <summary>Scrapes of the service's metrics.</summary>
public sealed class ScrapeTests
{
    private static readonly (string, string) OpenMetrics = ("Accept", "application/openmetrics-text; version=1.0.0");

    [Fact]
    public async Task The_content_type_is_that_of_the_requested_format()
    {
        var scene = Drifted();
        scene.Play();
        await using var host = await MetricsHost.StartAsync(() => scene.State.Current);

        using var text = await host.GetAsync();
        Assert.StartsWith("text/plain; version=0.0.4; charset=utf-8", TypeOf(text), StringComparison.Ordinal);
        using var openMetrics = await host.GetAsync(OpenMetrics);
        Assert.StartsWith("application/openmetrics-text; version=1.0.0; charset=utf-8", TypeOf(openMetrics), StringComparison.Ordinal);
        Assert.EndsWith("\n# EOF\n", await openMetrics.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        static string TypeOf(HttpResponseMessage response) => Assert.Single(response.Content.Headers.GetValues("Content-Type"));
    }

    [Fact]
    public async Task Samples_have_the_labels_of_the_monitor_and_no_others()
    {
        var scene = Drifted();
        scene.Play();
        await using var host = await MetricsHost.StartAsync(() => scene.State.Current);

        var lines = (await host.ScrapeAsync()).Split('\n');

        Assert.Contains("driftmonitor_window_events{monitor=\"delay\",segment=\"\",window=\"60m\"} 8", lines);
        Assert.Contains("driftmonitor_events_total{topic=\"events\"} 9", lines);
        Assert.Contains("driftmonitor_build_info{revision=\"c82bf81\",version=\"1.2.3\"} 1", lines);
        Assert.DoesNotContain(lines, line => line.Contains("otel_scope", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.StartsWith("target_info", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_metrics_of_the_runtime_and_the_process_are_included()
    {
        var scene = Drifted();
        await using var host = await MetricsHost.StartAsync(() => scene.State.Current);

        var text = await host.ScrapeAsync();

        Assert.Contains("\ndotnet_gc_collections_total{", text, StringComparison.Ordinal);
        Assert.Contains("\ndotnet_process_memory_working_set_bytes{", text, StringComparison.Ordinal);
        Assert.Contains("\ndotnet_process_cpu_time_seconds_total{", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_scrape_including_the_first_shows_the_newest_snapshot()
    {
        var scene = Drifted();
        await using var host = await MetricsHost.StartAsync(() => scene.State.Current);
        scene.Play();

        Assert.Equal(8, Value(await host.ScrapeAsync(), "driftmonitor_window_events", "60m"));
        scene.Source.Event(0, """{"x":5}""", At("2013-02-09T02:30Z"));
        scene.Play();
        Assert.Equal(1, Value(await host.ScrapeAsync(), "driftmonitor_window_events", "60m"));
        Assert.Equal(1, Value(await host.ScrapeAsync(OpenMetrics), "driftmonitor_window_events", "60m"));
    }

    [Fact]
    public async Task Each_scrape_shows_one_snapshot_while_snapshots_change()
    {
        // In one of the snapshots every window holds 8 events, in the other none. Requests that arrive together may share one collection of
        // the metrics, so groups of requests follow one another.
        Live.Snapshot[] snapshots = [Drifted().Play(), new Scene(new ScriptedSource(), Watch()).Play()];
        var asked = 0;
        await using var host = await MetricsHost.StartAsync(() => snapshots[Interlocked.Increment(ref asked) / 3 % 2]);

        List<string> texts = [];
        for (var group = 0; group < 4; group++)
        {
            texts.AddRange(await Task.WhenAll(Enumerable.Range(0, 50).Select(i =>
                i % 2 == 0 ? host.ScrapeAsync() : host.ScrapeAsync(OpenMetrics, ("Accept-Encoding", "gzip")))));
        }

        Assert.All(texts, text =>
        {
            var events = Value(text, "driftmonitor_window_events", "60m");
            Assert.Equal(events, Value(text, "driftmonitor_window_events", "2h"));
            Assert.Equal(events == 8, text.Contains("driftmonitor_reading_timestamp_seconds{", StringComparison.Ordinal));
            Assert.Equal(events == 8, text.Contains("driftmonitor_events_total{topic=\"events\"} 9", StringComparison.Ordinal));
        });
        Assert.Equal(2, texts.Select(text => Value(text, "driftmonitor_window_events", "60m")).Distinct().Count());
    }

    [Fact]
    public async Task A_scraper_that_does_not_read_its_page_delays_no_other()
    {
        var snapshot = Segmented([.. Enumerable.Range(0, 30_000).Select(i => $"segment-{i}")]);
        await using var host = await MetricsHost.StartAsync(() => snapshot);
        using var stalled = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await stalled.ConnectAsync(host.Address.Host, host.Address.Port);
        await stalled.SendAsync("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
        Assert.True(stalled.Poll(TimeSpan.FromSeconds(60), SelectMode.SelectRead));

        for (var scrape = 0; scrape < 3; scrape++)
        {
            // By itself, the exporter waits for the stalled client for a minute.
            var page = await host.ScrapeAsync().WaitAsync(TimeSpan.FromSeconds(30));
            Assert.True(page.Length > 8_000_000, $"{page.Length} characters may fit into the buffers of the connection");
        }
    }

    [Fact]
    public async Task The_next_scrape_no_longer_has_the_series_of_a_removed_segment()
    {
        var scenes = new[] { Segmented("EWR", "JFK"), Segmented("EWR") };
        var current = scenes[0];
        await using var host = await MetricsHost.StartAsync(() => current);
        Assert.Contains("segment=\"JFK\"", await host.ScrapeAsync(), StringComparison.Ordinal);

        current = scenes[1];
        Assert.DoesNotContain("segment=\"JFK\"", await host.ScrapeAsync(), StringComparison.Ordinal);

        current = scenes[0];
        Assert.Contains("segment=\"JFK\"", await host.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_is_compressed_if_the_client_accepts_gzip()
    {
        var scene = Drifted();
        scene.Play();
        await using var host = await MetricsHost.StartAsync(() => scene.State.Current);

        using var zipped = await host.GetAsync(("Accept-Encoding", "gzip"));
        Assert.Equal("gzip", Assert.Single(zipped.Content.Headers.ContentEncoding));
        Assert.Contains("driftmonitor_window_events{", await host.ScrapeAsync(("Accept-Encoding", "gzip")), StringComparison.Ordinal);
        using var plain = await host.GetAsync(("Accept-Encoding", "gzip;q=0"));
        Assert.Empty(plain.Content.Headers.ContentEncoding);
    }

    [FactRequires(Tool.Promtool)]
    public Task Promtool_of_Debian_has_no_complaint() => LintsAsync(Tool.Promtool);

    [FactRequires(Tool.NewPromtool)] // B06, X02
    public Task Promtool_of_today_has_no_complaint() => LintsAsync(Tool.NewPromtool);

    private static async Task LintsAsync(Tool promtool)
    {
        var scene = Drifted("\"{\\\n🌊");
        scene.Play();
        await using var host = await MetricsHost.StartAsync(() => scene.State.Current);

        Machine.RunOn(MetricsHost.OursOf(await host.ScrapeAsync()), promtool, "check", "metrics").HasNothingToSay();
    }

    private static Live.Snapshot Segmented(params string[] segments) =>
        new Scene(new ScriptedSource().Partitions(1), Watch(segments: segments)).Play();

    private static double Value(string exposition, string metric, string window) => double.Parse(
        Assert.Single(exposition.Split('\n'), line =>
            line.StartsWith(metric + '{', StringComparison.Ordinal)
            && line.Contains($"window=\"{window}\"", StringComparison.Ordinal)).Split(' ')[^1],
        CultureInfo.InvariantCulture);
}
