using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Kafka;

/// <summary>Sent and received on two topics of a broker, joined by the keys of their records, by every verb that reads them.</summary>
public sealed class JoinOnKafkaTests : IDisposable
{
    private const int Minutes = 240;
    private const int PerMinute = 50;
    private const int RiseAt = 180; // minutes

    private readonly FaultyBroker _broker = new();
    private readonly Workshop _workshop = new();

    public void Dispose()
    {
        _broker.Dispose();
        _workshop.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Lost_records_are_missing_and_the_others_joined_in_batches_and_one_by_one(bool isBatched)
    {
        var (sent, lost, withoutKey, errors) = Fill();
        Configure(isBatched);
        var built = _workshop.Run(
            "reference", "build", "--config", "config.json", "--monitor", "channel", "--to", "2013-01-01T03:00:00Z",
            "--bins", "categories:2;categories:2", "--min-expected", "0", "--out", "channel.json");
        built.Succeeded();
        Assert.Matches("channel.json: [0-9]+ pairs and [0-9]+ events without a partner of [0-9]+ events from", built.Errors);

        var replay = _workshop.Run("replay", "--config", "config.json", "--output", "json");
        var lines = replay.Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries);

        // Of the last minute and of the waits that it does not end, nothing is known but that they wait.
        var summary = JsonNode.Parse(lines[^1])!;
        var unmatched = summary["unmatched"]!["channel"]!.GetValue<int>();
        var waiting = summary["waiting"]!["channel"]!.GetValue<int>();
        Assert.Equal(2 * sent - lost, summary["events"]!.GetValue<int>());
        Assert.Equal(sent - lost - withoutKey, summary["pairs"]!["channel"]!.GetValue<int>());
        Assert.Equal(lost + 2 * withoutKey, unmatched + waiting);
        Assert.InRange(waiting, 0, 3 * PerMinute);

        // In the last hour 20 % of the bits are wrong.
        var reading = JsonNode.Parse(lines.Last(line => line.Contains("\"window\":\"1h\"", StringComparison.Ordinal)))!;
        Assert.Equal(Truth(0.2), reading["mutual_information_nats"]!.GetValue<double>(), 0.05);
        Assert.Equal(Truth(0.02), reading["reference_mutual_information_nats"]!.GetValue<double>(), 0.03);
        Assert.InRange(reading["kl_nats"]!.GetValue<double>(), 0.1, 0.5);
        var reference = JsonNode.Parse(File.ReadAllText(_workshop["channel.json"]))!;
        var joint = reference["counts"]!["joint"]!;
        Assert.Equal(errors, joint[0]![1]!.GetValue<int>() + joint[1]![0]!.GetValue<int>());
    }

