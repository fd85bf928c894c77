using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DriftMonitor.Streaming.Checkpoints;
using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Tests.Service;

/// <summary>The service as a process, with events that are posted to it.</summary>
public sealed class PostedEventsTests : IDisposable
{
    private readonly Workshop _workshop = new();
    private readonly HttpClient _client = new();

    public void Dispose()
    {
        _workshop.Dispose();
        _client.Dispose();
    }

    [Fact]
    public async Task Without_any_Kafka_a_drift_in_posted_events_fires_an_alert()
    {
        Configure();
        using var service = _workshop.Start("run", "--config", "config.json");
        service.UntilReady();
        Assert.DoesNotContain("Kafka", service.Errors);
        const string Started = " Watching 1 monitor on events posted to http://127.0.0.1:";
        service.Until("the log says so", () => service.Errors.Contains(Started, StringComparison.Ordinal));

        await PostAsync(service, EventsOf(0, 40, i => i % 4));
        await PostAsync(service, EventsOf(40, 80, _ => 3));

        service.Until(
            "the alert fires", () => service.Monitors()["monitors"]![0]!["series"]![0]!["alert"]?["state"]?.GetValue<string>() == "firing");
        var metrics = service.Scrape();
        Assert.Equal("8000", metrics["driftmonitor_events_total"]["{topic=\"numbers\"}"]);
        Assert.Equal("8000", metrics["driftmonitor_ingest_events_total"]["{topic=\"numbers\"}"]);
        Assert.Equal("0", metrics["driftmonitor_consumer_lag_events"]["{partition=\"0\",topic=\"numbers\"}"]);
        Assert.All(metrics["driftmonitor_ingest_requests_refused_total"].Values, count => Assert.Equal("0", count));

        service.Signal("TERM");
        var ended = service.End(TimeSpan.FromSeconds(20));
        Assert.Equal(0, ended.ExitCode);
        Assert.EndsWith(" info  Stopped: 8000 events read\n", ended.Errors);
    }

    [Fact]
    public async Task Every_event_that_was_accepted_before_a_SIGTERM_is_counted_and_a_restart_goes_on_from_there()
    {
        Configure(checkpointEvery: "1h", lateness: "20s"); // only the last one
        var (accepted, counted) = (0L, 0L);
        using (var service = _workshop.Start("run", "--config", "config.json"))
        {
            service.UntilReady();
            var url = UrlOf(service);
            var posting = Enumerable.Range(0, 4).Select(async _ =>
            {
                try
                {
                    for (var status = HttpStatusCode.Accepted; status != HttpStatusCode.ServiceUnavailable;)
                    {
                        status = await PostAsync(url, EventsOf(0, 10, i => i % 4));
                        Interlocked.Add(ref accepted, status == HttpStatusCode.Accepted ? 1000 : 0);
                    }
                }
                catch (HttpRequestException)
                {
                    // The port is closed.
                }
            }).ToList();
            service.Until("many are accepted", () => Volatile.Read(ref accepted) > 50_000);

            service.Signal("TERM");

            var ended = service.End(TimeSpan.FromSeconds(20));
            await Task.WhenAll(posting);
            Assert.Equal(0, ended.ExitCode);
            counted = long.Parse(
                Regex.Match(ended.Errors, " info  Stopped: ([0-9]+) events read\n$").Groups[1].Value, CultureInfo.InvariantCulture);
            Assert.InRange(counted, accepted, accepted + 4000); // an answer may not have arrived
        }

        var position = Assert.Single(CheckpointFile.Read(_workshop["state/state.1"]).Positions).Position;
        Assert.Equal(("numbers", 0, counted), (position.Topic, position.Partition, position.NextOffset));

        using var next = _workshop.Start("run", "--config", "config.json");
        next.UntilReady();
        next.Until("the log says so", () => next.Errors.Contains(" 1 monitor goes on from the checkpoint of ", StringComparison.Ordinal));
        await PostAsync(next, EventsOf(10, 32, i => i % 4));
        next.Until("the panes close", () => $"{Window(next)["time"]}" == Second(11));
        Assert.Equal(9 * counted / 10 + 100, Window(next)["events"]!.GetValue<long>()); // the first of ten panes has left
        Assert.All(next.Scrape()["driftmonitor_events_lost_total"].Values, lost => Assert.Equal("0", lost));
    }

