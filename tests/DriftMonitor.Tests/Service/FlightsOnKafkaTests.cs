using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using DriftMonitor.Core.Time;
using DriftMonitor.Http;
using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Tests.Service;

/// <summary>
/// The flights of tests/data on a real Kafka: the topic and the file give the same results, and so do service and replay.
/// </summary>
[Collection(RealKafkaTests.Name)]
public sealed class FlightsOnKafkaTests(RealKafka kafka)
{
    private static readonly string[] Period = ["--from", "2013-04-01T00:00:00Z", "--to", "2013-06-01T00:00:00Z"];

    [FactRequires(Tool.Kafka)]
    public Task Reference_replay_and_service_on_one_partition_give_the_figures_of_the_file() => Equals_the_file(partitions: 1);

    [FactRequires(Tool.Kafka)]
    public Task Reference_replay_and_service_on_four_partitions_give_the_figures_of_the_file() => Equals_the_file(partitions: 4);

    private async Task Equals_the_file(int partitions)
    {
        var topic = await Topics.Create(kafka.BootstrapServers, partitions, config: new() { ["retention.ms"] = "-1" });
        Produce(topic, partitions);
        using var workshop = new Workshop();
        workshop.Configure(kafka.BootstrapServers, Workshop.Delays(topic));

        string[] build = ["reference", "build", "--config", "config.json", "--monitor", "departure-delay", .. Period];
        workshop.Run([.. build, "--out", "departure-delay.json", "--file", Workshop.Flights]).Succeeded();
        workshop.Run([.. build, "--out", "of-the-topic.json"]).Succeeded();
        Assert.Equal(File.ReadAllText(workshop["departure-delay.json"]), File.ReadAllText(workshop["of-the-topic.json"]));

        // The largest step forward is measured within a partition, so it is larger with four of them. Everything else is equal.
        var ofFile = Lines(workshop.Run("replay", "--config", "config.json", "--output", "json", "--file", Workshop.Flights));
        var ofTopic = Lines(workshop.Run("replay", "--config", "config.json", "--output", "json"));
        Assert.Equal(ofFile[..^1], ofTopic[..^1]);
        Assert.Equal(Counts(ofFile[^1]), Counts(ofTopic[^1]));
        Assert.Contains(
            """{"type":"alert","time":"2013-02-08T23:00:00Z","monitor":"departure-delay","segment":"","from":"pending","to":"firing"}""",
            ofFile);

        using var service = workshop.Start("run", "--config", "config.json");
        service.UntilReady();
        service.Until("all events are read", () => service.Monitors()["topics"]![0]!["events"]!.GetValue<long>() == 110_986);
        EqualsReplay(service, ofFile);
        service.Signal("TERM");
        Assert.Equal(0, service.End(TimeSpan.FromSeconds(10)).ExitCode);
    }

    /// <summary>Sends the flights in the order of the file, to the partitions in turn.</summary>
    private void Produce(string topic, int partitions)
    {
        using var producer = Topics.Producer(kafka.BootstrapServers, config => config.CompressionType = CompressionType.Lz4);
        using var lines = new StreamReader(new GZipStream(File.OpenRead(Workshop.Flights), CompressionMode.Decompress), Encoding.UTF8);
        for (var i = 0; lines.ReadLine() is { } line; i++)
        {
            var time = DateTimeOffset.Parse(JsonNode.Parse(line)!["time"]!.GetValue<string>(), CultureInfo.InvariantCulture);
            producer.Send(topic, i % partitions, line, time);
        }

        producer.Flush(TimeSpan.FromSeconds(60));
    }

    /// <summary>Asserts that the API and the metrics show the very digits that the replay printed for the same time.</summary>
    private static void EqualsReplay(DriftMonitorProcess service, string[] replay)
    {
        // The last flight left at 23:59: with a lateness of an hour, panes up to 22:59 have closed.
        const string Last = "2013-05-31T22:00:00Z";
        service.Until(
            "the panes have closed", () => $"{service.Monitors()["monitors"]![0]!["series"]![0]!["windows"]![0]!["time"]}" == Last);
        var monitor = service.Monitors()["monitors"]![0]!;
        var metrics = service.Scrape();
        Assert.Equal("{}", monitor["rejected"]!.ToJsonString());
        foreach (var window in monitor["series"]![0]!["windows"]!.AsArray().Select(window => window!))
        {
            var (label, time) = ($"{window["window"]}", $"{window["time"]}");
            var expected = JsonNode.Parse(Assert.Single(replay, line =>
                line.StartsWith($$"""{"type":"reading","time":"{{time}}",""", StringComparison.Ordinal)
                && line.Contains($"\"window\":\"{label}\"", StringComparison.Ordinal)))!;
            var labels = $$"""{monitor="departure-delay",segment="",window="{{label}}"}""";
            Assert.All<(string Key, string Metric)>(
            [
                ("events", "driftmonitor_window_events"),
                ("kl_nats", "driftmonitor_kl_divergence_nats"),
                ("kl_reverse_nats", "driftmonitor_kl_divergence_reverse_nats"),
                ("noise_nats", "driftmonitor_kl_divergence_noise_nats"),
                ("excess_nats", "driftmonitor_kl_divergence_excess_nats"),
            ],
            each =>
            {
                var digits = expected[each.Key]!.ToJsonString();
                Assert.Equal(digits, window[each.Key]!.ToJsonString());
                Assert.Equal(digits, metrics[each.Metric][labels]);
            });
            Assert.Equal(expected["z"]!.ToJsonString(), window["z"]!.ToJsonString());
            Assert.Equal(Last, time);
        }
    }

    private static string[] Lines(Finished replay) => replay.Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string Counts(string summary)
    {
        var parsed = JsonNode.Parse(summary)!.AsObject();
        parsed.Remove("largest_step_forward_s");
        return parsed.ToJsonString();
    }
}
