using System.Net;
using System.Net.Sockets;
using System.Text;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Tests.Http;

namespace DriftMonitor.Tests.Service;

/// <summary>The verb that a container's health check runs.</summary>
public sealed class HealthVerbTests : IDisposable
{
    private readonly Workshop _workshop = new();

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    public void A_service_that_reads_its_topic_is_healthy_with_and_without_IPv6(string disableIPv6)
    {
        using var broker = new EmbeddedBroker();
        broker.CreateTopic("numbers", 1);
        _workshop.Configure(broker.BootstrapServers, _workshop.Numbers("numbers"));
        var environment = new Dictionary<string, string> { ["DOTNET_SYSTEM_NET_DISABLEIPV6"] = disableIPv6 };
        using var service = DriftMonitorProcess.Start(_workshop.Folder, environment, "run", "--config", "config.json");
        service.UntilReady();
        environment["DriftMonitor__Http__Port"] = $"{service.Url.Port}";

        string[][] calls = [["--config", "config.json"], ["--config", "config.json", "--ready"], [], ["--port", $"{service.Url.Port}"]];
        foreach (var arguments in calls)
        {
            using var health = DriftMonitorProcess.Start(_workshop.Folder, environment, ["health", .. arguments]);
            var ended = health.End();
            Assert.Equal((0, "ok\n", ""), (ended.ExitCode, ended.Output, ended.Errors));
        }
    }

    [Fact]
    public void Health_of_a_service_without_its_broker_is_alive_but_not_ready_with_the_reason()
    {
        _workshop.Configure("127.0.0.1:1", _workshop.Numbers("numbers"));
        using var service = _workshop.Start("run", "--config", "config.json");
        service.Until("readiness gives the reason", () => service.Get("/healthz/ready").Body.Contains("source: no broker answers"));
        var port = $"{service.Url.Port}";

        _workshop.Run("health", "--port", port).Succeeded();
        var notReady = _workshop.Run("health", "--port", port, "--ready");
        Assert.Equal((1, ""), (notReady.ExitCode, notReady.Output));
        var url = $"http://127.0.0.1:{port}/healthz/ready";
        Assert.StartsWith($"driftmonitor: {url} answers 503 (source: no broker answers at 127.0.0.1:1 (", notReady.Errors);
        Assert.EndsWith($"): {url}?verbose lists every check\n", notReady.Errors);
        Assert.Equal(notReady.Errors.Length - 1, notReady.Errors.IndexOf('\n', StringComparison.Ordinal));
    }

    [Fact]
    public async Task Health_prints_why_a_service_that_is_alive_is_not_ready()
    {
        using var source = new ScriptedSource().Partitions(2).CaughtUp(0).CaughtUp(1).Undelivered(7, partition: 1).Events(30, 0, "no JSON");
        var scene = new Scene(source, Scene.Watch());
        scene.Play();
        await using var site = await Site.StartAsync(scene);
        for (; site.Now < TimeSpan.FromSeconds(60); site.Now += TimeSpan.FromSeconds(5))
        {
            await site.ReadAsync("/healthz/ready");
        }

        var port = $"{site.Address.Port}";
        var url = $"http://127.0.0.1:{port}/healthz/ready";
        _workshop.Run("health", "--port", port).Succeeded();
        _workshop.Refuses(
            1,
            $"{url} answers 503 (progress: partition 1 of topic events has 7 unread events and did not advance for 60 seconds: look there "
            + "for an open transaction or a damaged record, and at the log of the broker; rejected: topic events: all 30 events of the "
            + "last 60 seconds were rejected as malformed (expected in UTF-8: a JSON object per event, or CSV rows that fit their "
            + $"header)): {url}?verbose lists every check",
            "health", "--port", port, "--ready");
    }

    [Fact]
    public void The_port_is_read_from_a_configuration_that_has_other_faults()
    {
        var port = Ports.Free();
        _workshop.Write("config.json", $$"""
            {
              "DriftMonitor": {
                "Http": { "port": {{port}} },
                "Kafka": { "Strat": "window" },
                "Monitors": [ { "Name": "x", "Pane": "soon" } ]
              }
            }
            """);

        _workshop.Refuses(
            1,
            $"http://127.0.0.1:{port}/healthz/live cannot be reached (Connection refused): start the service with `driftmonitor run`, ",
            "health", "--config", "config.json");
    }

