using System.Diagnostics;
using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Tests.Service;

/// <summary>The service as a process while no broker answers, and afterwards.</summary>
public sealed class OutageTests : IDisposable
{
    private const string Topic = "numbers";
    private const int Partitions = 4;
    private const int Part = 2000; // records
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private readonly FaultyBroker _broker = new(brokers: 2);
    private readonly Workshop _workshop = new();

    public void Dispose()
    {
        _workshop.Dispose();
        _broker.Dispose();
    }

    [Theory] // E15
    [InlineData(true)]
    [InlineData(false)]
    public void Without_any_broker_for_ten_seconds_it_stays_alive_and_then_loses_nothing(bool areDown)
    {
        _broker.CreateTopic(Topic, Partitions);
        Produce(0);
        _workshop.Configure(_broker.BootstrapServers, _workshop.Numbers(Topic));
        using var service = _workshop.Start("run", "--config", "config.json");
        service.UntilReady();
        service.Until("events are read", () => Events(service) == $"{Part}");
        var lines = service.Errors.Split('\n').Length;

        if (areDown)
        {
            _broker.SetDown(1);
            _broker.SetDown(2);
            var down = Stopwatch.StartNew();
            Eventually.Within(Soon, "it is not ready", () => Readiness(service).Status == 503);
            Assert.Contains("source: no broker answers at ", Readiness(service).Body);
            service.Until("ten seconds are over", () =>
            {
                Assert.Equal((200, "ok\n"), service.Get("/healthz/live"));
                Assert.Equal(503, Readiness(service).Status);
                return down.Elapsed > TimeSpan.FromSeconds(10);
            });
            _broker.SetUp(1);
            _broker.SetUp(2);
            Eventually.Within(Soon, "it is ready again", () => Readiness(service).Status == 200);
            service.Until("the log tells of the outage and of its end", () => service.Errors.Split('\n').Length >= lines + 2);
            Assert.InRange(service.Errors.Split('\n').Length - lines, 2, 10); // a line a second at most
        }

        Produce(Part);
        service.Until("all events are read", () => Events(service) == $"{2 * Part}");

        var page = service.Scrape();
        Assert.All(page["driftmonitor_events_lost_total"], sample => Assert.Equal("0", sample.Value));
        Assert.All(page["driftmonitor_events_rejected_total"], sample => Assert.Equal("0", sample.Value));

        // An event each millisecond, of four values in turn; the last second is still open.
        service.Until("the panes have closed", () =>
            $"{Window(service)["time"]}" == $"2013-01-01T00:00:{2 * Part / 1000 - 1:00}Z");
        Assert.Equal(
            Enumerable.Repeat((2 * Part - 1000) / 4, 4),
            Window(service)["bins"]!.AsArray().Take(4).Select(bin => (int)bin!["count"]!));
        service.Signal("TERM");
        Assert.DoesNotContain(" error ", service.End().Errors);
    }

    private static (int Status, string Body) Readiness(DriftMonitorProcess service) => service.Get("/healthz/ready");

    private static string? Events(DriftMonitorProcess service) =>
        service.Scrape()["driftmonitor_events_total"].GetValueOrDefault($"{{topic=\"{Topic}\"}}");

    private static System.Text.Json.Nodes.JsonNode Window(DriftMonitorProcess service) =>
        service.Monitors()["monitors"]![0]!["series"]![0]!["windows"]![1]!;

    private void Produce(int first)
    {
        using var producer = Topics.Producer(_broker.BootstrapServers);
        for (var i = first; i < first + Part; i++)
        {
            producer.Send(Topic, i / 4 % Partitions, $$"""{"x":{{i % 4}}}""", Topics.Minute(0).AddMilliseconds(i));
        }

        Assert.Equal(0, producer.Flush(TimeSpan.FromSeconds(60)));
    }
}
