using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Tests.Service;

/// <summary>A real Prometheus with the configuration and rules of deploy/prometheus, scraping a service whose stream has drifted.</summary>
public sealed class PrometheusTests
{
    [FactRequires(Tool.Prometheus)]
    public void Prometheus_of_Debian_scrapes_the_service_and_its_drift_alert_fires() => Scrapes_and_fires(Tool.Prometheus);

    [FactRequires(Tool.NewPrometheus)]
    public void Prometheus_of_today_scrapes_the_service_and_its_drift_alert_fires() => Scrapes_and_fires(Tool.NewPrometheus);

    private static void Scrapes_and_fires(Tool tool)
    {
        using var broker = new EmbeddedBroker();
        broker.CreateTopic("numbers", 1);
        using var workshop = new Workshop();
        workshop.Configure(broker.BootstrapServers, workshop.Numbers("numbers"));
        using (var producer = Topics.Producer(broker.BootstrapServers))
        {
            // 200 numbers a second for 70 seconds, all in the first of the reference's four bins: ln 4 = 1.386 nats.
            for (var i = 0; i < 14_000; i++)
            {
                producer.Send("numbers", 0, """{"x":0.5}""", Topics.Minute(0).AddMilliseconds(5 * i));
            }

            producer.Flush(TimeSpan.FromSeconds(30));
        }

        using var service = workshop.Start("run", "--config", "config.json");
        service.UntilReady();
        const string Firing = "{monitor=\"x\",segment=\"\",state=\"firing\"}";
        service.Until("the alert fires", () => service.Scrape()["driftmonitor_alert_state"][Firing] == "1");

        using var prometheus = new Prometheus(tool, workshop, service.Url.Authority);
        prometheus.Until("the target is up", () => Health(prometheus) == "up");
        prometheus.Until("the alert fires in Prometheus", () => prometheus.Api("alerts")["alerts"]!.AsArray().Any(alert =>
            alert!["labels"]!["alertname"]!.GetValue<string>() == "DriftMonitorDriftDetected"
            && alert["labels"]!["monitor"]!.GetValue<string>() == "x"
            && alert["state"]!.GetValue<string>() == "firing"));
        foreach (var window in new[] { "10s", "1m" })
        {
            var labels = $$"""{monitor="x",segment="",window="{{window}}"}""";
            var result = Assert.Single(prometheus.Query("driftmonitor_kl_divergence_nats" + labels))!;
            var shown = double.Parse(result["value"]![1]!.GetValue<string>(), CultureInfo.InvariantCulture);
            Assert.Equal(double.Parse(service.Scrape()["driftmonitor_kl_divergence_nats"][labels], CultureInfo.InvariantCulture), shown);
            Assert.InRange(shown, 1.38, 1.39);
        }
    }

    private static string? Health(Prometheus prometheus) =>
        prometheus.Api("targets")["activeTargets"] is JsonArray { Count: 1 } targets ? $"{targets[0]!["health"]}" : null;

    /// <summary>A Prometheus on a free port, with data of its own.</summary>
    private sealed class Prometheus : IDisposable
    {
        private readonly Process _process;
        private readonly HttpClient _client;

        public Prometheus(Tool tool, Workshop workshop, string target)
        {
            var deployed = Path.Combine(Repository.Root, "deploy", "prometheus");
            File.Copy(Path.Combine(deployed, "rules.yml"), workshop["rules.yml"]);
            var configuration = File.ReadAllText(Path.Combine(deployed, "prometheus.yml"));
            workshop.Write("prometheus.yml", Changed(Changed(configuration, "15s", "1s"), "driftmonitor:9464", target));
            var address = $"127.0.0.1:{Ports.Free()}";
            string[] options =
            [
                $"--config.file={workshop["prometheus.yml"]}",
                $"--storage.tsdb.path={workshop["tsdb"]}",
                $"--web.listen-address={address}",
            ];
            _process = Process.Start(DriftMonitorProcess.StartInfo(Machine.Find(tool), options, workshop.Folder))!;
            _process.OutputDataReceived += (_, _) => { };
            _process.BeginOutputReadLine();
            _process.ErrorDataReceived += (_, _) => { };
            _process.BeginErrorReadLine();
            _client = new HttpClient { BaseAddress = new Uri($"http://{address}") };
        }

        public JsonArray Query(string query) => Api($"query?query={Uri.EscapeDataString(query)}")["result"]!.AsArray();

        public JsonNode Api(string path)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/{path}");
            using var response = _client.Send(request);
            return JsonNode.Parse(response.EnsureSuccessStatusCode().Content.ReadAsStream())!["data"]!;
        }

        public void Until(string what, Func<bool> condition) => Eventually.Within(TimeSpan.FromSeconds(30), what, () =>
        {
            try
            {
                return condition();
            }
            catch (HttpRequestException e)
            {
                // It does not accept connections yet.
                return _process.HasExited ? throw new InvalidOperationException($"Prometheus ended with {_process.ExitCode}", e) : false;
            }
        });

        public void Dispose()
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
            _process.Dispose();
            _client.Dispose();
        }

        private static string Changed(string text, string from, string to)
        {
            Assert.Contains(from, text);
            return text.Replace(from, to, StringComparison.Ordinal);
        }
    }
}
