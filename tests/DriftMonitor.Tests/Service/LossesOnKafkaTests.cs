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
        string[] Bins() =>
        [
            .. service.Monitors()["monitors"]![0]!["series"]![0]!["windows"]![1]!["bins"]!.AsArray().Take(4)
                .Select(bin => $"{bin!["count"]}"),
        ];
        service.Until("the panes have closed", () => Bins() is ["0", "0", "2400", "0"]);
        var lost = service.Scrape()["driftmonitor_events_lost_total"];
        Assert.Equal("0", lost[$"{{reason=\"retention\",topic=\"{topic}\"}}"]);
        Assert.Equal("0", lost[$"{{reason=\"truncated\",topic=\"{topic}\"}}"]);
        Assert.Single(service.Errors.Split('\n'), line => line.EndsWith(
            $" warn  All windows are emptied and read again, because the log of topic {topic} is no longer the one that was read: "
            + "it was created again or truncated",
            StringComparison.Ordinal));
    }

    [FactRequires(Tool.Kafka)]
    public async Task Partitions_that_are_added_under_load_are_read_at_once_and_none_of_their_events_is_late() // E27
    {
        var topic = await Topics.Create(kafka.BootstrapServers, partitions: 1);
        Fill(topic, count: 100, value: 1);
        var monitor = _workshop.Numbers(topic);
        monitor["AllowedLateness"] = "0s";
        _workshop.Configure(kafka.BootstrapServers, monitor);
        using var service = _workshop.Start("run", "--config", "config.json");
        service.UntilReady();

        var (sent, second) = (100, 10);
        for (var partitions = 2; partitions <= 3; partitions++, second += 10)
        {
            await Topics.AddPartitions(kafka.BootstrapServers, topic, partitions);
            service.Until("the partition can be written", () => Topics.CountPartitions(kafka.BootstrapServers, topic) == partitions);
            using var producer = Topics.Producer(kafka.BootstrapServers); // one that knows it
            for (var i = 0; i < 50; i++)
            {
                producer.Send(topic, partitions - 1, """{"x":1}""", Topics.Minute(0).AddSeconds(second).AddMilliseconds(i));
            }

            producer.Flush(TimeSpan.FromSeconds(60));
            for (var partition = 0; partition < partitions; partition++)
            {
                producer.Send(topic, partition, """{"x":1}""", Topics.Minute(0).AddSeconds(second + 5)); // makes the others' pane due
            }

            producer.Flush(TimeSpan.FromSeconds(60));
            sent += 50 + partitions;
            service.Until("all is read", () => Events(service, topic) == $"{sent}");
        }

        var rejected = service.Scrape()["driftmonitor_events_rejected_total"];
        Assert.All(rejected.Values, count => Assert.Equal("0", count));
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
