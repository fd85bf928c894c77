using System.Text.Json.Nodes;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Tests.Service;

/// <summary>References that the service takes from Kafka itself.</summary>
public sealed class ReferenceKindsOnKafkaTests : IDisposable
{
    private readonly EmbeddedBroker _broker = new();
    private readonly Workshop _workshop = new();

    public void Dispose()
    {
        _workshop.Dispose();
        _broker.Dispose();
    }

    [Fact]
    public void A_reference_learned_from_the_first_events_is_used_again_after_a_restart()
    {
        _broker.CreateTopic("numbers", 1);
        Send("numbers", seconds: 90, second => second % 4);
        var monitor = _workshop.Numbers("numbers");
        monitor["Reference"] = new JsonObject
        {
            ["Kind"] = "first",
            ["Over"] = "30s",
            ["File"] = "learned.json",
            ["Edges"] = new JsonArray(0, 1, 2, 3, 4),
        };
        _workshop.Configure(_broker.BootstrapServers, monitor);

        using (var service = _workshop.Start("run", "--config", "config.json"))
        {
            service.Until("the reference is kept", () => File.Exists(_workshop["learned.json"]));
            service.Until("it is compared with", () => Window(service)["kl_nats"] is not null);
            Assert.Equal("\"its own first events\"", service.Monitors()["monitors"]![0]!["compared_with"]!.ToJsonString());
            service.Signal("TERM");
            var ended = service.End(TimeSpan.FromSeconds(10));
            Assert.Contains("x has learned its reference from ", ended.Errors);
        }

        var kept = File.ReadAllText(_workshop["learned.json"]);
        Assert.Equal("2013-01-01T00:00:30Z", $"{JsonNode.Parse(kept)!["to"]}");
        using (var again = _workshop.Start("run", "--config", "config.json"))
        {
            again.UntilReady();
            Assert.Equal("\"the reference\"", again.Monitors()["monitors"]![0]!["compared_with"]!.ToJsonString());
            again.Signal("TERM");
            again.End(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(kept, File.ReadAllText(_workshop["learned.json"]));
    }

    [Fact]
    public void Two_topics_are_compared_at_the_same_event_times_at_the_pace_of_the_slower_one()
    {
        _broker.CreateTopic("served", 2);
        _broker.CreateTopic("trained", 1);
        Send("served", seconds: 60, _ => 1, partitions: 2);
        Send("trained", seconds: 20, second => second % 2);
        var monitor = _workshop.Numbers("served");
        monitor["Reference"] = new JsonObject { ["Kind"] = "topic", ["Topic"] = "trained", ["Edges"] = new JsonArray(0, 1, 2, 3, 4) };
        monitor["MinimumEvents"] = 10;
        _workshop.Configure(_broker.BootstrapServers, monitor);

        using var service = _workshop.Start("run", "--config", "config.json");
        service.Until("the panes that both have reached are closed", () => $"{Window(service)["time"]}" == "2013-01-01T00:00:19Z");

        // In ten seconds: a hundred events of value 1, against fifty of 0 and fifty of 1. So q = (50 + ½)/(100 + 5 · ½).
        var kl = Window(service)["kl_nats"]!.GetValue<double>();
        Assert.Equal(Math.Log(102.5 / 50.5), kl, 12);
        Assert.Equal(["served", "trained"], service.Monitors()["topics"]!.AsArray().Select(topic => $"{topic!["topic"]}"));

        Send("trained", seconds: 60, second => second % 2, from: 20);
        service.Until("the others too", () => $"{Window(service)["time"]}" == "2013-01-01T00:00:59Z");
    }

    private static JsonNode Window(DriftMonitorProcess service) => service.Monitors()["monitors"]![0]!["series"]![0]!["windows"]![0]!;

    // Ten events per second, whose record time is their event time.
    private void Send(string topic, int seconds, Func<int, int> value, int partitions = 1, int from = 0)
    {
        using var producer = Topics.Producer(_broker.BootstrapServers);
        for (var second = from; second < seconds; second++)
        {
            var time = Topics.Minute(0).AddSeconds(second);
            for (var i = 0; i < 10; i++)
            {
                producer.Send(topic, i % partitions, $$"""{"x":{{value(second)}}}""", time.AddMilliseconds(i));
            }
        }

        producer.Flush(TimeSpan.FromSeconds(30));
    }
}
