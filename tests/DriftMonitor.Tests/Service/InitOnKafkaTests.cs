using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Tests.Service;

/// <summary>From a topic of a real Kafka to a service that watches it, by two commands.</summary>
[Collection(RealKafkaTests.Name)]
public sealed class InitOnKafkaTests(RealKafka kafka)
{
    [FactRequires(Tool.Kafka)]
    public async Task Init_on_the_flights_and_run_give_readings_of_every_monitor()
    {
        var topic = await Topics.Create(kafka.BootstrapServers, partitions: 2, config: new() { ["retention.ms"] = "-1" });
        using (var producer = Topics.Producer(kafka.BootstrapServers, config => config.CompressionType = CompressionType.Lz4))
        using (var lines = new StreamReader(new GZipStream(File.OpenRead(Workshop.Flights), CompressionMode.Decompress), Encoding.UTF8))
        {
            for (var i = 0; lines.ReadLine() is { } line; i++)
            {
                producer.Send(topic, i % 2, line, DateTimeOffset.Parse($"{JsonNode.Parse(line)!["time"]}", CultureInfo.InvariantCulture));
            }

            producer.Flush(TimeSpan.FromSeconds(60));
        }

        using var workshop = new Workshop();
        var init = workshop.Run("init", "--topic", topic, "--bootstrap", kafka.BootstrapServers, "--out", "out");
        Assert.Contains("next: driftmonitor run --config out/driftmonitor.json\n", init.Succeeded(), StringComparison.Ordinal);
        Assert.Equal("", init.Errors);

        // The references are those of the file with the same events.
        workshop.Run("init", "--topic", topic, "--file", Workshop.Flights, "--out", "of-file").Succeeded();
        Assert.All(["carrier.json", "dep_delay.json", "distance.json", "origin.json"], reference =>
            Assert.Equal(File.ReadAllText(workshop[$"of-file/{reference}"]), File.ReadAllText(workshop[$"out/{reference}"])));

        workshop.Replace("out/driftmonitor.json", "\"Kafka\": {", "\"Http\": { \"Port\": 0 }, \"Kafka\": {");
        using var service = workshop.Start("run", "--config", "out/driftmonitor.json");
        service.UntilReady();
        service.Until("all eight windows have readings", () =>
            service.Scrape()["driftmonitor_kl_divergence_nats"].Count == 8);
        service.Signal("TERM");
        Assert.Equal(0, service.End(TimeSpan.FromSeconds(10)).ExitCode);
    }

    [FactRequires(Tool.Kafka)]
    public async Task Events_without_a_time_have_that_of_their_records_and_an_empty_topic_is_refused()
    {
        var topic = await Topics.Create(kafka.BootstrapServers, partitions: 1);
        using var workshop = new Workshop();
        string[] arguments = ["init", "--topic", topic, "--bootstrap", kafka.BootstrapServers, "--out", "out"];
        workshop.Refuses(1, $"topic {topic} has no records yet: produce some, or give files with --file", arguments);

        var now = TimeProvider.System.GetUtcNow();
        using (var producer = Topics.Producer(kafka.BootstrapServers))
        {
            for (var i = 0; i < 2000; i++)
            {
                producer.Send(topic, 0, $$"""{"v":{{i * 7919 % 1000}}}""", now.AddSeconds(i - 2000));
            }

            producer.Flush(TimeSpan.FromSeconds(60));
        }

        var init = workshop.Run(arguments);

        Assert.Contains("event time  the records' own time\n", init.Succeeded(), StringComparison.Ordinal);
        Assert.Contains("no field was found that is the time of the event: ", init.Errors, StringComparison.Ordinal);
        Assert.Equal(0, workshop.Run("check-config", "--config", "out/driftmonitor.json").ExitCode);
    }
}
