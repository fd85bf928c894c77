using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Metrics;

public sealed class CardinalityTests
{
    private const int Segments = 1500;

    [Fact]
    public async Task Each_of_thousands_of_series_is_exported_with_and_without_readings()
    {
        var scene = new Scene(new ScriptedSource().Partitions(1), Watch(segments: [], minimumEvents: 2));
        await using var host = await MetricsHost.StartAsync(() => scene.State.Current);

        // One event per hour is too few for the short window. The long one fills, except in every third series, which falls silent.
        for (var hour = 0; hour < 4; hour++)
        {
            for (var segment = 0; segment < Segments; segment++)
            {
                if (hour < 2 || segment % 3 > 0)
                {
                    scene.Source.Event(0, $$"""{"x":5,"segment":"s{{segment}}"}""", At($"2013-02-09T0{hour}:10Z"));
                }
            }

            scene.Play();
            await host.ScrapeAsync();
        }

        var samples = (await host.ScrapeAsync()).Split('\n');
        Assert.DoesNotContain(samples, line => line.Contains("otel_metric_overflow", StringComparison.Ordinal));
        Assert.Equal(2 * Segments, Count("driftmonitor_window_events{"));
        Assert.Equal(2 * Segments, Count("driftmonitor_reading_available{"));
        Assert.Equal(Segments * 2 / 3, Count("driftmonitor_kl_divergence_nats{"));

        int Count(string start) => samples.Count(line => line.StartsWith(start, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_of_thousands_of_windows_of_pairs_is_exported_with_its_three_entropies()
    {
        var plain = Watch(segments: [], mostSegments: Segments);
        var binning = new PairBinning(plain.Monitor.Binning, plain.Monitor.Binning, [(0, 0)]);
        var places = new long[binning.Places];
        places[0] = 1;
        var reference = new CalibratedReference(new Reference(binning, [1, 0, 0, 0]) { Places = places });
        var scene = new Scene(new ScriptedSource().Partitions(1), plain with
        {
            Monitor = new FieldMonitor(plain.Monitor.Spec, reference, new Dictionary<string, CalibratedReference>()),
            DerivedFrom = FieldPath.Parse("x"),
            SecondField = FieldPath.Parse("y"),
        });
        await using var host = await MetricsHost.StartAsync(() => scene.State.Current);
        for (var hour = 0; hour < 4; hour++)
        {
            for (var segment = 0; segment < Segments; segment++)
            {
                scene.Source.Event(0, $$"""{"x":5,"y":5,"segment":"s{{segment}}"}""", At($"2013-02-09T0{hour}:10Z"));
            }

            scene.Play();
        }

        var samples = (await host.ScrapeAsync()).Split('\n');
        Assert.DoesNotContain(samples, line => line.Contains("otel_metric_overflow", StringComparison.Ordinal));
        Assert.Equal(3 * 2 * Segments, samples.Count(line => line.StartsWith("driftmonitor_entropy_nats{", StringComparison.Ordinal)));
        Assert.Equal(
            2 * Segments, samples.Count(line => line.StartsWith("driftmonitor_mutual_information_nats{", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Segments_that_come_and_go_are_all_exported_however_many_there_have_been() // more than the SDK's 2000 label sets
    {
        const int hours = 150;
        var scene = new Scene(new ScriptedSource().Partitions(1), Watch(segments: ["known"], mostSegments: 100));
        await using var host = await MetricsHost.StartAsync(() => scene.State.Current);
        var names = new List<WeakReference>(); // as they are in label sets
        for (var hour = 0; hour < hours; hour++)
        {
            for (var segment = 0; segment < 30; segment++)
            {
                var name = $"h{hour}s{segment}"; // never seen again
                scene.Source.Event(0, $$"""{"x":5,"segment":"{{name}}"}""", At("2013-02-09T00:10Z") + TimeSpan.FromHours(hour));
            }

            scene.Play();
            await host.ScrapeAsync();
            names.AddRange(scene.State.Current.Monitors[0].Series.Select(series => new WeakReference(series.Segment)));
        }

        var (samples, monitor) = ((await host.ScrapeAsync()).Split('\n'), scene.State.Current.Monitors[0]);
        Assert.DoesNotContain(samples, line => line.Contains("otel_metric_overflow", StringComparison.Ordinal));
        Assert.InRange(monitor.Evicted, hours * 30 - 1000, hours * 30);
        var exported = samples
            .Where(line => line.StartsWith("driftmonitor_window_events{", StringComparison.Ordinal))
            .Where(line => line.Contains("window=\"2h\"", StringComparison.Ordinal))
            .Select(line => line.Split("segment=\"")[1].Split('"')[0]);
        Assert.Equal(monitor.Series.Select(series => series.Segment), exported.Order(StringComparer.Ordinal));
        Assert.Contains($"driftmonitor_series_evicted_total{{monitor=\"delay\"}} {monitor.Evicted}", string.Join('\n', samples));
        Assert.Equal(1, samples.Count(line => line.StartsWith("# TYPE driftmonitor_window_events ", StringComparison.Ordinal)));

        // What is kept of series that have ended is bounded: label sets of at most as many segments as there may be, and the series.
        GC.Collect();
        var kept = names.Select(name => name.Target).OfType<string>().Distinct(ReferenceEqualityComparer.Instance).Count();
        Assert.InRange(kept, monitor.Series.Count, 200);
    }

    [Fact]
    public async Task Alerts_that_fire_again_and_again_are_all_described_however_many_there_have_been() // more than 2000 label sets
    {
        const int series = 300;
        string[] segments = [.. Enumerable.Range(0, series).Select(i => $"s{i}")];
        var rule = new FixedThreshold(0, FireAboveNats: 0.3, ResolveBelowNats: 0.1);
        var scene = new Scene(new ScriptedSource().Partitions(1), Watch(segments: segments, rule: rule, mostSegments: series));
        await using var host = await MetricsHost.StartAsync(() => scene.State.Current);
        var texts = new HashSet<string>();
        for (var hour = 0; hour < 20; hour++)
        {
            // Every second hour drifts, each in another share.
            int[] counts = hour % 2 == 0 ? [40, hour, 0, 0] : [20, 20, 20, 20];
            var time = At("2013-02-09T00:10Z") + TimeSpan.FromHours(hour);
            foreach (var segment in segments)
            {
                for (var bin = 0; bin < 4; bin++)
                {
                    scene.Source.Events(counts[bin], 0, $$"""{"x":{{10 * bin + 5}},"segment":"{{segment}}"}""", time);
                }
            }

            scene.Source.Event(0, """{"x":5,"segment":"s0"}""", time + TimeSpan.FromHours(1));
            scene.Play();
            var info = (await host.ScrapeAsync()).Split('\n')
                .Where(line => line.StartsWith("driftmonitor_alert_info{", StringComparison.Ordinal)).ToList();
            Assert.Equal(hour % 2 == 0 ? series : 0, info.Count);
            Assert.DoesNotContain(info, line => line.Contains("otel_metric_overflow", StringComparison.Ordinal));
            texts.UnionWith(info);
        }

        Assert.Equal(10 * series, texts.Count);
    }

    [Fact]
    public async Task A_page_may_be_longer_than_the_exporter_s_default_of_174_MB()
    {
        // Long names, so that few series make a long page: two windows, of which each has two samples.
        string[] segments = [.. Enumerable.Range(0, 2_500).Select(i => $"{i:D20000}")];
        var scene = new Scene(new ScriptedSource().Partitions(1), Watch(segments: segments));
        await using var host = await MetricsHost.StartAsync(() => scene.State.Current);

        using var response = await host.GetAsync();
        var page = await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();

        Assert.True(page.Length > 174_080_000, $"{page.Length} bytes");
        Assert.Equal((byte)'\n', page[^1]);
    }

    [Fact]
    public async Task Rejections_of_hundreds_of_topics_and_lags_of_thousands_of_partitions_are_all_exported()
    {
        const int topics = 300;
        const int partitions = 2500;
        var source = new ScriptedSource("t0").Partitions(partitions);
        for (var partition = 0; partition < partitions; partition++)
        {
            source.Event(partition, """{"x":5}""", At("2013-02-09T00:10Z"));
        }

        var scene = new Scene(source, [.. Enumerable.Range(0, topics).Select(topic => Watch($"m{topic}", $"t{topic}"))]);
        await using var host = await MetricsHost.StartAsync(() => scene.State.Current);
        scene.Play();

        var samples = (await host.ScrapeAsync()).Split('\n');

        Assert.DoesNotContain(samples, line => line.Contains("otel_metric_overflow", StringComparison.Ordinal));
        Assert.Equal(topics * 8, samples.Count(line => line.StartsWith("driftmonitor_events_rejected_total{", StringComparison.Ordinal)));
        Assert.Equal(partitions, samples.Count(line => line.StartsWith("driftmonitor_consumer_lag_events{", StringComparison.Ordinal)));
    }
}
