using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Confluent.Kafka;
using DriftMonitor.Tests.Kafka;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Telemetry;

/// <summary>The service as a process, with the environment variables of OpenTelemetry.</summary>
public sealed class OtlpServiceTests : IDisposable
{
    private const string Topic = "numbers";

    private readonly FaultyBroker _broker = new();
    private readonly Workshop _workshop = new();

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task Metrics_and_logs_arrive_with_the_values_of_the_page_and_the_fields_of_the_log(string protocol)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        Produce(200);
        using var service = Start(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.Address(protocol)),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20t0ken"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "200"),
            ("OTEL_BLRP_SCHEDULE_DELAY", "100"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test"));
        service.UntilReady();

        receiver.Until("all events are counted", () => receiver.Sum("driftmonitor_events_total{topic=\"numbers\"}") == 200);
        receiver.Until("a reading is there", () => receiver.Sum(Kl) > 0);
        Assert.Equal(
            service.Scrape()["driftmonitor_kl_divergence_nats"]["{monitor=\"x\",segment=\"\",window=\"10s\"}"],
            receiver.Sum(Kl).ToString(CultureInfo.InvariantCulture));
        var resource = receiver.Metrics[0][0].Resource;
        Assert.Equal(("driftmonitor", "test"), (resource["service.name"], resource["deployment.environment.name"]));
        Assert.StartsWith(Environment.MachineName + ":", resource["service.instance.id"], StringComparison.Ordinal);
        Assert.All(receiver.Headers, headers => Assert.Contains("uthorization: Bearer t0ken", headers));

        service.Signal("TERM");
        Assert.Equal(0, service.End(TimeSpan.FromSeconds(15)).ExitCode);
        var started = Assert.Single(receiver.Records, record => record.Event == "service.started");
        Assert.Equal(("Service", "1 monitor"), (started.Scope, started.Attributes["monitors"]));
        Assert.Contains(" info  " + started.Body, service.Errors);
        var reading = Assert.Single(receiver.Records, record => record.Event == "kafka.reading");
        Assert.Equal((Topic, "1"), (reading.Attributes["topics"], reading.Attributes["partitions"]));
        Assert.Single(receiver.Records, record => record.Event == "service.stopped"); // the last line of all
        Assert.Equal("driftmonitor", started.Resource["service.name"]);
        Assert.DoesNotContain("t0ken", service.Errors);
    }

    [Fact]
    public async Task The_demo_sends_its_alerts_and_what_they_rest_on()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var environment = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address("grpc"),
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
        };
        using var demo = DriftMonitorProcess.Start(_workshop.Folder, environment, "demo", "--once", "--speed", "30", "--port", "0");

        Assert.Equal((0, ""), (demo.End().ExitCode, demo.Errors));

        var firing = receiver.Records
            .Where(record => record.Event == "alerts.changed" && record.Attributes["state"] == "firing").ToList();
        Assert.Equal(
            demo.Output.Split('\n').Count(line => line.Contains("FIRING ", StringComparison.Ordinal)), firing.Count);
        Assert.All(
            firing,
            record => Assert.Equal(("orders", "WARN"), (record.Attributes["topic"], record.Severity.ToUpperInvariant()[..4])));
        var monitor = firing[0].Attributes["monitor"];
        Assert.Equal(1, receiver.Sum($"driftmonitor_alert_transitions_total{{monitor=\"{monitor}\",segment=\"\",to=\"firing\"}}"));
        Assert.Contains(receiver.Metrics.SelectMany(points => points), point =>
            point.Sample == $"driftmonitor_alert_state{{monitor=\"{monitor}\",segment=\"\",state=\"firing\"}}" && point.Value == 1);
    }

    [Theory]
    [InlineData("OTEL_SDK_DISABLED", "true")]
    [InlineData("OTEL_METRICS_EXPORTER", "none")]
    public async Task Nothing_is_connected_to_where_the_variables_say_so(string name, string value)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        Produce(20);
        using var service = Start(
            (name, value),
            ("OTEL_LOGS_EXPORTER", "none"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.Address("grpc")),
            ("OTEL_METRIC_EXPORT_INTERVAL", "100"));
        service.UntilReady();

        service.Signal("TERM");

        Assert.Equal(0, service.End(TimeSpan.FromSeconds(15)).ExitCode);
        Assert.Equal(0, receiver.Connections);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_collector_that_is_not_there_or_hangs_is_logged_once_and_the_service_goes_on_and_stops_in_time(bool hangs)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(); // accepts connections, and never answers
        var address = $"http://{listener.LocalEndpoint}";
        if (!hangs)
        {
            listener.Stop();
        }

        Produce(100);
        using var service = Start(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", address),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "500"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "100"),
            ("OTEL_BLRP_SCHEDULE_DELAY", "100"));
        service.UntilReady();
        service.Until("both are logged", () => Failures(service).Length == 2);
        Produce(100);
        service.Until("events are counted", () => service.Scrape()["driftmonitor_events_total"]["{topic=\"numbers\"}"] == "200");

        service.Signal("TERM");

        Assert.Equal(0, service.End(TimeSpan.FromSeconds(15)).ExitCode);
        var reason = hangs ? "no answer within 0.5 seconds" : "Connection refused";
        Assert.Equal(
            ["logs", "metrics"],
            Failures(service).Select(line => Regex.Match(line, "take ([a-z]+) by grpc").Groups[1].Value).Order());
        Assert.All(Failures(service), line => Assert.Contains(reason, line));
    }

    [Fact]
    public void A_variable_that_is_ignored_is_warned_of_and_does_not_stop_the_service()
    {
        Produce(20);
        using var service = Start(("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"));
        service.UntilReady();

        Assert.Contains("driftmonitor: warning: OTEL_EXPORTER_OTLP_ENDPOINT is no address with http:// or https://", service.Errors);
    }

    public void Dispose()
    {
        _broker.Dispose();
        _workshop.Dispose();
    }

    private const string Kl = "driftmonitor_kl_divergence_nats{monitor=\"x\",segment=\"\",window=\"10s\"}";

    private static string[] Failures(DriftMonitorProcess service) =>
        [.. service.Errors.Split('\n').Where(line => line.Contains("The collector at ", StringComparison.Ordinal))];

    private DriftMonitorProcess Start(params (string Name, string Value)[] environment)
    {
        _workshop.Configure(_broker.BootstrapServers, _workshop.Numbers(Topic));
        return DriftMonitorProcess.Start(
            _workshop.Folder, environment.ToDictionary(variable => variable.Name, variable => variable.Value),
            "run", "--config", "config.json");
    }

    // A record each 100 ms, all of the same value.
    private int _produced;

    private void Produce(int records)
    {
        if (_produced == 0)
        {
            _broker.CreateTopic(Topic, 1);
        }

        using var producer = Topics.Producer(_broker.BootstrapServers);
        for (var i = 0; i < records; i++)
        {
            producer.Send(Topic, 0, """{"x":1}""", Topics.Minute(0).AddMilliseconds(100 * _produced++));
        }

        producer.Flush(TimeSpan.FromSeconds(60));
    }
}