    [Fact]
    public async Task A_kill_loses_what_came_after_the_last_checkpoint_and_nothing_is_counted_twice()
    {
        Configure(checkpointEvery: "100ms");
        using (var service = _workshop.Start("run", "--config", "config.json"))
        {
            service.UntilReady();
            await PostAsync(service, EventsOf(0, 5, i => i % 4));
            service.Until("they are in a checkpoint", () => Checkpointed() == 500);
            var last = File.ReadAllBytes(_workshop["state/state.1"]);
            await PostAsync(service, EventsOf(5, 8, i => i % 4));
            service.Until("they are counted", () => service.Scrape()["driftmonitor_events_total"]["{topic=\"numbers\"}"] == "800");
            service.Signal("KILL");
            service.End();

            // As if the process had been killed before it could take another one.
            foreach (var file in Directory.GetFiles(_workshop["state"], "state.?"))
            {
                File.Delete(file);
            }

            File.WriteAllBytes(_workshop["state/state.1"], last);
        }

        using var next = _workshop.Start("run", "--config", "config.json");
        next.UntilReady();
        await PostAsync(next, EventsOf(8, 11, i => i % 4));

        next.Until("the panes close", () => $"{Window(next)["time"]}" == Second(10));
        Assert.Equal(500 + 200, Window(next)["events"]!.GetValue<long>()); // of ten seconds, without the three that were lost
        next.Until("offsets go on", () => Checkpointed() == 800);
        Assert.All(next.Scrape()["driftmonitor_events_lost_total"].Values, lost => Assert.Equal("0", lost));

        long Checkpointed() => File.Exists(_workshop["state/state.1"])
            ? CheckpointFile.Read(_workshop["state/state.1"]).Positions.Sum(progress => progress.Position.NextOffset)
            : 0;
    }

    [Fact]
    public async Task Posted_topics_are_watched_beside_those_of_Kafka()
    {
        using var broker = new FaultyBroker();
        broker.CreateTopic("read", 2);
        using (var producer = Topics.Producer(broker.BootstrapServers))
        {
            for (var i = 0; i < 1000; i++)
            {
                producer.Send("read", i % 2, $$"""{"x":{{i % 4}}}""", Topics.Minute(0).AddMilliseconds(10 * i));
            }

            producer.Flush(TimeSpan.FromSeconds(60));
        }

        _workshop.Configure(broker.BootstrapServers, _workshop.Numbers("read", "of-kafka"), Numbers("posted", "of-posts"));
        _workshop.Replace("config.json", "\"Http\":", "\"Ingest\":{\"Port\":0,\"Topics\":[\"posted\"]},\"Http\":");
        using var service = _workshop.Start("run", "--config", "config.json");
        service.UntilReady();

        await PostAsync(service, EventsOf(0, 12, i => i % 4), "posted");

        service.Until("both are read", () => service.Scrape()["driftmonitor_events_total"] is var events
            && events["{topic=\"read\"}"] == "1000" && events["{topic=\"posted\"}"] == "1200");
        service.Until("the posted panes close", () => $"{Window(service, monitor: 1)["time"]}" == Second(11));
        Assert.Equal(1000, Window(service, monitor: 1)["events"]!.GetValue<long>());
        Assert.Equal(
            HttpStatusCode.NotFound, await PostAsync(UrlOf(service), EventsOf(0, 1, _ => 1), "read")); // this one is Kafka's
        service.Signal("TERM");
        Assert.EndsWith(" info  Stopped: 2200 events read, consumer closed after a last commit\n", service.End().Errors);
    }

    [Fact]
    public async Task A_changed_configuration_keeps_what_was_accepted()
    {
        Configure(checkpointEvery: "1h");
        using var service = _workshop.Start("run", "--config", "config.json");
        service.UntilReady();
        await PostAsync(service, EventsOf(0, 5, i => i % 4));
        _workshop.Replace("config.json", "\"FireAbove\":0.3", "\"FireAbove\":0.4");
        service.Until("it watches again", () => service.Errors.Split("Watching 1 monitor on").Length == 3);
        service.Renew();

        await PostAsync(service, EventsOf(5, 11, i => i % 4));

        service.Until("the panes close", () => $"{Window(service)["time"]}" == Second(10));
        Assert.Equal(1000, Window(service)["events"]!.GetValue<long>());
    }

