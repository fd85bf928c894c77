using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Tests.Service;

/// <summary>
/// Memory that values from a stream cannot exceed (deploy/docs/memory.md). The runtime ends a process whose heap needs more than its limit,
/// so a verb that ends well has kept it; a lower limit shows that the test can fail.
/// </summary>
public sealed class MemoryTests : IDisposable
{
    private const int Panes = 60;
    private const int MiB = 1 << 20;
    private const int FixedMiB = 16;
    private const int SoFarMiB = 32;
    private readonly Workshop _workshop = new();

    [Fact] // B05
    public void Three_hundred_thousand_categories_fit_into_16_MiB_with_a_fixed_reference_and_into_32_with_one_that_grows()
    {
        WriteCategories(300_000);

        FitInto(FixedMiB, "fixed.json", 300_000);
        FitInto(SoFarMiB, "so-far.json", 300_000);
        Assert.Equal(1, Replay(heapMiB: 6, "so-far.json").ExitCode); // the limit is one
    }

    [SoakFact]
    [Trait("Length", "soak")]
    public void Ten_million_categories_fit_into_as_much()
    {
        const int Events = 10_000_020; // as many in each pane
        WriteCategories(Events);

        FitInto(FixedMiB, "fixed.json", Events);
        FitInto(SoFarMiB, "so-far.json", Events);
    }

    [Theory]
    [InlineData(100, 32)]
    [InlineData(10_000, 256)]
    public void A_hundred_thousand_segments_take_the_memory_of_MaxSegments_series(int most, int heapMiB)
    {
        const int Segments = 100_000;
        using var broker = new EmbeddedBroker();
        broker.CreateTopic("numbers", 4);
        using (var producer = Topics.Producer(broker.BootstrapServers, config => config.LingerMs = 20))
        {
            for (var i = 0; i < 2 * Segments; i++)
            {
                var second = i / 20_000; // of record time: ten panes
                producer.Send(
                    "numbers", i % 4, $$"""{"x":{{i % 4}},"s":"{{i % Segments:D6}}"}""", Topics.Minute(0).AddSeconds(second));
            }

            producer.Flush(TimeSpan.FromSeconds(60));
        }

        var monitor = _workshop.Numbers("numbers");
        monitor["SegmentBy"] = "s";
        monitor["MinimumEvents"] = 1;
        monitor.Remove("Alert");
        if (most != 100)
        {
            monitor["MaxSegments"] = most;
        }

        _workshop.Configure(broker.BootstrapServers, monitor);
        using var service = DriftMonitorProcess.Start(_workshop.Folder, Limit(heapMiB), "run", "--config", "config.json");
        service.UntilReady();
        service.Until(
            "all events are read", () => service.Scrape()["driftmonitor_events_total"]["{topic=\"numbers\"}"] == $"{2 * Segments}");

        var shown = JsonNode.Parse(service.Get("/api/monitors?limit=1").Body)!["monitors"]![0]!;
        var dropped = (long)shown["dropped_events"]!;
        var unknown = (long)shown["unknown_segment_events"]!;
        Assert.Equal(2 * Segments, dropped + unknown);
        Assert.Equal(2 * most, unknown); // of each segment that has a series, both events
        for (var scrape = 0; scrape < 3; scrape++)
        {
            Assert.Equal(2 * most, service.Scrape()["driftmonitor_window_events"].Count);
        }

        Assert.Equal(200, service.Get("/").Status);
        service.Signal("TERM");
        Assert.Equal(0, service.End().ExitCode);
    }

    public void Dispose() => _workshop.Dispose();

    private static Dictionary<string, string> Limit(int heapMiB) =>
        new() { ["DOTNET_GCHeapHardLimit"] = ((long)heapMiB * MiB).ToString("x", CultureInfo.InvariantCulture) };

    private Finished Replay(int heapMiB, string configuration)
    {
        using var replay = DriftMonitorProcess.Start(
            _workshop.Folder, Limit(heapMiB), "replay", "--config", configuration, "--file", "events.ndjson", "--output", "json");
        return replay.End(TimeSpan.FromMinutes(5));
    }

    private void FitInto(int heapMiB, string configuration, int events)
    {
        var lines = Replay(heapMiB, configuration).Succeeded().TrimEnd('\n').Split('\n');

        using var summary = JsonDocument.Parse(lines[^1]);
        Assert.Equal(events, summary.RootElement.GetProperty("events").GetInt64());
        using var last = JsonDocument.Parse(lines[^2]);
        Assert.Equal(events / Panes * 30, last.RootElement.GetProperty("events").GetInt64()); // each is counted, most as unseen
    }

    // Every event has a category of its own, which no other has, in panes of a minute.
    private void WriteCategories(int count)
    {
        var perPane = count / Panes;
        using (var file = new StreamWriter(_workshop["events.ndjson"]))
        {
            for (var i = 0; i < count; i++)
            {
                var time = 1_360_368_000_000 + 60_000L * (i / perPane) + 60_000L * (i % perPane) / perPane;
                file.Write(string.Create(CultureInfo.InvariantCulture, $"{{\"time\":{time},\"x\":\"user-{i:D10}\"}}\n"));
            }
        }

        _workshop.Write("fixed.json", ConfigurationOf("""{ "Kind": "inline", "Categories": ["a", "b"], "Probabilities": [0.5, 0.5] }"""));
        _workshop.Write("so-far.json", ConfigurationOf("""{ "Kind": "so_far", "LearnOver": "10m", "File": "kept.json" }"""));

        static string ConfigurationOf(string reference) => $$"""
            { "DriftMonitor": { "Monitors": [ {
                "Name": "x", "Field": "x", "EventTime": "time", "Windows": ["5m", "30m"], "Pane": "1m", "Reference": {{reference}} } ] } }
            """;
    }
}