    [Fact]
    public void Without_a_configured_port_health_asks_9464()
    {
        _workshop.Write("config.json", """{ "DriftMonitor": {} }""");

        // Whether or not something answers there on this machine, an error names the address.
        foreach (var ended in new[] { _workshop.Run("health"), _workshop.Run("health", "--config", "config.json") })
        {
            var isAsked = ended.ExitCode == 0 || ended.Errors.Contains("http://127.0.0.1:9464/healthz/live", StringComparison.Ordinal);
            Assert.True(isAsked, $"{ended}");
        }
    }

    [Theory]
    [InlineData("""{ "Port": "many" }""", "DriftMonitor:Http:Port is \"many\": write a whole number from 0 to 65535")]
    [InlineData("""{ "Prot": 9465 }""", "DriftMonitor:Http:Prot is not a known key: did you mean Port?")]
    [InlineData("""{ "Port": 0 }""", "DriftMonitor:Http:Port is 0, so only the service's log has the port: give it with --port N")]
    [InlineData("{ ", "config.json is not valid JSON: ")]
    public void A_configuration_without_a_usable_port_is_a_usage_error(string http, string line)
    {
        _workshop.Write("config.json", $$"""{ "DriftMonitor": { "Http": {{http}} } }""");

        _workshop.Refuses(2, line, "health", "--config", "config.json");
    }

    [Theory]
    [InlineData("--config none.json", "none.json does not exist: name the configuration file with --config FILE")]
    [InlineData("--port 0", "--port is 0: it must be from 1 to 65535; see driftmonitor health --help")]
    [InlineData("--port metrics", "--port must be a number, not \"metrics\"; see driftmonitor health --help")]
    [InlineData("--port 9464 --config c.json", "--config and --port both name a port: give one of them; see driftmonitor health --help")]
    public void Wrong_arguments_are_usage_errors(string arguments, string line) =>
        _workshop.Refuses(2, line, ["health", .. arguments.Split(' ')]);

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok", "answers 200, and not as DriftMonitor: ")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://other/\r\nContent-Length: 0\r\n\r\n", "answers 302, and not as DriftMonitor: ")]
    [InlineData("HTTP/1.1 503 Busy\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nbusy", "answers 503, and not as DriftMonitor: ")]
    [InlineData("SSH-2.0-OpenSSH\r\n", "does not answer as DriftMonitor (Received an invalid status line: 'SSH-2.0-OpenSSH'.): ")]
    public async Task Something_else_on_the_port_is_not_healthy(string answer, string why)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var answering = AnswerAsync(other, answer);
        var port = other.Port();

        const string Remedy = "give the port of the service with --port N, or its configuration with --config FILE\n";
        _workshop.Refuses(1, $"http://127.0.0.1:{port}/healthz/live {why}{Remedy}", "health", "--port", $"{port}");
        await answering;
    }

    [Fact]
    public void A_port_that_accepts_and_never_answers_is_not_healthy_after_three_seconds()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start(); // the system accepts connections, but nothing reads from them
        var port = other.Port();

        _workshop.Refuses(
            1,
            $"http://127.0.0.1:{port}/healthz/live gives no answer within 3 s: look at the service's log, and restart it if it hangs",
            "health", "--port", $"{port}");
    }

    [Fact]
    public void A_proxy_in_the_environment_is_not_used()
    {
        var port = Ports.Free();
        var environment = new Dictionary<string, string> { ["http_proxy"] = "http://127.0.0.1:1", ["HTTP_PROXY"] = "http://127.0.0.1:1" };

        using var health = DriftMonitorProcess.Start(_workshop.Folder, environment, "health", "--port", $"{port}");

        var ended = health.End();
        Assert.StartsWith($"driftmonitor: http://127.0.0.1:{port}/healthz/live cannot be reached", ended.Errors);
        Assert.DoesNotContain("proxy", ended.Errors);
    }

    public void Dispose() => _workshop.Dispose();

    private static async Task AnswerAsync(TcpListener listener, string answer)
    {
        using var client = await listener.AcceptTcpClientAsync();
        await using var stream = client.GetStream();
        await stream.ReadAtLeastAsync(new byte[1], 1);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
    }
}
