using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Confluent.Kafka;
using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Tests.Service;

/// <summary>The service as a process, reading from a mock cluster that the test owns.</summary>
public sealed class RunTests : IDisposable
{
    private const string Topic = "numbers";

    private readonly FaultyBroker _broker = new();
    private readonly Workshop _workshop = new();

    [Fact]
    public void Fifty_thousand_records_of_four_partitions_are_each_counted_once() // E01
    {
        // A record a millisecond over 50 seconds, values drawn with a seed, partitions too. The oracle counts the last whole second's
        // window by itself.
        const int Records = 50_000;
        var random = new Random(50_000);
        var (values, partitions) = (new int[Records], new int[Records]);
        _broker.CreateTopic(Topic, 4);
        using (var producer = Producer())
        {
            for (var i = 0; i < Records; i++)
            {
                (values[i], partitions[i]) = (random.Next(-1, 5), random.Next(4));
                producer.Send(Topic, partitions[i], $$"""{"x":{{values[i]}}}""", Topics.Minute(0).AddMilliseconds(i));
            }

            producer.Flush(TimeSpan.FromSeconds(60));
        }

        using var service = StartService();
        service.UntilReady();
        service.Until("all events are read", () => service.Scrape()["driftmonitor_events_total"]["{topic=\"numbers\"}"] == "50000");

        var metrics = service.Scrape();
        Assert.Equal(["0", "0", "0", "0"], metrics["driftmonitor_consumer_lag_events"].Values);
        Assert.All(metrics["driftmonitor_events_rejected_total"].Values, count => Assert.Equal("0", count));

        // The last record is at 49.999 s in one partition, and a little earlier in the others: the pane that ends at 49 s has closed.
        var window = service.Monitors()["monitors"]![0]!["series"]![0]!["windows"]![0]!;
        Assert.Equal(("10s", "2013-01-01T00:00:49Z"), ($"{window["window"]}", $"{window["time"]}"));
        var expected = Enumerable.Range(39_000, 10_000).GroupBy(i => values[i]).ToDictionary(group => group.Key, group => group.Count());
        var counts = window["bins"]!.AsArray().ToDictionary(bin => $"{bin!["label"]}", bin => bin!["count"]!.GetValue<int>());
        Assert.Equal(10_000, window["events"]!.GetValue<int>());
        Assert.Equal([expected[0], expected[1], expected[2], expected[3] + expected[4]], Enumerable.Range(0, 4).Select(bin => window["bins"]![bin]!["count"]!.GetValue<int>()));
        Assert.Equal((expected[-1], 10_000), (counts["below"], counts.Values.Sum()));
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_under_load_ends_it_well_within_ten_seconds(string signal) // E04
    {
        _broker.CreateTopic(Topic, 4);
        await using var load = new Load(this);
        using var service = StartService();
        service.Until("events come", () => service.Monitors()["topics"]![0]!["events"]!.GetValue<long>() > 1000);

        service.Signal(signal);

        var ended = service.End(TimeSpan.FromSeconds(10));
        Assert.Equal((0, ""), (ended.ExitCode, ended.Output));
        Assert.Single(Regex.Matches(ended.Errors, $" info  Stopping: SIG{signal} received\n"));
        Assert.Matches("""Stopped: [0-9]+ events read, consumer closed after a last commit\n$""", ended.Errors);
        Assert.DoesNotContain(" error ", ended.Errors);
        Assert.DoesNotContain("   at ", ended.Errors);
    }

    [Theory]
    [InlineData("no-such-host.invalid:9092", "the host name of the broker at no-such-host.invalid:9092 cannot be resolved (")]
    [InlineData("127.0.0.1:1", "no broker answers at 127.0.0.1:1 (Connection refused): is Kafka running there, and is Kafka:BootstrapServers right?")]
    public void Without_a_broker_it_is_alive_and_not_ready_and_says_why_once(string brokers, string why) // E24
    {
        _workshop.Configure(brokers, _workshop.Numbers(Topic));
        using var service = _workshop.Start("run", "--config", "config.json");
        service.Until("readiness tells why", () => service.Get("/healthz/ready").Body.Contains($"source: {why}", StringComparison.Ordinal));

        Assert.Equal(503, service.Get("/healthz/ready").Status);
        Assert.Equal((200, "ok\n"), service.Get("/healthz/live"));
        Assert.Equal(200, service.Get("/healthz/startup").Status);
        Assert.Equal(why, $"{service.Monitors()["trouble"]}"[..why.Length]);

        service.Signal("TERM");
        var ended = service.End(TimeSpan.FromSeconds(10));
        Assert.Equal(0, ended.ExitCode);
        Assert.Contains(why, Assert.Single(ended.Errors.Split('\n'), line => line.Contains(" warn ", StringComparison.Ordinal)));
        Assert.EndsWith(" info  Stopped: no events read, consumer closed\n", ended.Errors);
    }

    [Fact]
    public void It_becomes_ready_when_the_broker_appears() // E24
    {
        _broker.CreateTopic(Topic, 1);
        _broker.SetDown(1);
        using var service = StartService();
        service.Until("readiness tells why", () => service.Get("/healthz/ready").Body.Contains("source: no broker answers at ", StringComparison.Ordinal));

        _broker.SetUp(1);

        service.UntilReady();
        Assert.Equal((200, "ok\n"), service.Get("/healthz/ready"));
        Assert.Contains(": 1 partition, librdkafka ", service.Errors);
        service.Until("the log tells so", () => service.Errors.Contains($"Kafka at {_broker.BootstrapServers} answers: reading continues", StringComparison.Ordinal));
    }

    [Fact]
    public void It_becomes_ready_when_the_topic_is_created() // E22
    {
        _broker.CreateTopic(Topic, 2); // which nobody can see yet: the cluster would make one that is asked for
        _broker.FailTopic(Topic, ErrorCode.UnknownTopicOrPart);
        using var service = StartService();
        var why = $"topic '{Topic}' does not exist at {_broker.BootstrapServers}: create it, or correct the monitor's Topic";
        service.Until("readiness tells why", () => service.Get("/healthz/ready").Body.Contains($"source: {why}\n", StringComparison.Ordinal));
        Assert.Equal(503, service.Get("/healthz/ready").Status);

        _broker.FailTopic(Topic, ErrorCode.NoError);

        service.UntilReady();
        service.Signal("TERM");
        Assert.Contains(why, Assert.Single(service.End().Errors.Split('\n'), line => line.Contains(" warn ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Two_hundred_scrapes_at_once_under_load_are_whole_and_each_of_one_moment() // X01
    {
        // Noise is (K° − 1)/2 · (1/N + 1/4000) with K° = 4, the bins that the reference occupies; so it tells which N it was computed
        // from, and excess, which KL.
        _broker.CreateTopic(Topic, 2);
        await using var load = new Load(this);
        using var service = StartService();
        service.Until("there are readings", () => service.Scrape()["driftmonitor_kl_divergence_nats"].Count == 2);

        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 200 }) { BaseAddress = service.Url };
        var pages = new List<Scraped>();
        for (var round = 0; round < 3 || (NumberOfEvents(pages).Count() == 1 && round < 50); round++)
        {
            pages.AddRange((await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => ScrapeAsync(client)))).Select(page => new Scraped(page)));
        }

        Assert.All(pages, page =>
        {
            Assert.EndsWith("\n# EOF\n", page.Text);
            foreach (var (labels, events) in page["driftmonitor_window_events"])
            {
                var n = double.Parse(events, CultureInfo.InvariantCulture);
                var noise = double.Parse(page["driftmonitor_kl_divergence_noise_nats"][labels], CultureInfo.InvariantCulture);
                Assert.Equal(3 / 2.0 * (1 / n + 1 / 4000.0), noise, tolerance: 1e-12);
                var kl = double.Parse(page["driftmonitor_kl_divergence_nats"][labels], CultureInfo.InvariantCulture);
                Assert.Equal(kl - noise, double.Parse(page["driftmonitor_kl_divergence_excess_nats"][labels], CultureInfo.InvariantCulture), tolerance: 1e-12);
            }
        });
        Assert.True(NumberOfEvents(pages).Count() > 1, "the windows changed while they were scraped");
        service.Signal("TERM");
        Assert.Equal(0, service.End(TimeSpan.FromSeconds(10)).ExitCode);
    }

    [Fact]
    public async Task Every_scraper_gets_the_format_and_the_encoding_that_it_accepts() // X02
    {
        const string Text = "text/plain; version=0.0.4; charset=utf-8";
        const string OpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores";
        _broker.CreateTopic(Topic, 1);
        using var service = StartService();
        (string? Accept, string ContentType)[] cases =
        [
            (null, Text),
            ("text/plain;version=0.0.4", Text),
            ("application/openmetrics-text;version=1.0.0", OpenMetrics),
            ("application/openmetrics-text;version=1.0.0;q=0, text/plain;q=0.1", Text),
            ("application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", OpenMetrics), // Prometheus 2.42
            (";;;,,garbage/\"", Text),
        ];
        foreach (var (accept, contentType) in cases)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
            request.Headers.TryAddWithoutValidation("Accept", accept);
            request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
            using var response = await service.Client.SendAsync(request);
            Assert.Equal((HttpStatusCode.OK, contentType), (response.StatusCode, $"{response.Content.Headers.ContentType}"));
            Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
            using var page = new StreamReader(new GZipStream(await response.Content.ReadAsStreamAsync(), CompressionMode.Decompress));
            Assert.Equal(contentType == OpenMetrics, (await page.ReadToEndAsync()).EndsWith("\n# EOF\n", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Malformed_and_empty_events_are_counted_by_reason_and_the_others_all_count()
    {
        _broker.CreateTopic(Topic, 1);
        using (var producer = Producer())
        {
            string?[] values = ["""{"x":1}""", "", null, "{\"x\":", "nonsense", """{"x":1,"x":2}""", """{"x":1e400}""", """{"x":"1"}""", "[]", """{"x":1}"""];
            for (var i = 0; i < 1000; i++)
            {
                producer.Send(Topic, 0, values[i % values.Length], Topics.Minute(0).AddMilliseconds(i));
            }

            producer.Send(Topic, 0, """{"x":1}""", Topics.Minute(1));
            producer.Flush(TimeSpan.FromSeconds(30));
        }

        using var service = StartService();
        service.UntilReady();
        service.Until("all events are read", () => service.Scrape()["driftmonitor_events_total"]["{topic=\"numbers\"}"] == "1001");

        var rejected = service.Scrape()["driftmonitor_events_rejected_total"];
        Assert.Equal("200", rejected["{monitor=\"\",reason=\"malformed\",topic=\"numbers\"}"]);
        Assert.Equal("200", rejected["{monitor=\"\",reason=\"empty\",topic=\"numbers\"}"]);
        var minute = service.Monitors()["monitors"]![0]!["series"]![0]!["windows"]![1]!;
        Assert.Equal(600, minute["events"]!.GetValue<int>());
    }

    [Fact]
    public void A_field_that_is_never_there_is_warned_of_once() => Warns(
        monitor => monitor["Field"] = "y",
        """the monitor "x" found no value of the field "y" in any of """,
        " events: is the name right?");

    [Fact]
    public void An_event_time_that_is_never_there_is_warned_of_once() => Warns(
        monitor => monitor["EventTime"] = "tme",
        """the monitor "x" counted none of """,
        """ events, as none has an event time in the field "tme": is the name right?""");

    [Fact]
    public void A_port_that_is_taken_is_told_in_one_line()
    {
        using var listener = new TcpListener(IPAddress.IPv6Any, 0);
        listener.Server.DualMode = true;
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _workshop.Configure(_broker.BootstrapServers, _workshop.Numbers(Topic));
        File.WriteAllText(_workshop["config.json"], File.ReadAllText(_workshop["config.json"]).Replace("\"Port\":0", $"\"Port\":{port}", StringComparison.Ordinal));

        var refused = _workshop.Run("run", "--config", "config.json");

        Assert.Equal(
            (1, "", $"driftmonitor: port {port} is taken: stop what uses it, or set DriftMonitor:Http:Port to another\n"), (refused.ExitCode, refused.Output, refused.Errors));
    }

    public void Dispose()
    {
        _workshop.Dispose();
        _broker.Dispose();
    }

    private static IEnumerable<string> NumberOfEvents(IEnumerable<Scraped> pages) => pages.Select(page => page["driftmonitor_window_events"].Values.First()).Distinct();

    private static async Task<string> ScrapeAsync(HttpClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Accept.ParseAdd("application/openmetrics-text; version=1.0.0");
        using var response = await client.SendAsync(request);
        return await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    private IProducer<Null, byte[]?> Producer() => Topics.Producer(_broker.BootstrapServers, config => config.CompressionType = CompressionType.Lz4);

    private DriftMonitorProcess StartService(Action<JsonObject>? change = null)
    {
        var monitor = _workshop.Numbers(Topic);
        change?.Invoke(monitor);
        _workshop.Configure(_broker.BootstrapServers, monitor);
        return _workshop.Start("run", "--config", "config.json");
    }

    private void Warns(Action<JsonObject> change, string begin, string end)
    {
        _broker.CreateTopic(Topic, 1);
        using (var producer = Producer())
        {
            for (var i = 0; i < 5000; i++)
            {
                producer.Send(Topic, 0, """{"x":1}""", Topics.Minute(0).AddMilliseconds(i));
            }

            producer.Flush(TimeSpan.FromSeconds(30));
        }

        using var service = StartService(monitor =>
        {
            change(monitor);
            _workshop.Write("x.json", File.ReadAllText(_workshop["x.json"]).Replace("\"x\"", $"\"{monitor["Field"]}\"", StringComparison.Ordinal));
        });
        service.UntilReady();
        service.Until("it warns", () => service.Errors.Contains(" warn ", StringComparison.Ordinal));
        service.Signal("TERM");

        var ended = service.End();
        Assert.Equal(0, ended.ExitCode);
        var warning = Assert.Single(ended.Errors.Split('\n'), line => line.Contains(" warn ", StringComparison.Ordinal));
        Assert.Contains(begin, warning);
        Assert.EndsWith(end, warning);
    }

    /// <summary>
    /// Records that come until it is disposed of, some thousand a second, in turns to the partitions; 200 to 1000 of them to a second of
    /// record time, and in one bin or two.
    /// </summary>
    private sealed class Load : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stopping = new();
        private readonly Task _sending;

        public Load(RunTests tests) => _sending = Task.Factory.StartNew(() => Send(tests), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        public async ValueTask DisposeAsync()
        {
            await _stopping.CancelAsync();
            await _sending;
            _stopping.Dispose();
        }

        private void Send(RunTests tests)
        {
            using var producer = tests.Producer();
            for (var (i, time) = (0, Topics.Minute(0)); !_stopping.IsCancellationRequested; (i, time) = (i + 1, time.AddMilliseconds(1 + i / 2000 % 5)))
            {
                producer.Send(Topic, i % 2, i / 3000 % 2 == 0 || i % 3 > 0 ? """{"x":0.5}""" : """{"x":1.5}""", time);
                if (i % 100 == 99)
                {
                    _stopping.Token.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(10)); // the pace, and no wait for anything
                }
            }
        }
    }
}
