using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Kafka;

/// <summary>The same CloudEvents in structured and in binary mode, as the source returns them.</summary>
public sealed class CloudEventsOnKafkaTests : IDisposable // B03
{
    private const string Structured = """{"specversion":"1.0","type":"flight","time":"2013-02-09T08:00:00Z","data":{"delay":7}}""";

    private static readonly IReadOnlyList<CloudEventHeader> Read =
        CloudEventHeader.In([FieldPath.Parse("data.delay"), FieldPath.Parse("time"), FieldPath.Parse("type")]);

    private static readonly (string, string)[] Binary =
        [("ce_specversion", "1.0"), ("ce_type", "flight"), ("ce_time", "2013-02-09T08:00:00Z"), ("content-type", "application/json")];

    private readonly FaultyBroker _broker = new();

    public void Dispose() => _broker.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Records_of_both_modes_have_the_values_of_the_structured_form(bool isBatched)
    {
        var values = ReadBack(
            isBatched,
            (Structured, [("content-type", "application/cloudevents+json; charset=UTF-8")]),
            (Structured, [("content-type", "APPLICATION/CLOUDEVENTS+JSON")]),
            (Structured, [("Content-Type", "application/cloudevents+json")]),
            ("""{"delay":7}""", Binary),
            ("""{"delay":8}""", []), // without headers it is in binary mode, and has no attributes
            ("""{"delay":9}""", [("ce_type", "first"), ("ce_type", "last")]));

        Assert.Equal(
            [
                Structured, Structured, Structured,
                """{"time":"2013-02-09T08:00:00Z","type":"flight","data":{"delay":7}}""",
                """{"data":{"delay":8}}""",
                """{"type":"last","data":{"delay":9}}""",
            ],
            values.Select(value => value.Text));
        Assert.All(values, value => Assert.Equal(Rejection.None, value.Rejection));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Records_that_cannot_be_read_are_rejected_for_the_same_reasons_as_others(bool isBatched)
    {
        var large = $"\"{new string('x', 1000)}\"";

        var values = ReadBack(
            isBatched, (null, Binary), ("", Binary), ("{\"delay\":", Binary), ("delay", Binary), ("\u0001\u0002", Binary), (large, Binary));

        Assert.Equal(
            [Rejection.Empty, Rejection.Empty, Rejection.Malformed, Rejection.Malformed, Rejection.Malformed, Rejection.TooLarge],
            values.Select(value => value.Rejection));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_topic_whose_monitors_read_no_CloudEvents_keeps_its_values(bool isBatched)
    {
        _broker.CreateTopic("plain", 1);
        Send("plain", ("""{"delay":7}""", Binary));
        Send("plain", (Structured, [("content-type", "application/cloudevents+json")]));

        using var reader = new Reader(Settings(isBatched, "plain")).UntilEvents(2);

        Assert.Equal(["""{"delay":7}""", Structured], reader.Values(0));
    }

    [Fact]
    public void More_envelopes_than_fit_into_one_block_are_all_kept_until_the_next_batch()
    {
        var values = Enumerable.Range(0, 300).Select(i => $"\"{new string((char)('a' + i % 26), 10_000 + i)}\"").ToArray();

        var read = ReadBack(isBatched: true, [.. values.Select(value => (value, Binary))]);

        Assert.Equal(
            values.Select(value => $$"""{"time":"2013-02-09T08:00:00Z","type":"flight","data":{{value}}}"""), read.Select(one => one.Text));
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public void A_topic_of_both_modes_has_the_readings_of_a_file_of_envelopes(string isBatched)
    {
        // Two types of events whose numbers differ; their times are attributes, and their records' own times tell nothing.
        var random = new Random(7);
        var events = Enumerable.Range(0, 2000).Select(i => (
            Type: i % 3 == 0 ? "a" : "b \"quoted\"",
            Time: $"{Topics.Minute(0).AddSeconds(i):yyyy-MM-ddTHH:mm:ssZ}",
            Data: $$"""{"x":{{random.Next(4)}}}""")).ToList();
        var envelopes = events.ConvertAll(one =>
            $$"""{"specversion":"1.0","type":{{JsonSerializer.Serialize(one.Type)}},"time":"{{one.Time}}","data":{{one.Data}}}""");
        _broker.CreateTopic("flights", 1);
        Send("flights", [.. events.Zip(envelopes, (one, envelope) => random.Next(2) == 0
            ? ((string?)envelope, [("content-type", "application/cloudevents+json")])
            : (one.Data, new (string, string)[] { ("ce_type", one.Type), ("ce_time", one.Time), ("content-type", "application/json") }))]);
        using var workshop = new Workshop();
        var monitor = workshop.Numbers("flights");
        (monitor["CloudEvents"], monitor["Field"], monitor["EventTime"], monitor["SegmentBy"]) = (true, "data.x", "time", "type");
        workshop.Replace("x.json", "\"x\"", "\"data.x\"");
        (monitor["Windows"], monitor["Pane"], monitor["MaxAhead"], monitor["MinimumEvents"]) = (new JsonArray("2m"), "1m", "1d", 10);
        monitor.Remove("Alert");
        workshop.Configure(_broker.BootstrapServers, monitor);
        workshop.Replace("config.json", "\"Start\":", $"\"Batches\":{isBatched},\"Start\":");
        workshop.Write("events.ndjson", string.Join('\n', envelopes) + "\n");

        var topic = workshop.Run("replay", "--config", "config.json", "--output", "json").Succeeded();
        var file = workshop.Run("replay", "--config", "config.json", "--output", "json", "--file", "events.ndjson").Succeeded();

        Assert.Equal(file, topic);
        Assert.Contains("\"segment\":\"b \\\"quoted\\\"\"", topic);
        Assert.Contains("\"events\":2000,\"rejected\":{}", topic);
    }

    private List<(string Text, Rejection Rejection)> ReadBack(bool isBatched, params (string? Value, (string, string)[] Headers)[] records)
    {
        _broker.CreateTopic("flights", 1);
        Send("flights", records);
        var settings = Settings(isBatched, "flights") with
        {
            CloudEvents = new Dictionary<string, IReadOnlyList<CloudEventHeader>> { ["flights"] = Read },
            MaxEventBytes = records.Length > 100 ? 1_000_000 : 500,
        };
        using var reader = new Reader(settings).UntilEvents(records.Length);
        return [.. reader.Events.Select(seen => (seen.Value, seen.Rejection))];
    }

    private void Send(string topic, params (string? Value, (string Name, string Value)[] Headers)[] records)
    {
        using var producer = Topics.Producer(_broker.BootstrapServers);
        foreach (var (value, headers) in records)
        {
            var message = new Message<Null, byte[]?>
            {
                Value = value is null ? null : Encoding.UTF8.GetBytes(value),
                Timestamp = new Timestamp(Topics.Minute(0)),
                Headers = [],
            };
            foreach (var (name, text) in headers)
            {
                message.Headers.Add(name, Encoding.UTF8.GetBytes(text));
            }

            producer.Produce(new TopicPartition(topic, 0), message);
        }

        Assert.Equal(0, producer.Flush(TimeSpan.FromSeconds(60)));
    }

    private KafkaSourceSettings Settings(bool isBatched, params string[] topics) =>
        Reader.Settings(_broker.BootstrapServers, topics) with { IsBatched = isBatched };
}
