using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DriftMonitor.Tests.Service;

/// <summary>Where the service listens, and whom it answers: <c>Http:Address</c> and <c>Http:AllowedHosts</c>, on real sockets.</summary>
public sealed class ListeningTests : IDisposable
{
    private readonly Workshop _workshop = new();

    // On Linux, the whole of 127.0.0.0/8 is this machine.
    [Theory]
    [InlineData(null, "127.0.0.1 127.0.0.2 ::1", "")]
    [InlineData("[::]", "127.0.0.1 127.0.0.2 ::1", "")]
    [InlineData("0.0.0.0", "127.0.0.1 127.0.0.2", "::1")]
    [InlineData("127.0.0.1", "127.0.0.1", "127.0.0.2 ::1")]
    [InlineData("127.0.0.2", "127.0.0.2", "127.0.0.1 ::1")]
    [InlineData("::1", "::1", "127.0.0.1 127.0.0.2")]
    public void The_service_listens_on_the_configured_address_and_on_no_other_and_health_finds_it(
        string? address, string open, string closed)
    {
        var port = Ports.Free();
        Configure(address is null ? $"\"Port\": {port}" : $"\"Port\": {port}, \"Address\": \"{address}\"");
        using var service = _workshop.Start("run", "--config", "config.json");
        service.Until("it serves its page", () => service.Errors.Contains("page and metrics at", StringComparison.Ordinal));

        Assert.All(open.Split(' '), each => Assert.StartsWith("HTTP/1.1 200", Ask(IPAddress.Parse(each), port, "localhost")));
        Assert.All(
            closed.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            each => Assert.Throws<SocketException>(() => Ask(IPAddress.Parse(each), port, "localhost")));
        _workshop.Run("health", "--config", "config.json").Succeeded();

        var environment = new Dictionary<string, string> { ["DriftMonitor__Http__Address"] = address ?? "" };
        if (address is not null)
        {
            using var health = DriftMonitorProcess.Start(_workshop.Folder, environment, "health", "--port", $"{port}");
            health.End().Succeeded();
        }
    }

    [Fact]
    public void An_address_of_another_machine_ends_the_start_with_one_line()
    {
        Configure("\"Port\": 0, \"Address\": \"192.0.2.1\"");

        var ended = _workshop.Run("run", "--config", "config.json");

        Assert.Equal(1, ended.ExitCode);
        var line = Assert.Single(ended.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("192.0.2.1 is not an address of this machine (", line);
        Assert.EndsWith("): set DriftMonitor:Http:Address to one, or remove it to listen on all interfaces", line);
    }

    [Fact]
    public void Only_allowed_hosts_addresses_and_localhost_are_answered()
    {
        Configure("\"Port\": 0, \"AllowedHosts\": [\"drift.example.com\", \"*.svc.cluster.local\"]");
        using var service = _workshop.Start("run", "--config", "config.json");
        var port = service.Url.Port;

        string[] accepted =
        [
            "drift.example.com", "DRIFT.example.com:80", "drift.example.com.", "drift.monitoring.svc.cluster.local", "localhost:9464",
            "10.1.2.3:9464", "[fd00::7]:9464", "127.0.0.1", "",
        ];
        Assert.All(accepted, host => Assert.StartsWith("HTTP/1.1 200", Ask(IPAddress.Loopback, port, host)));

        string[] paths = ["/healthz/live", "/metrics", "/api/monitors", "/", "/page.css", "/nowhere"];
        string[] refused =
        [
            "evil.example", "drift.example.com.evil.example", "example.com", "svc.cluster.local", "localhost.evil.example", "127.1",
            "10.1.2",
        ];
        Assert.All(refused, host => Assert.All(paths, path =>
        {
            var answer = Ask(IPAddress.Loopback, port, host, path);
            Assert.StartsWith("HTTP/1.1 400", answer);
            Assert.EndsWith(
                $"\r\n\r\nthe host \"{host}\" is not in DriftMonitor:Http:AllowedHosts: add it there, or ask by IP address\n", answer);
        }));
        _workshop.Run("health", "--port", $"{port}").Succeeded();
    }

    [Fact]
    public void Without_allowed_hosts_every_host_is_answered()
    {
        Configure("\"Port\": 0");
        using var service = _workshop.Start("run", "--config", "config.json");

        Assert.StartsWith("HTTP/1.1 200", Ask(IPAddress.Loopback, service.Url.Port, "evil.example"));
    }

    public void Dispose() => _workshop.Dispose();

    private void Configure(string http) => _workshop.Write("config.json", $$"""
        { "DriftMonitor": {
            "Kafka": { "BootstrapServers": "127.0.0.1:1" },
            "Http": { {{http}} },
            "Monitors": [ {{_workshop.Numbers("numbers").ToJsonString()}} ] } }
        """);

    private static string Ask(IPAddress address, int port, string host, string path = "/healthz/live")
    {
        using var client = new TcpClient(address.AddressFamily);
        client.Connect(address, port);
        var version = host.Length > 0 ? "1.1" : "1.0";
        var header = host.Length > 0 ? $"Host: {host}\r\nConnection: close\r\n" : "";
        var stream = client.GetStream();
        stream.Write(Encoding.ASCII.GetBytes($"GET {path} HTTP/{version}\r\n{header}\r\n"));
        using var answer = new StreamReader(stream);
        return answer.ReadToEnd();
    }
}
