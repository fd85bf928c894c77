using System.Text.Json.Nodes;
using Confluent.Kafka;
using DriftMonitor.Tests.Kafka;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Notifications;

/// <summary>The service as a process, from events that drift to what is told, over a kill.</summary>
public sealed class NotifyingServiceTests : IDisposable
{
    private const string Topic = "numbers";
    private const string AlertTopic = "drift-alerts";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly FaultyBroker _broker = new(brokers: 1);
    private readonly Workshop _workshop = new();

    public void Dispose()
    {
        _workshop.Dispose();
        _broker.Dispose();
    }

    [FactRequires(Tool.Alertmanager)]
    public async Task Drift_reaches_a_webhook_and_a_real_Alertmanager_once_and_its_end_too_although_the_process_was_killed_in_between()
    {
        await using var receiver = await HttpReceiver.StartAsync();
        using var alertmanager = new AlertmanagerServer(_workshop);
        _broker.CreateTopic(Topic, 1);
        _broker.CreateTopic(AlertTopic, 1);
        _workshop.Configure(_broker.BootstrapServers, _workshop.Numbers(Topic));
        _workshop.Replace("config.json", "\"Monitors\"", $$"""
            "Checkpoint": { "Directory": "state", "Every": "1s" },
            "Notifications": {
              "AllowedHosts": ["127.0.0.1"], "Webhooks": [{ "Url": "{{receiver.Url}}" }],
              "Alertmanagers": [{ "Url": "{{alertmanager.Url}}" }],
              "Kafka": { "Topic": "{{AlertTopic}}" }, "PageUrl": "https://drift.example.com/"
            },
            "Monitors"
            """);
        var service = _workshop.Start("run", "--config", "config.json");
        try
        {
            service.UntilReady();
            Produce(seconds: 0..30, isDrifted: true);
            Eventually.Within(Soon, "the webhook is told", () => receiver.Requests.Count == 1);
            Eventually.Within(Soon, "Alertmanager shows it", () => alertmanager.Active().Count == 1);
            Eventually.Within(Soon, "a checkpoint has it", () =>
                service.Scrape()["driftmonitor_alert_state"].Any(sample => sample.Value == "1" && sample.Key.Contains("firing"))
                && File.Exists(_workshop["state/state.1"]));
            service.Signal("KILL");
            service.Dispose();

            service = _workshop.Start("run", "--config", "config.json");
            service.UntilReady();
            Produce(seconds: 30..60, isDrifted: false);

            Eventually.Within(Soon, "the webhook is told of the end", () => receiver.Requests.Count >= 2);
            Eventually.Within(Soon, "Alertmanager sees the end", () => alertmanager.Active().Count == 0);
            Eventually.Within(Soon, "it is counted", () =>
                service.Scrape()["driftmonitor_notifications_total"].GetValueOrDefault("{sink=\"webhook:127.0.0.1\"}") == "1");
            service.Signal("TERM");
            service.End();
        }
        finally
        {
            service.Dispose();
        }

        var told = receiver.Requests.Select(request => JsonNode.Parse(request.Body)!).ToList();
        Assert.Equal(["firing", "resolved"], told.Select(notification => (string)notification["state"]!));
        var records = Records();
        Assert.Equal(["driftmonitor.alert.firing", "driftmonitor.alert.resolved"], records.Select(record => (string)record["type"]!));
        Assert.All(told.Zip(records), both => Assert.True(JsonNode.DeepEquals(both.First, both.Second["data"])));
        Assert.All(records, record => Assert.Equal(("1.0", "x"), ((string)record["specversion"]!, (string)record["subject"]!)));
        Assert.Equal((string)told[0]["id"]!, (string)records[0]["id"]!);
        Assert.Single(told.Select(notification => (string)notification["alert"]!).Distinct());
        Assert.Equal(("x", "10s"), ((string)told[0]["monitor"]!, (string)told[0]["window"]!));
        Assert.Equal("[0, 1)", (string)told[0]["moved"]![0]!["bin"]!);
    }

    private List<JsonNode> Records()
    {
        using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig
        {
            BootstrapServers = _broker.BootstrapServers,
            GroupId = "records",
            EnablePartitionEof = true,
        }).Build();
        consumer.Assign(new TopicPartitionOffset(AlertTopic, 0, Offset.Beginning));
        var records = new List<JsonNode>();
        while (consumer.Consume(TimeSpan.FromSeconds(10)) is { IsPartitionEOF: false } result)
        {
            Assert.Equal("x", result.Message.Key);
            var contentType = System.Text.Encoding.UTF8.GetString(result.Message.Headers.GetLastBytes("content-type"));
            Assert.StartsWith("application/cloudevents+json", contentType);
            records.Add(JsonNode.Parse(result.Message.Value)!);
        }

        return records;
    }

    // Ten events a second, of one value or of four in turn.
    private void Produce(Range seconds, bool isDrifted)
    {
        using var producer = Topics.Producer(_broker.BootstrapServers);
        for (var i = 10 * seconds.Start.Value; i < 10 * seconds.End.Value; i++)
        {
            producer.Send(Topic, 0, $$"""{"x":{{(isDrifted ? 0 : i % 4)}}}""", Topics.Minute(0).AddMilliseconds(100 * i));
        }

        Assert.Equal(0, producer.Flush(TimeSpan.FromSeconds(60)));
    }
}
