using System.Globalization;
using System.Text.Json.Nodes;
using DriftMonitor.Tests.History;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Deploy;

/// <summary>
/// A real Prometheus with the rules of deploy/prometheus that has scraped the demonstration through its shift, and has the blizzard of
/// February 2013 twice: as history of the live service, and as a replay with a label of its own. It is made when a test first asks for it.
/// </summary>
public sealed class WatchedDemo : IDisposable
{
    private readonly Workshop _workshop = new();
    private readonly Lazy<Moments> _moments;
    private PrometheusServer? _server;

    public WatchedDemo() => _moments = new Lazy<Moments>(Watch);

    /// <summary>The times at which the demonstration was in some state, in seconds since 1970.</summary>
    internal Moments At => _moments.Value;

    /// <summary>Half an hour after a sample of the blizzard, whose panes are hours: 2013-02-09T12:30Z.</summary>
    internal static double InTheBlizzard => 1360413000;

    /// <summary>Two days before, while nothing was wrong.</summary>
    internal static double BeforeTheBlizzard => InTheBlizzard - 2 * 86_400;

    private PrometheusServer Server => At is not null ? _server! : throw new InvalidOperationException("not started");

    /// <summary>The series of an expression at a time, with their values.</summary>
    internal IReadOnlyList<Sample> Query(string expression, double time) =>
        [.. Server.Get($"query?query={Uri.EscapeDataString(expression)}&time={Text(time)}") is var data
            && data["resultType"]!.GetValue<string>() == "scalar"
                ? [new Sample([], Number(data["result"]![1]!))]
                : data["result"]!.AsArray().Select(series => new Sample(LabelsOf(series!["metric"]!), Number(series["value"]![1]!)))];

    /// <summary>All samples of an expression in a range of time.</summary>
    internal IReadOnlyList<(double Time, Sample Sample)> Range(string expression, double from, double to, double step) =>
    [
        .. from series in Server.Get(
                $"query_range?query={Uri.EscapeDataString(expression)}&start={Text(from)}&end={Text(to)}&step={Text(step)}")["result"]!
               .AsArray()
           let labels = LabelsOf(series["metric"]!)
           from sample in series["values"]!.AsArray()
           select (sample[0]!.GetValue<double>(), new Sample(labels, Number(sample[1]!))),
    ];

    /// <summary>The values of a label among the series that match, as <c>label_values(match, label)</c> gives them to a variable.</summary>
    internal IReadOnlyList<string> LabelValues(string match, string label, double from, double to) =>
    [
        .. Server.Get($"series?match[]={Uri.EscapeDataString(match)}&start={Text(from)}&end={Text(to)}").AsArray()
            .Select(series => LabelsOf(series!).GetValueOrDefault(label)).OfType<string>().Distinct().Order(StringComparer.Ordinal),
    ];

    /// <summary>The alerts that Prometheus has now.</summary>
    internal IReadOnlyList<JsonNode> Alerts() => [.. Server.Get("alerts")["alerts"]!.AsArray().Select(alert => alert!)];

    public void Dispose()
    {
        _server?.Dispose();
        _workshop.Dispose();
    }

    private static string Text(double number) => number.ToString("0.###", CultureInfo.InvariantCulture);

    private static double Number(JsonNode value) => double.Parse(value.GetValue<string>(), CultureInfo.InvariantCulture);

    private static Dictionary<string, string> LabelsOf(JsonNode metric) =>
        metric.AsObject().ToDictionary(label => label.Key, label => label.Value!.GetValue<string>());

    private Moments Watch()
    {
        // Prometheus first: it must have scraped the demonstration before the shift, also on a busy machine.
        var port = $"{Ports.Free()}";
        File.Copy(Path.Combine(Repository.Root, "deploy", "prometheus", "rules.yml"), _workshop["rules.yml"]);
        var configuration = $$"""
            global: { scrape_interval: 500ms, evaluation_interval: 500ms }
            storage: { tsdb: { out_of_order_time_window: 30y } }
            rule_files: [rules.yml]
            scrape_configs: [{ job_name: driftmonitor, static_configs: [{ targets: ['localhost:{{port}}'] }] }]
            """;
        _server = new PrometheusServer(
            Tool.AnyPrometheus, _workshop, _workshop["tsdb"], configuration, "--web.enable-remote-write-receiver");
        using var demo = _workshop.Start("demo", "--once", "--speed", "12", "--port", port);
        WriteTheBlizzard("--label", "job=driftmonitor", "--label", "instance=driftmonitor:9464");
        WriteTheBlizzard("--label", "replay=blizzard");
        var ended = demo.End();
        Assert.True(ended.ExitCode == 0, $"{ended}");

        // What was scraped, second by second.
        const string Expression = "sum(driftmonitor_alert_state{state=\"firing\",instance!=\"driftmonitor:9464\"})";
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        var states = _server.Range(Expression, (long)now - 120, (long)now, "0.5").ToList();
        Assert.Contains(states, state => state.Value == 2);
        var firing = states.Where(state => state.Value == 2).Select(state => state.Seconds).ToList();
        var calm = states.Where(state => state.Value == 0 && state.Seconds < firing[0]).Select(state => state.Seconds).ToList();
        return new Moments(states[0].Seconds - 300, calm[^1], firing[firing.Count / 2]);
    }

    // Six days of flights, with an alert on a fixed threshold and one on a rate of false alarms, which never fires.
    private void WriteTheBlizzard(params string[] labels)
    {
        var rare = Workshop.Delays();
        rare["Name"] = "departure-delay-rare";
        rare["Alert"] = new JsonObject { ["FalseAlarmEvery"] = "30d", ["MinimumDivergence"] = 9 };
        _workshop.Configure("127.0.0.1:1", Workshop.Delays(), rare);
        _workshop.Write("departure-delay.json", HistoryInPrometheusTests.DelaysReference);
        _workshop.Replace("config.json", "\"Http\":", "\"Metrics\":{\"BinContributions\":true},\"Http\":");
        try
        {
            _workshop.Run(
            [
                "replay", "--config", "config.json", "--file", Workshop.Flights, "--from", "2013-02-06", "--to", "2013-02-12",
                "--remote-write", $"{_server!.Address}api/v1/write", .. labels,
            ]).Succeeded();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{e.Message}\nPrometheus: {_server}", e);
        }
    }

    /// <summary>Times of the demonstration, in seconds since 1970.</summary>
    /// <param name="Before">Before it was scraped.</param>
    /// <param name="Calm">Before the alerts fire.</param>
    /// <param name="Firing">While both fire.</param>
    internal sealed record Moments(double Before, double Calm, double Firing);

    /// <summary>A series at a time.</summary>
    internal sealed record Sample(Dictionary<string, string> Labels, double Value)
    {
        public string this[string label] => Labels.GetValueOrDefault(label, "");
    }
}
