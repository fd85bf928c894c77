using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Tests.Service;

/// <summary>Wrong dates, bursts and outages cost no event of a real Kafka but those with wrong dates themselves.</summary>
[Collection(RealKafkaTests.Name)]
public sealed class DatesOnKafkaTests(RealKafka kafka) : IDisposable
{
    private const int Events = 600; // ten a second
    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    // The longest window is of a minute. Of 600 events, those before the last pane, of a second, are in it.
    [TheoryRequires(Tool.Kafka)]
    [InlineData(null, 0, true, "earliest", "")] // the twins
    [InlineData(null, 0, false, "window", "")]
    [InlineData("1970-01-01T00:00:00Z", 0, true, "earliest", "too_old")] // D06
    [InlineData("0001-01-01T00:00:00Z", 0, true, "earliest", "too_old")]
    [InlineData("1970-01-02T00:00:00Z", 0, false, "earliest", "too_old")]
    [InlineData("2099-01-01T00:00:00Z", Events, true, "window", "ahead")] // D07: the last record when the service starts
    [InlineData("2099-01-01T00:00:00Z", Events, false, "window", "")] // set aside until the next one comes
    [InlineData("2013-01-01T00:05:29Z", 300, true, "earliest", "ahead")] // D09: within MaxAhead, 299 s ahead of the stream
    [InlineData("2099-01-01T00:00:00Z", 300, false, "earliest", "ahead")]
    public async Task A_wrong_date_costs_its_own_event_and_a_topic_beside_it_nothing(
        string? wrong, int place, bool hasField, string start, string reason)
    {
        var topic = await Topics.Create(kafka.BootstrapServers, partitions: 1);
        var beside = await Topics.Create(kafka.BootstrapServers, partitions: 1);
        Fill(beside, null, 0, hasField);
        Fill(topic, wrong, place, hasField);
        Configure(hasField, start, topic, beside);

        using var service = _workshop.Start("run", "--config", "config.json");
        service.UntilReady();
        foreach (var monitor in new[] { topic, beside })
        {
            service.Until("the last pane has closed", () => $"{Windows(service, monitor)?[1]!["time"]}" == "2013-01-01T00:00:59Z");
            Assert.Equal("25 25 25 25", Counts(service, monitor, window: 0));
            Assert.Equal("148 148 147 147", Counts(service, monitor, window: 1));
        }

        Assert.Equal(
            reason.Length == 0 ? [] : [$"{{monitor=\"{topic}\",reason=\"{reason}\",topic=\"{topic}\"}} 1"],
            service.Scrape()["driftmonitor_events_rejected_total"].Where(sample => sample.Value != "0")
                .Select(sample => $"{sample.Key} {sample.Value}"));
        if (reason.Length > 0)
        {
            service.Until("it is told with its place", () =>
                service.Errors.Contains($" at topic {topic}, partition 0, offset {place}", StringComparison.Ordinal));
        }

        Assert.Equal(200, service.Get("/healthz/ready").Status);
    }

    [TheoryRequires(Tool.KafkaNode)] // D08
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bursts_and_outages_that_last_longer_than_IdleAfter_make_no_event_late(bool isFarApart)
    {
        const int Bursts = 3;
        const int Burst = 100; // events of each partition
        var topic = await Topics.Create(kafka.BootstrapServers, partitions: 2);
        Configure(hasField: false, "earliest", topic);
        _workshop.Replace("config.json", "\"Start\":", "\"IdleAfter\":\"1s\",\"Start\":");
        using var service = _workshop.Start("run", "--config", "config.json");
        service.UntilReady();
        for (var burst = 0; burst < Bursts; burst++)
        {
            // All of one partition's events come before the other's, which are as old.
            await Send(burst, burst % 2);
            await Send(burst, 1 - burst % 2);
            service.Until("the burst is counted", () => Read(service, topic) == 2 * Burst * (burst + 1));
            if (isFarApart && burst == 1)
            {
                kafka.Node.Kill();
                await Pause();
                kafka.Node.Start();
            }
            else if (isFarApart)
            {
                await Pause();
            }
        }

        await Send(Bursts, 0);
        await Send(Bursts, 1);
        service.Until("the rest is counted", () => Read(service, topic) == 2 * Burst * (Bursts + 1));
        var each = Bursts * 2 * Burst / 4;
        service.Until("the panes have closed", () => Counts(service, topic, window: 1) == $"{each} {each} {each} {each}");
        Assert.All(service.Scrape()["driftmonitor_events_rejected_total"], sample => Assert.Equal("0", sample.Value));

        async Task Send(int burst, int partition)
        {
            using var producer = Topics.Producer(kafka.BootstrapServers);
            for (var i = 0; i < Burst; i++)
            {
                producer.Send(topic, partition, $$"""{"x":{{i % 4}}}""", Topics.Minute(0).AddSeconds(2 * burst).AddMilliseconds(10 * i));
            }

            Assert.Equal(0, await Task.Run(() => producer.Flush(TimeSpan.FromSeconds(60))));
        }

        // The producer of the bursts is what takes its time, so the wait is real.
        async Task Pause()
        {
            var paused = Stopwatch.StartNew();
            await Task.Run(() => Eventually.Within(
                TimeSpan.FromSeconds(20), "the pause is over", () => paused.Elapsed > TimeSpan.FromSeconds(2.5)));
        }
    }

    private void Configure(bool hasField, string start, params string[] topics)
    {
        _workshop.Configure(kafka.BootstrapServers, [.. topics.Select(topic =>
        {
            var monitor = _workshop.Numbers(topic, topic);
            if (hasField)
            {
                monitor["EventTime"] = "t";
            }

            monitor.Remove("Alert");
            return monitor;
        })]);
        _workshop.Replace("config.json", "\"earliest\"", $"\"{start}\"");
    }

    private void Fill(string topic, string? wrong, int place, bool hasField)
    {
        using var producer = Topics.Producer(kafka.BootstrapServers);
        for (var i = 0; i <= Events; i++)
        {
            var time = Topics.Minute(0).AddMilliseconds(100 * i);
            if (i == place && wrong is not null)
            {
                var date = DateTimeOffset.Parse(wrong, CultureInfo.InvariantCulture);
                producer.Send(topic, 0, $$"""{"x":0,"t":"{{wrong}}"}""", hasField ? Topics.Minute(0).AddSeconds(30) : date);
            }

            if (i < Events)
            {
                producer.Send(topic, 0, $$"""{"x":{{i % 4}},"t":"{{time:O}}"}""", time);
            }
        }

        Assert.Equal(0, producer.Flush(TimeSpan.FromSeconds(60)));
    }

    private static long Read(DriftMonitorProcess service, string topic) => long.Parse(
        service.Scrape()["driftmonitor_events_total"].GetValueOrDefault($"{{topic=\"{topic}\"}}", "0"), CultureInfo.InvariantCulture);

    private static JsonArray? Windows(DriftMonitorProcess service, string monitor) =>
        service.Monitors()["monitors"]!.AsArray().Single(each => $"{each!["name"]}" == monitor)!["series"]!.AsArray()
            .FirstOrDefault()?["windows"]!.AsArray();

    private static string? Counts(DriftMonitorProcess service, string monitor, int window) =>
        Windows(service, monitor)?[window]!["bins"] is JsonArray bins
            ? string.Join(' ', bins.Take(4).Select(bin => $"{bin!["count"]}"))
            : null;
}
