using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Tests.Service;

/// <summary>What the service does when a real Kafka no longer has what it reads.</summary>
[Collection(RealKafkaTests.Name)]
public sealed class LossesOnKafkaTests(RealKafka kafka) : IDisposable
{
    private readonly Workshop _workshop = new();

    [FactRequires(Tool.Kafka)]
    public async Task A_topic_that_is_created_again_and_is_longer_is_counted_from_its_start_and_in_nothing_else() // E26
    {
        var topic = await Topics.Create(kafka.BootstrapServers, partitions: 1);
        Fill(topic, count: 1500, value: 1);
        _workshop.Configure(kafka.BootstrapServers, _workshop.Numbers(topic));
        using var service = _workshop.Start("run", "--config", "config.json");
        service.Until("all is read", () => Events(service, topic) == "1500");
        service.UntilReady();

        await Topics.Recreate(kafka.BootstrapServers, topic, partitions: 1);
        Fill(topic, count: 2500, value: 2);

        // Until it is noticed, what lies behind the old position is counted as if it belonged to the old topic.
        service.Until("it is noticed", () => service.Errors.Contains("All windows are emptied", StringComparison.Ordinal));
        service.Until("all of the new one is read", () => Events(service, topic) == "2500");
        service.UntilReady();
        var window = service.Monitors()["monitors"]![0]!["series"]![0]!["windows"]![1]!;
        Assert.Equal(["0", "0", "2400", "0"], window["bins"]!.AsArray().Take(4).Select(bin => $"{bin!["count"]}"));
        var lost = service.Scrape()["driftmonitor_events_lost_total"];
        Assert.Equal("0", lost[$"{{reason=\"retention\",topic=\"{topic}\"}}"]);
        Assert.Equal("0", lost[$"{{reason=\"truncated\",topic=\"{topic}\"}}"]);
        Assert.Single(service.Errors.Split('\n'), line => line.EndsWith(
            $" warn  All windows are emptied and read again, because the log of topic {topic} is no longer the one that was read: "
            + "it was created again or truncated",
            StringComparison.Ordinal));
    }

    public void Dispose() => _workshop.Dispose();

    private static string? Events(DriftMonitorProcess service, string topic) =>
        service.Scrape()["driftmonitor_events_total"].GetValueOrDefault($"{{topic=\"{topic}\"}}");

    private void Fill(string topic, int count, int value)
    {
        using var producer = Topics.Producer(kafka.BootstrapServers);
        for (var i = 0; i < count; i++)
        {
            producer.Send(topic, 0, $$"""{"x":{{value}}}""", Topics.Minute(0).AddMilliseconds(10 * i));
        }

        producer.Flush(TimeSpan.FromSeconds(60));
    }
}