    [Fact]
    public void The_service_shows_what_it_joins_and_goes_on_after_a_restart()
    {
        Fill();
        Configure(isBatched: true);
        _workshop.Run(
            "reference", "build", "--config", "config.json", "--monitor", "channel", "--to", "2013-01-01T03:00:00Z",
            "--bins", "categories:2;categories:2", "--out", "channel.json").Succeeded();
        var reference = _workshop.Run("replay", "--config", "config.json", "--output", "json").Succeeded();
        var expected = JsonNode.Parse(reference.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1])!;
        for (var start = 0; start < 2; start++)
        {
            using var service = _workshop.Start("run", "--config", "config.json");
            service.UntilReady();
            service.Until("the last pane has closed that both topics have passed", () =>
                $"{service.Monitors()["monitors"]![0]!["series"]![0]!["windows"]![1]!["time"]}" == "2013-01-01T03:59:00Z");
            var monitor = service.Monitors()["monitors"]![0]!;
            Assert.Equal(("sent", "received"), ($"{monitor["topic"]}", $"{monitor["joined_topic"]}"));
            Assert.True(monitor["waiting_events"]!.GetValue<int>() >= 0);
            var page = service.Get("/").Body;
            Assert.Contains("of topic <b>sent</b>", page, StringComparison.Ordinal);
            Assert.Contains("joined with topic <b>received</b>", page, StringComparison.Ordinal);
            var metrics = service.Scrape();
            if (start == 0)
            {
                // The counters of this process have all but the events whose pane is still open.
                Assert.InRange(
                    monitor["joined_pairs"]!.GetValue<int>(), expected["pairs"]!["channel"]!.GetValue<int>() - 5 * PerMinute,
                    expected["pairs"]!["channel"]!.GetValue<int>());
                Assert.Contains("driftmonitor_join_pairs_total", metrics.Text, StringComparison.Ordinal);
                Assert.Contains("driftmonitor_join_unmatched_total", metrics.Text, StringComparison.Ordinal);
                Assert.Contains("driftmonitor_join_waiting_events", metrics.Text, StringComparison.Ordinal);
            }
            else
            {
                Assert.Equal(0, monitor["joined_pairs"]!.GetValue<int>()); // nothing has been read twice
            }

            // What it shows is what a replay gives at the same time.
            var series = monitor["series"]![0]!["windows"]![1]!;
            Assert.Contains(
                $"\"time\":\"{series["time"]}\",\"monitor\":\"channel\",\"segment\":\"\",\"window\":\"1h\",\"events\":{series["events"]},"
                + $"\"kl_nats\":{series["kl_nats"]}", reference, StringComparison.Ordinal);
            service.Signal("TERM");
            Assert.Equal(0, service.End().ExitCode);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_partition_that_is_held_gives_nothing_and_then_every_record_once_and_in_order(bool isBatched)
    {
        _broker.CreateTopic("held", 3);

        Holding.Check(_broker.BootstrapServers, "held", isBatched);
    }

    [Fact]
    public void Files_have_no_keys_and_so_are_refused()
    {
        Configure(isBatched: true);
        _workshop.Write("x.ndjson", "{}\n");
        _workshop.Write("channel.json", "{}");

        _workshop.Refuses(
            2, "the monitor \"channel\" joins the events of two topics by the keys of records, and files have none: read the topics from "
            + "Kafka, without --file",
            "reference", "build", "--config", "config.json", "--monitor", "channel", "--file", "x.ndjson", "--out", "y.json");
    }

    [Fact]
    public void Topics_without_a_key_in_common_are_told_of_at_the_end_of_a_replay()
    {
        Fill();
        Configure(isBatched: true);
        _workshop.Run(
            "reference", "build", "--config", "config.json", "--monitor", "channel", "--bins", "categories:2;categories:2", "--out",
            "channel.json").Succeeded();
        _broker.CreateTopic("other", 1);
        using (var producer = Producer())
        {
            Send(producer, "other", 0, "x", "a", 0);
            Send(producer, "other", 0, "y", "a", Minutes * 60 - 1);
            producer.Flush(TimeSpan.FromSeconds(30));
        }

        _workshop.Replace("config.json", "received:value", "other:value");
        _workshop.Replace("channel.json", "received:value", "other:value");

        var replay = _workshop.Run("replay", "--config", "config.json", "--output", "json");

        Assert.Contains(
            "of the topics sent and other: do their records have the same keys, within JoinWithin (2m)?", replay.Errors,
            StringComparison.Ordinal);
    }

    private static double Truth(double e) => Math.Log(2) + e * Math.Log(e) + (1 - e) * Math.Log(1 - e);

    // Bits from 2013 on, of which one in 20 is lost and one in 100 has no key, in either topic; and the errors in the first three hours.
    private (int Sent, int Lost, int WithoutKey, int Errors) Fill()
    {
        var random = new Random(11);
        _broker.CreateTopic("sent", 2);
        _broker.CreateTopic("received", 3);
        using var producer = Producer();
        var (lost, withoutKey, errors) = (0, 0, 0);
        for (var i = 0; i < Minutes * PerMinute; i++)
        {
            var second = i * 60.0 / PerMinute;
            var isFirst = random.Next(2) == 0;
            var key = random.Next(100) == 0 && i > PerMinute ? null : $"k{i}";
            Send(producer, "sent", random.Next(2), key, isFirst ? "a" : "b", second);
            if (key is not null && random.Next(20) == 0)
            {
                lost++;
                continue;
            }

            withoutKey += key is null ? 1 : 0;
            var isError = random.NextDouble() < (second < RiseAt * 60 ? 0.02 : 0.2);
            errors += isError && key is not null && second + 1 < RiseAt * 60 ? 1 : 0;
            Send(producer, "received", random.Next(3), key, isFirst != isError ? "a" : "b", second + 1);
        }

        Assert.Equal(0, producer.Flush(TimeSpan.FromSeconds(60)));
        return (Minutes * PerMinute, lost, withoutKey, errors);
    }

    private IProducer<string?, byte[]> Producer() => new ProducerBuilder<string?, byte[]>(
        new ProducerConfig { BootstrapServers = _broker.BootstrapServers, EnableIdempotence = true }).SetKeySerializer(new Keys()).Build();

    private static void Send(IProducer<string?, byte[]> producer, string topic, int partition, string? key, string value, double second)
    {
        var message = new Message<string?, byte[]>
        {
            Key = key,
            Value = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"value":"{{value}}"}""")),
            Timestamp = new Timestamp(Topics.Minute(0).AddSeconds(second)),
        };
        producer.Produce(new TopicPartition(topic, partition), message);
    }

    private void Configure(bool isBatched)
    {
        var monitor = new JsonObject
        {
            ["Name"] = "channel",
            ["Fields"] = new JsonArray("sent:value", "received:value"),
            ["JoinBy"] = "key",
            ["JoinWithin"] = "2m",
            ["Windows"] = new JsonArray("10m", "1h"),
            ["Pane"] = "1m",
            ["Reference"] = new JsonObject { ["File"] = "channel.json" },
        };
        _workshop.Configure(_broker.BootstrapServers, monitor);
        _workshop.Replace("config.json", "\"Start\":", $"\"Batches\":{(isBatched ? "true" : "false")},\"Start\":");
        _workshop.Replace("config.json", "\"Http\":", "\"Checkpoint\":{\"Directory\":\"state\",\"Every\":\"1s\"},\"Http\":");
    }

    private sealed class Keys : ISerializer<string?>
    {
        public byte[] Serialize(string? data, SerializationContext context) => data is null ? null! : Encoding.UTF8.GetBytes(data);
    }
}
