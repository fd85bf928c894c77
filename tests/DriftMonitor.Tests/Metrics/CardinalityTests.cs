using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Metrics;

public sealed class CardinalityTests
{
    private const int Segments = 1500;

    [Fact]
    public async Task Every_one_of_thousands_of_series_is_exported_through_all_the_reasons_that_its_readings_may_have()
    {
        var scene = new Scene(new ScriptedSource().Partitions(1), Watch(segments: [], minimumEvents: 2));
        await using var host = await MetricsHost.StartAsync(() => scene.State.Current);

        // One event an hour: too few for the short window; the long one fills, and every third series falls silent in it.
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
    public async Task Hundreds_of_monitors_each_of_a_topic_of_its_own_tell_why_they_reject_and_thousands_of_partitions_how_far_behind_they_are()
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
        Assert.Equal(topics * 7, samples.Count(line => line.StartsWith("driftmonitor_events_rejected_total{", StringComparison.Ordinal)));
        Assert.Equal(partitions, samples.Count(line => line.StartsWith("driftmonitor_consumer_lag_events{", StringComparison.Ordinal)));
    }
}
