using System.Globalization;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Tests.Kafka;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.History;

/// <summary>The service on a topic and a replay of the topic afterwards: the same samples at the same event times.</summary>
public sealed class ReplayOfTopicsTests
{
    private const int Seconds = 30;

    // Windows of 10 and 60 seconds, panes of a second. From the twentieth second on, all numbers are in the first of four bins.
    [Fact]
    public void A_scrape_at_the_end_of_a_pane_shows_what_a_replay_writes_for_that_time()
    {
        using var broker = new EmbeddedBroker();
        broker.CreateTopic("numbers", 1);
        using var workshop = new Workshop();
        workshop.Configure(broker.BootstrapServers, workshop.Numbers("numbers"));
        using var producer = Topics.Producer(broker.BootstrapServers);
        var scraped = new List<string>();
        using (var service = workshop.Start("run", "--config", "config.json"))
        {
            for (var second = 0; second < Seconds; second++)
            {
                for (var i = 0; i < 40; i++)
                {
                    var x = second >= 20 ? 0.5 : 0.5 + i % 4;
                    producer.Send("numbers", 0, FormattableString.Invariant($$"""{"x":{{x}}}"""), At(second).AddMilliseconds(25 * i));
                }

                // The first event of a second closes the pane before it.
                producer.Flush(TimeSpan.FromSeconds(30));
                if (second == 0)
                {
                    continue;
                }

                Scraped scrape = null!;
                service.Until(
                    $"second {second} has been read", () => Math.Abs(LastReading(scrape = service.Scrape()) - Unix(second)) < 0.5);
                scraped.AddRange(Samples(scrape.Text).Select(sample => $"{sample} {Unix(second)}"));
            }

            service.Signal("TERM");
            Assert.Equal(0, service.End(TimeSpan.FromSeconds(20)).ExitCode);
        }

        workshop.Run("replay", "--config", "config.json", "--out", "history").Succeeded();

        var last = $" {Unix(Seconds)}"; // of the pane that only the end of the topic closes
        var written = Samples(File.ReadAllText(workshop["history/2013-01-01.om"]))
            .Where(line => !line.EndsWith(last, StringComparison.Ordinal)).ToList();
        Assert.Contains(written, line => line.StartsWith(
            "driftmonitor_alert_state{monitor=\"x\",segment=\"\",state=\"firing\"} 1 ", StringComparison.Ordinal));
        Assert.Equal(scraped.Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
    }

    private static double LastReading(Scraped scrape) =>
        scrape["driftmonitor_reading_timestamp_seconds"].Values.Select(value => double.Parse(value, CultureInfo.InvariantCulture))
            .DefaultIfEmpty(0).Max();

    // Those metrics of which there is history, in one spelling of numbers.
    private static IEnumerable<string> Samples(string text) =>
        from line in text.Split('\n')
        where line.StartsWith("driftmonitor_", StringComparison.Ordinal)
        let brace = line.IndexOf('{', StringComparison.Ordinal)
        where brace > 0 && HistoryNames.Contains(line[..brace])
        let end = line.LastIndexOf('}') + 2
        let parts = line[end..].Split(' ')
        let value = double.Parse(parts[0], CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)
        select $"{line[..end]}{value}{(parts.Length > 1 ? $" {parts[1]}" : "")}";

    private static readonly HashSet<string> HistoryNames =
    [
        .. DriftMonitor.Metrics.SeriesMetrics.Of([], binContributions: false).Select(metric =>
            metric.Kind == DriftMonitor.Metrics.MetricKind.Counter ? $"{metric.Family}_total" : metric.Family),
        .. DriftMonitor.Metrics.SeriesMetrics.OfMonitors.Select(metric => metric.Family),
    ];

    private static DateTimeOffset At(int second) => Topics.Minute(0).AddSeconds(second);

    private static long Unix(int second) => At(second).ToUnixTimeSeconds();
}