    [Fact]
    public void A_port_that_is_taken_is_named_in_one_line()
    {
        using var taken = new HttpListenerOnFreePort();
        Configure(port: taken.Port);

        _workshop.Refuses(
            1, $"port {taken.Port} is taken: stop what uses it, or set DriftMonitor:Ingest:Port to another",
            "run", "--config", "config.json");
    }

    [Theory]
    [InlineData("replay", "--config", "config.json")]
    [InlineData("reference", "build", "--config", "config.json", "--monitor", "x", "--out", "reference.json")]
    public void Posted_events_can_be_read_again_only_from_files(params string[] arguments)
    {
        Configure();

        _workshop.Refuses(
            2,
            "events of topic numbers are posted (DriftMonitor:Ingest) and not kept, so they cannot be read again: give the events in "
            + "files, with --file",
            arguments);
        _workshop.Write("events.ndjson", string.Concat(EventsOf(0, 12, i => i % 4)));
        Assert.Equal(0, _workshop.Run([.. arguments, "--file", "events.ndjson"]).ExitCode);
    }

    private void Configure(string? checkpointEvery = null, int port = 0, string lateness = "0s")
    {
        var monitor = Numbers("numbers", "x");
        monitor["AllowedLateness"] = lateness;
        _workshop.Write("config.json", new JsonObject
        {
            ["DriftMonitor"] = new JsonObject
            {
                ["Ingest"] = new JsonObject { ["Port"] = port },
                ["Checkpoint"] = checkpointEvery is null
                    ? new JsonObject()
                    : new JsonObject { ["Directory"] = "state", ["Every"] = checkpointEvery },
                ["Http"] = new JsonObject { ["Port"] = 0 },
                ["Monitors"] = new JsonArray(monitor),
            },
        }.ToJsonString());
    }

    // As Workshop.Numbers, with a field of the event time.
    private JsonObject Numbers(string topic, string name)
    {
        var monitor = _workshop.Numbers(topic, name);
        monitor["EventTime"] = "time";
        return monitor;
    }

    // A hundred events in each second of event time.
    private static string EventsOf(int fromSecond, int toSecond, Func<int, int> value)
    {
        var lines = new StringBuilder();
        for (var i = 100 * fromSecond; i < 100 * toSecond; i++)
        {
            var time = Topics.Minute(0).AddMilliseconds(10 * i);
            lines.Append(CultureInfo.InvariantCulture, $$"""{"time":"{{time:yyyy-MM-ddTHH:mm:ss.fffZ}}","x":{{value(i)}}}""").Append('\n');
        }

        return lines.ToString();
    }

    private static string Second(int second) =>
        Topics.Minute(0).AddSeconds(second).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static JsonNode Window(DriftMonitorProcess service, int monitor = 0) =>
        service.Monitors()["monitors"]![monitor]!["series"]![0]!["windows"]![0]!;

    private static string UrlOf(DriftMonitorProcess service) =>
        Regex.Matches(service.Errors, "events posted to (http://[^;]+/events)")[^1].Groups[1].Value;

    private async Task PostAsync(DriftMonitorProcess service, string lines, string topic = "numbers") =>
        Assert.Equal(HttpStatusCode.Accepted, await PostAsync(UrlOf(service), lines, topic));

    private async Task<HttpStatusCode> PostAsync(string url, string lines, string topic = "numbers")
    {
        using var content = new StringContent(lines, Encoding.UTF8, "application/x-ndjson");
        using var response = await _client.PostAsync($"{url}?topic={topic}", content);
        return response.StatusCode;
    }

    private sealed class HttpListenerOnFreePort : IDisposable
    {
        private readonly System.Net.Sockets.TcpListener _listener = new(IPAddress.Loopback, 0);

        public HttpListenerOnFreePort() => _listener.Start();

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public void Dispose() => _listener.Dispose();
    }
}
