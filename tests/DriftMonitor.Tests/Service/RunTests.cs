using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
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
    public void Each_of_fifty_thousand_records_in_four_partitions_is_counted_once() // E01
    {
        // A record per millisecond for 50 seconds, with seeded random values and partitions. The test counts the window of the last whole
        // second itself.
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
        JsonNode Window() => service.Monitors()["monitors"]![0]!["series"]![0]!["windows"]![0]!;
        service.Until("the panes have closed", () => $"{Window()["time"]}" == "2013-01-01T00:00:49Z");
        var window = Window();
        Assert.Equal("10s", $"{window["window"]}");
        var expected = Enumerable.Range(39_000, 10_000).GroupBy(i => values[i]).ToDictionary(group => group.Key, group => group.Count());
        var counts = window["bins"]!.AsArray().ToDictionary(bin => $"{bin!["label"]}", bin => bin!["count"]!.GetValue<int>());
        Assert.Equal(10_000, window["events"]!.GetValue<int>());
        Assert.Equal(
            [expected[0], expected[1], expected[2], expected[3] + expected[4]],
            Enumerable.Range(0, 4).Select(bin => window["bins"]![bin]!["count"]!.GetValue<int>()));
        Assert.Equal((expected[-1], 10_000), (counts["below"], counts.Values.Sum()));
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_under_load_stops_the_service_within_ten_seconds(string signal) // E04
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
    [InlineData("127.0.0.1:1",
        "no broker answers at 127.0.0.1:1 (Connection refused): is Kafka running there, and is Kafka:BootstrapServers right?")]
    public void Without_a_broker_the_service_is_alive_but_not_ready_and_logs_the_reason_once(string brokers, string why) // E24
    {
        _workshop.Configure(brokers, _workshop.Numbers(Topic));
        using var service = _workshop.Start("run", "--config", "config.json");
        service.Until("readiness gives the reason", () => Readiness(service).Contains($"source: {why}", StringComparison.Ordinal));

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
    public void On_SIGHUP_everything_is_read_again_and_the_service_goes_on() // X08
    {
        // The signal is not ignored already, as it is in what nohup starts.
        _broker.CreateTopic(Topic, 1);
        _workshop.Configure(_broker.BootstrapServers, _workshop.Numbers(Topic));
        using var service = DriftMonitorProcess.StartAt(
            "/usr/bin/env", _workshop.Folder, "--default-signal=HUP", DriftMonitorProcess.Executable, "run", "--config", "config.json");
        service.UntilReady();

        service.Signal("HUP");

        service.Until("it is logged", () => service.Errors.Contains(" info  Stopping: another configuration\n", StringComparison.Ordinal));
        service.Until("it watches again", () => service.Errors.Split("Watching 1 monitor on").Length == 3);
        Produce(1);
        service.Renew();
        service.Until("it reads on", () => service.Scrape()["driftmonitor_events_total"]["{topic=\"numbers\"}"] == "1");
    }

    [Fact]
    public void A_standard_error_that_nobody_reads_does_not_stop_the_loop() // X08
    {
        // Each monitor warns that no event has its field: more than the pipe and the logger's queue can hold.
        const int Monitors = 3500;
        _broker.CreateTopic(Topic, 1);
        Produce(1000);
        _workshop.Configure(_broker.BootstrapServers, [.. Enumerable.Range(0, Monitors).Select(i =>
        {
            var monitor = _workshop.Numbers(Topic);
            (monitor["Name"], monitor["Field"]) = ($"numbers-{i}", "y");
            return monitor;
        })]);
        _workshop.Replace("x.json", "\"x\"", "\"y\"");
        using var process = new Process
        {
            StartInfo = DriftMonitorProcess.StartInfo(
                DriftMonitorProcess.Executable, ["run", "--config", "config.json"], _workshop.Folder),
        };
        process.Start();
        try
        {
            string line;
            do
            {
                line = process.StandardError.ReadLine()!; // the loop may have warned before
            }
            while (!line.Contains(" at http://", StringComparison.Ordinal));

            using var client = new HttpClient { BaseAddress = new Uri(Regex.Match(line, "at (http://[^ ]+)").Groups[1].Value) };
            Eventually.Within(TimeSpan.FromSeconds(60), "it has warned", () => HasRead(client, 1000));

            Produce(1000, first: 1000);

            Eventually.Within(TimeSpan.FromSeconds(60), "it reads on", () => HasRead(client, 2000));
        }
        finally
        {
            process.Kill();
        }

        static bool HasRead(HttpClient client, int events)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
            using var response = client.Send(request);
            using var page = new StreamReader(response.Content.ReadAsStream());
            return page.ReadToEnd().Contains(
                $"driftmonitor_events_total{{topic=\"numbers\"}} {events}\n", StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Idle_connections_leave_the_loop_and_the_scraper_their_file_descriptors() // X07
    {
        _broker.CreateTopic(Topic, 1);
        _workshop.Configure(_broker.BootstrapServers, _workshop.Numbers(Topic));
        using var service = DriftMonitorProcess.StartAt(
            "/bin/sh", _workshop.Folder, "-c", "ulimit -n 512; exec \"$0\" \"$@\"",
            DriftMonitorProcess.Executable, "run", "--config", "config.json");
        service.UntilReady();
        List<Socket> idle = [];
        try
        {
            for (var i = 0; i < 600; i++)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                idle.Add(socket);
                socket.Connect(IPAddress.Loopback, service.Url.Port);
            }

            Produce(1000);

            service.Until(
                "it reads and is scraped", () => service.Scrape()["driftmonitor_events_total"]["{topic=\"numbers\"}"] == "1000");
            var files = Directory.GetFileSystemEntries($"/proc/{service.Id}/fd").Length;
            Assert.True(files < 480, $"{files} of 512 file descriptors are used");
            Assert.Single(service.Errors.Split('\n'), line => line.Contains(
                " warn  The HTTP port has 128 open connections, as many as it serves, so ", StringComparison.Ordinal));
        }
        finally
        {
            idle.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public void The_log_does_not_tell_of_a_last_commit_that_failed()
    {
        _broker.CreateTopic(Topic, 1);
        using (var producer = Producer())
        {
            producer.Send(Topic, 0, """{"x":1}""", Topics.Minute(0));
            producer.Flush(TimeSpan.FromSeconds(60));
        }

        using var service = StartService();
        service.Until("the event is read", () => service.Scrape()["driftmonitor_events_total"]["{topic=\"numbers\"}"] == "1");
        _broker.FailRequests(8, [.. Enumerable.Repeat(ErrorCode.GroupAuthorizationFailed, 20)]);

        service.Signal("TERM");
        var ended = service.End(TimeSpan.FromSeconds(20));
        Assert.Equal(0, ended.ExitCode);
        Assert.EndsWith(" info  Stopped: 1 event read, consumer closed without a last commit\n", ended.Errors);
    }

    [Fact]
    public void Poison_alone_is_logged_once_with_its_place_and_readiness_says_so() // B04
    {
        _broker.CreateTopic(Topic, 1);
        using (var producer = Producer())
        {
            for (var second = 0; second < 12; second++)
            {
                producer.Send(Topic, 0, """{"x":1}""", Topics.Minute(0).AddSeconds(second));
            }

            for (var i = 0; i < 500; i++)
            {
                producer.Send(Topic, 0, "secret poison", Topics.Minute(0).AddSeconds(12));
            }

            producer.Flush(TimeSpan.FromSeconds(60));
        }

        using var service = StartService();
        service.UntilReady();
        service.Until("readiness says so", () => service.Get("/healthz/ready?verbose").Body.Contains(
            "% were rejected, above MaxRejected (20.0 %)", StringComparison.Ordinal));
        Assert.Equal(200, service.Get("/healthz/ready").Status);
        Assert.Equal("0", service.Scrape()["driftmonitor_alert_state"]["{monitor=\"x\",segment=\"\",state=\"firing\"}"]);
        service.Until("the log says so", () => service.Errors.Contains("rejected as malformed", StringComparison.Ordinal));
        service.Signal("TERM");

        var errors = service.End(TimeSpan.FromSeconds(10)).Errors;
        Assert.EndsWith(
            "; the first at topic numbers, partition 0, offset 12",
            Assert.Single(errors.Split('\n'), line => line.Contains("rejected", StringComparison.Ordinal)));
        Assert.DoesNotContain("secret", errors);
    }

    [Fact]
    public void The_service_becomes_ready_when_the_broker_appears() // E24
    {
        _broker.CreateTopic(Topic, 1);
        _broker.SetDown(1);
        using var service = StartService();
        const string Why = "source: no broker answers at ";
        service.Until("readiness gives the reason", () => Readiness(service).Contains(Why, StringComparison.Ordinal));

        _broker.SetUp(1);

        service.UntilReady();
        Assert.Equal((200, "ok\n"), service.Get("/healthz/ready"));
        service.Until(
            "the log names the partitions", () => service.Errors.Contains(": 1 partition, librdkafka ", StringComparison.Ordinal));
        var answers = $"Kafka at {_broker.BootstrapServers} answers: reading continues";
        service.Until("the log says that the broker answers", () => service.Errors.Contains(answers, StringComparison.Ordinal));
    }

    [Fact]
    public void The_service_becomes_ready_when_the_topic_is_created() // E22
    {
        _broker.CreateTopic(Topic, 2); // hidden at first: the mock cluster creates any topic that a client asks for
        _broker.FailTopic(Topic, ErrorCode.UnknownTopicOrPart);
        using var service = StartService();
        var why = $"topic '{Topic}' does not exist at {_broker.BootstrapServers}: create it, or correct the monitor's Topic";
        service.Until("readiness gives the reason", () => Readiness(service).Contains($"source: {why}\n", StringComparison.Ordinal));
        Assert.Equal(503, service.Get("/healthz/ready").Status);

        _broker.FailTopic(Topic, ErrorCode.NoError);

        service.UntilReady();
        service.Signal("TERM");
        Assert.Contains(why, Assert.Single(service.End().Errors.Split('\n'), line => line.Contains(" warn ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Each_of_two_hundred_concurrent_scrapes_under_load_is_complete_and_consistent() // X01
    {
        // Noise is (K° − 1)/2 · (1/N + 1/4000) with K° = 4, the number of bins that the reference occupies. So the noise shows from
        // which N it was computed, and the excess from which KL.
        _broker.CreateTopic(Topic, 2);
        await using var load = new Load(this);
        using var service = StartService();
        service.Until("there are readings", () => service.Scrape()["driftmonitor_kl_divergence_nats"].Count == 2);

        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 200 }) { BaseAddress = service.Url };
        var pages = new List<Scraped>();
        for (var round = 0; round < 3 || (NumberOfEvents(pages).Count() == 1 && round < 50); round++)
        {
            var scrapes = Enumerable.Range(0, 200).Select(_ => ScrapeAsync(client));
            pages.AddRange((await Task.WhenAll(scrapes)).Select(page => new Scraped(page)));
        }

        Assert.All(pages, page =>
        {
            Assert.EndsWith("\n# EOF\n", page.Text);
            foreach (var (labels, events) in page["driftmonitor_window_events"])
            {
                var n = double.Parse(events, CultureInfo.InvariantCulture);
                var noise = Value("driftmonitor_kl_divergence_noise_nats");
                Assert.Equal(3 / 2.0 * (1 / n + 1 / 4000.0), noise, tolerance: 1e-12);
                var kl = Value("driftmonitor_kl_divergence_nats");
                Assert.Equal(kl - noise, Value("driftmonitor_kl_divergence_excess_nats"), tolerance: 1e-12);

                double Value(string metric) => double.Parse(page[metric][labels], CultureInfo.InvariantCulture);
            }
        });
        Assert.True(NumberOfEvents(pages).Count() > 1, "the windows changed while they were scraped");
        service.Signal("TERM");
        Assert.Equal(0, service.End(TimeSpan.FromSeconds(10)).ExitCode);
    }

    [Fact]
    public async Task Every_scraper_gets_the_format_and_encoding_that_it_accepts() // X02
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

    [Fact] // B01
    public void Poison_of_every_kind_is_counted_by_reason_and_all_others_are_read()
    {
        (byte[]? Value, string Reason, string Bin)[] kinds =
        [
            (null, "empty", ""), // a tombstone
            ([], "empty", ""),
            ([0xEF, 0xBB, 0xBF, .. """{"x":1}"""u8], "", "[1, 2)"),
            ([.. "{\"x\":1,\"note\":\""u8, 0xC3, 0x28, .. "\"}"u8], "malformed", ""), // no UTF-8
            ([.. "{\"x\":1"u8], "malformed", ""),
            ([.. Encoding.ASCII.GetBytes(new string('[', 10_000))], "malformed", ""),
            ([.. Encoding.ASCII.GetBytes(new string('[', 10_000) + new string(']', 10_000))], "malformed", ""),
            ([.. Encoding.ASCII.GetBytes($"{{\"x\":1,\"note\":\"{new string('n', 900_000)}\"}}")], "", "[1, 2)"),
            ([.. Encoding.ASCII.GetBytes($"{{\"x\":1,\"note\":\"{new string('n', 1_100_000)}\"}}")], "too_large", ""),
            ([.. """{"x":1e400}"""u8], "", "above"),
            ([.. """{"x":NaN}"""u8], "", "nan"),
            ([.. """{"x":"NaN"}"""u8], "", "wrong_type"),
            ([.. """{"x":-0}"""u8], "", "[0, 1)"),
            ([.. """{"x":2,"x":1}"""u8], "", "[1, 2)"),
            ([0, 0, 0, 0, 42, 6, 97, 98, 99], "schema", ""),
        ];
        _broker.CreateTopic(Topic, 1);
        using (var producer = Topics.Producer(_broker.BootstrapServers, config =>
            (config.MessageMaxBytes, config.CompressionType) = (2_000_000, CompressionType.Lz4)))
        {
            for (var i = 0; i < 10 * kinds.Length; i++)
            {
                var time = new Timestamp(Topics.Minute(0).AddMilliseconds(i));
                producer.Produce(
                    new TopicPartition(Topic, 0), new Message<Null, byte[]?> { Value = kinds[i % kinds.Length].Value, Timestamp = time });
            }

            producer.Send(Topic, 0, """{"x":1}""", Topics.Minute(1));
            producer.Flush(TimeSpan.FromSeconds(30));
        }

        using var service = StartService();
        service.UntilReady();
        service.Until("all events are read", () =>
            service.Scrape()["driftmonitor_events_total"]["{topic=\"numbers\"}"] == $"{10 * kinds.Length + 1}");

        Assert.Equal(
            kinds.Where(kind => kind.Reason.Length > 0).GroupBy(kind => kind.Reason).OrderBy(kind => kind.Key, StringComparer.Ordinal)
                .Select(kind => $"{{monitor=\"\",reason=\"{kind.Key}\",topic=\"numbers\"}} {10 * kind.Count()}"),
            service.Scrape()["driftmonitor_events_rejected_total"].Where(sample => sample.Value != "0")
                .Select(sample => $"{sample.Key} {sample.Value}").Order(StringComparer.Ordinal));
        var bins = service.Monitors()["monitors"]![0]!["series"]![0]!["windows"]![1]!["bins"]!.AsArray();
        Assert.Equal(
            kinds.Where(kind => kind.Bin.Length > 0).GroupBy(kind => kind.Bin).OrderBy(kind => kind.Key, StringComparer.Ordinal)
                .Select(kind => $"{kind.Key} {10 * kind.Count()}"),
            bins.Where(bin => (long)bin!["count"]! > 0).Select(bin => $"{bin!["label"]} {bin["count"]}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Malformed_and_empty_events_are_counted_by_reason_and_all_others_are_read()
    {
        _broker.CreateTopic(Topic, 1);
        using (var producer = Producer())
        {
            string?[] values =
            [
                """{"x":1}""", "", null, "{\"x\":", "nonsense",
                """{"x":1,"x":2}""", """{"x":1e400}""", """{"x":"1"}""", "[]", """{"x":1}""",
            ];
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
    public void A_field_that_no_event_has_gives_one_warning() => Warns(
        monitor => monitor["Field"] = "y",
        """the monitor "x" found no value of the field "y" in any of """,
        " events: is the name right?");

    [Fact]
    public void An_event_time_that_no_event_has_gives_one_warning() => Warns(
        monitor => monitor["EventTime"] = "tme",
        """the monitor "x" counted none of """,
        """ events, as none has an event time in the field "tme": is the name right? The first is at """
        + "topic numbers, partition 0, offset 0");

    [Fact]
    public void Event_times_in_1970_give_one_warning() => Warns(
        monitor =>
        {
            monitor["EventTime"] = "t";
            monitor["MaxAge"] = "30000d"; // by default, 1970 is too old for the records' own time, 2013
        },
        """the monitor "x" has event times in 1970, from 1970-01-01T04:22:25Z on, so the field "t" is probably no time, or is in another """
        + "unit: numbers are read as seconds below 1e11, milliseconds below 1e14 and microseconds below 1e17; ",
        "for days, or dates without separators, write EventTimeFormat, such as days or yyyyMMdd",
        """{"x":1,"t":15745}"""); // days

    [Fact]
    public void Event_times_in_1970_that_are_too_old_for_their_records_give_one_warning_too() => Warns(
        monitor => monitor["EventTime"] = "t",
        "too_old (a wrong date, or a number in another unit? see EventTimeFormat and MaxAge)",
        "topic numbers, partition 0, offset 0: time `15745`",
        """{"x":1,"t":15745}""");

    [Fact]
    public void A_port_in_use_is_reported_in_one_line()
    {
        using var listener = Ports.Listen();
        var port = listener.Port();
        _workshop.Configure(_broker.BootstrapServers, _workshop.Numbers(Topic));
        _workshop.Replace("config.json", "\"Port\":0", $"\"Port\":{port}");

        var refused = _workshop.Run("run", "--config", "config.json");

        Assert.Equal(
            (1, "", $"driftmonitor: port {port} is taken: stop what uses it, or set DriftMonitor:Http:Port to another\n"),
            (refused.ExitCode, refused.Output, refused.Errors));
    }

    public void Dispose()
    {
        _workshop.Dispose();
        _broker.Dispose();
    }

    private static IEnumerable<string> NumberOfEvents(IEnumerable<Scraped> pages) =>
        pages.Select(page => page["driftmonitor_window_events"].Values.First()).Distinct();

    private static string Readiness(DriftMonitorProcess service) => service.Get("/healthz/ready").Body;

    private static async Task<string> ScrapeAsync(HttpClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Accept.ParseAdd("application/openmetrics-text; version=1.0.0");
        using var response = await client.SendAsync(request);
        return await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    private void Produce(int count, int first = 0)
    {
        using var producer = Producer();
        for (var i = first; i < first + count; i++)
        {
            producer.Send(Topic, 0, """{"x":1}""", Topics.Minute(0).AddMilliseconds(i));
        }

        producer.Flush(TimeSpan.FromSeconds(60));
    }

    private IProducer<Null, byte[]?> Producer() =>
        Topics.Producer(_broker.BootstrapServers, config => config.CompressionType = CompressionType.Lz4);

    private DriftMonitorProcess StartService(Action<JsonObject>? change = null)
    {
        var monitor = _workshop.Numbers(Topic);
        change?.Invoke(monitor);
        _workshop.Configure(_broker.BootstrapServers, monitor);
        return _workshop.Start("run", "--config", "config.json");
    }

    private void Warns(Action<JsonObject> change, string begin, string end, string value = """{"x":1}""")
    {
        _broker.CreateTopic(Topic, 1);
        using (var producer = Producer())
        {
            for (var i = 0; i < 5000; i++)
            {
                producer.Send(Topic, 0, value, Topics.Minute(0).AddMilliseconds(i));
            }

            producer.Flush(TimeSpan.FromSeconds(30));
        }

        using var service = StartService(monitor =>
        {
            change(monitor);
            _workshop.Replace("x.json", "\"x\"", $"\"{monitor["Field"]}\"");
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
    /// Sends several thousand records per second, to the partitions in turn, until it is disposed of. There are 200 to 1000 records per
    /// second of record time, in one bin or in two.
    /// </summary>
    private sealed class Load : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stopping = new();
        private readonly Task _sending;

        public Load(RunTests tests) => _sending = Task.Factory.StartNew(
            () => Send(tests), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        public async ValueTask DisposeAsync()
        {
            await _stopping.CancelAsync();
            await _sending;
            _stopping.Dispose();
        }

        private void Send(RunTests tests)
        {
            using var producer = tests.Producer();
            var time = Topics.Minute(0);
            for (var i = 0; !_stopping.IsCancellationRequested; i++)
            {
                producer.Send(Topic, i % 2, i / 3000 % 2 == 0 || i % 3 > 0 ? """{"x":0.5}""" : """{"x":1.5}""", time);
                time = time.AddMilliseconds(1 + i / 2000 % 5);
                if (i % 100 == 99)
                {
                    _stopping.Token.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(10)); // only sets the pace
                }
            }
        }
    }
}
