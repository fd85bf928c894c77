using System.Globalization;
using System.Text.RegularExpressions;
using DriftMonitor.Configuration;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Metrics;
using DriftMonitor.Telemetry;
using DriftMonitor.Tests.Kafka;
using DriftMonitor.Tests.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Telemetry;

/// <summary>Metrics of scenes, sent to a receiver of OTLP while nobody scrapes.</summary>
public sealed partial class PushedMetricsTests
{
    private const string Transitions = "driftmonitor_alert_transitions_total";
    private static readonly FixedThreshold Rule = new(0, FireAboveNats: 0.3, ResolveBelowNats: 0.1);

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task What_is_sent_has_the_names_labels_and_values_of_the_page(string protocol)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var scene = new Scene(new ScriptedSource().Partitions(1), Watch(segments: ["a", "b"], rule: Rule));
        Drift(scene, hour: 0, "a");
        await using var host = await MetricsHost.StartAsync(() => scene.State.Current);
        using var sender = new Sender(receiver, () => scene.State.Current, protocol);

        sender.Push();

        var sent = receiver.Last().Values.Where(point => point.Metric.StartsWith("driftmonitor.", StringComparison.Ordinal))
            .ToDictionary(point => point.Sample, point => point.Value);
        var shown = MetricsHost.OursOf(await host.ScrapeAsync()).Split('\n')
            .Where(line => line.StartsWith("driftmonitor_", StringComparison.Ordinal))
            .ToDictionary(Sample, line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
        Assert.Equal(
            shown.Where(sample => !sample.Key.Contains("loaded_timestamp", StringComparison.Ordinal)).OrderBy(sample => sample.Key),
            sent.Where(sample => !sample.Key.Contains("loaded_timestamp", StringComparison.Ordinal)).OrderBy(sample => sample.Key));
        Assert.Contains("driftmonitor_kl_divergence_nats{monitor=\"delay\",segment=\"a\",window=\"60m\"}", sent.Keys);
        Assert.Contains(receiver.Last().Values, point => point.Metric == "dotnet.gc.collections");
        Assert.Empty(sender.Lines.All);

        static string Sample(string line)
        {
            var (from, to) = (line.IndexOf('{', StringComparison.Ordinal), line.LastIndexOf('}'));
            return from < 0
                ? line[..line.IndexOf(' ', StringComparison.Ordinal)] + "{}"
                : $"{line[..from]}{{{string.Join(',', Label().Matches(line[from..to]).Select(label => label.Value).Order())}}}";
        }
    }

    [Fact]
    public async Task The_numbers_of_one_push_are_of_one_snapshot()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var scene = new Scene(new ScriptedSource().Partitions(1), Watch());
        var asked = 0;
        using var sender = new Sender(receiver, () => // one more event, a minute later, whenever it is asked for
        {
            scene.Source.Event(0, """{"x":5}""", At("2013-02-09T00:00Z") + TimeSpan.FromMinutes(asked++));
            return scene.Play();
        });

        for (var i = 0; i < 8; i++)
        {
            sender.Push();
        }

        // A push of the counters, one of the rest, and one of the runtime's.
        var pushes = receiver.Metrics.Chunk(3).Select(push => push.SelectMany(points => points).ToLookup(point => point.Metric)).ToList();
        Assert.Equal(8, pushes.Count);
        Assert.All(pushes, push =>
        {
            var minutes = push["driftmonitor.events"].Single().Value - 1; // a counter
            Assert.Equal(
                At("2013-02-09T00:00Z").Seconds + 60 * minutes, // of a gauge
                push["driftmonitor.last_event_timestamp.seconds"].Single().Value);
        });
        Assert.Equal(8, asked - 1); // the first is for the instruments
    }

    [Theory]
    [InlineData("cumulative")]
    [InlineData("delta")]
    public async Task Segments_that_come_and_go_are_all_sent_and_no_counter_restarts_or_is_counted_twice(string temporality)
    {
        const int hours = 40;
        await using var receiver = await OtlpReceiver.StartAsync();
        var scene = new Scene(
            new ScriptedSource().Partitions(1), Watch(segments: ["known"], rule: Rule, mostSegments: 100));
        using var sender = new Sender(receiver, () => scene.State.Current, temporality: temporality);
        var readers = new HashSet<int>();
        for (var hour = 0; hour < hours; hour++)
        {
            for (var segment = 0; segment < 30; segment++)
            {
                var time = At("2013-02-09T00:10Z") + TimeSpan.FromHours(hour);
                scene.Source.Event(0, $$"""{"x":5,"segment":"h{{hour}}s{{segment}}"}""", time); // never seen again
            }

            Drift(scene, hour, "known", drifts: hour % 4 < 2);

            // Also where the instruments are made anew. What is sent as increases is lost then.
            receiver.Refuse = hour is 11 or 12 or 13 or 14 && temporality == "cumulative" ? Unavailable : null;
            sender.Push();
            readers.Add(sender.Generation);
        }

        var (monitor, known) = (scene.State.Current.Monitors[0], scene.State.Current.Monitors[0].Series.Single(s => s.Segment == "known"));
        Assert.True(readers.Count > 5, $"{readers.Count} generations of instruments");
        Assert.DoesNotContain(receiver.Last().Keys, sample => sample.Sample.Contains("otel_metric_overflow", StringComparison.Ordinal));

        // A receiver that adds up what each start has counted, or each increase, gets what has been counted.
        var all = receiver.Metrics.SelectMany(points => points).Where(point => point.IsCounter).ToList();
        Assert.All(all, point => Assert.Equal(temporality == "delta", point.IsDelta));
        Assert.Equal(scene.State.Current.Topics[0].Events, Sum("driftmonitor_events_total{topic=\"events\"}"));
        Assert.Equal(monitor.Evicted, Sum("driftmonitor_series_evicted_total{monitor=\"delay\"}"));
        Assert.Equal(
            known.Transitions[(int)AlertState.Firing], Sum($"{Transitions}{{monitor=\"delay\",segment=\"known\",to=\"firing\"}}"));
        Assert.Equal(hours / 4, known.Transitions[(int)AlertState.Firing]);

        // All but those of series have one start, so that nothing of them looks like a restart.
        Assert.All(
            all.Where(point => point.Metric != "driftmonitor.alert_transitions").GroupBy(point => point.Sample),
            sample => Assert.True(temporality == "delta" || sample.Select(point => point.Start).Distinct().Count() == 1, sample.Key));

        // The series of now, and only those.
        var last = receiver.Metrics.Last(points => points.Any(point => point.Metric == "driftmonitor.window_events"));
        Assert.Equal(
            monitor.Series.Select(series => series.Segment).Order(StringComparer.Ordinal),
            last.Where(point => point.Metric == "driftmonitor.window_events")
                .Where(point => point.Labels.Contains("window=\"2h\"", StringComparison.Ordinal))
                .Select(point => point.Labels.Split("segment=\"")[1].Split('"')[0]).Order(StringComparer.Ordinal));

        double Sum(string sample) => temporality == "delta"
            ? all.Where(point => point.Sample == sample).Sum(point => point.Value)
            : receiver.Sum(sample);
    }

    [Fact]
    public async Task A_source_that_is_opened_again_takes_nothing_from_what_was_counted()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var snapshot = Play(new Scene(new ScriptedSource().Partitions(1), Watch()), 5);
        using var sender = new Sender(receiver, () => snapshot, temporality: "delta");
        sender.Push();

        snapshot = Play(new Scene(new ScriptedSource().Partitions(1), Watch()), 2); // begins at 0 again
        sender.Push();

        Assert.Equal(
            [5, 2],
            receiver.Metrics.SelectMany(points => points).Where(point => point.Metric == "driftmonitor.events").Select(p => p.Value));
    }

    [Fact]
    public async Task A_collector_that_refuses_is_told_of_once_and_then_at_growing_intervals()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        receiver.Refuse = Unavailable;
        var scene = new Scene(new ScriptedSource().Partitions(1), Watch());
        using var sender = new Sender(receiver, () => scene.State.Current, "http/protobuf");

        for (var minute = 0; minute < 16; minute++)
        {
            sender.Push();
            sender.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        var line = $"The collector at {receiver.Address("http/protobuf")} does not take metrics by http/protobuf (status 503): they are "
            + "sent again every 10 seconds";
        Assert.Equal(Enumerable.Repeat(line, 5), sender.Lines.At(LogLevel.Warning)); // at 0, 1, 3, 7 and 15 minutes

        receiver.Refuse = null;
        sender.Push();
        Assert.Equal(["The collector takes metrics again"], sender.Lines.At(LogLevel.Information));
    }

    [Theory]
    [InlineData("http/protobuf", 404, "", "status 404: is the path of the address right?")]
    [InlineData("http/protobuf", 401, "", "status 401: is OTEL_EXPORTER_OTLP_HEADERS right?")]
    [InlineData("grpc", 200, "16", "unauthenticated: no token, no entry")]
    [InlineData("grpc", 200, "12", "unimplemented: no token, no entry")]
    public async Task Why_a_collector_refuses_is_told(string protocol, int status, string grpcStatus, string reason)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        receiver.Refuse = context =>
        {
            context.Response.StatusCode = status;
            if (grpcStatus.Length > 0)
            {
                context.Response.ContentType = "application/grpc";
                context.Response.Headers["grpc-status"] = grpcStatus;
                context.Response.Headers["grpc-message"] = "no%20token, no entry";
            }

            return Task.CompletedTask;
        };
        using var sender = new Sender(receiver, () => new Scene(new ScriptedSource().Partitions(1), Watch()).Publish(), protocol);

        sender.Push();

        Assert.Contains($"({reason})", Assert.Single(sender.Lines.All));
    }

    [Fact]
    public async Task A_collector_that_rejects_a_part_is_told_of()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        receiver.Answer = [0x0A, 0x08, 0x08, 0x03, 0x12, 0x04, .. "full"u8]; // partial_success { rejected: 3, message: full }
        using var sender = new Sender(
            receiver, () => new Scene(new ScriptedSource().Partitions(1), Watch()).Publish(), "http/protobuf");

        sender.Push();

        Assert.Contains("(it has rejected 3 of them: full)", Assert.Single(sender.Lines.All));
    }

    [Fact]
    public async Task A_protocol_that_the_port_does_not_speak_is_told_of_with_the_variable_to_look_at()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        using var sender = new Sender(
            receiver, () => new Scene(new ScriptedSource().Partitions(1), Watch()).Publish(), "grpc",
            address: receiver.Address("http/protobuf"));

        sender.Push();

        Assert.Contains("Is OTEL_EXPORTER_OTLP_PROTOCOL right?", Assert.Single(sender.Lines.All));
    }

    private static Task Unavailable(HttpContext context)
    {
        context.Response.StatusCode = 503;
        return Task.CompletedTask;
    }

    private static Live.Snapshot Play(Scene scene, int events)
    {
        scene.Source.Events(events, 0, """{"x":5}""", At("2013-02-09T00:10Z"));
        return scene.Play();
    }

    // Closes the pane of an hour, in which a segment drifts, or does not.
    private static void Drift(Scene scene, int hour, string segment, bool drifts = true)
    {
        int[] counts = drifts ? [40, 0, 0, 0] : [20, 20, 20, 20];
        var time = At("2013-02-09T00:10Z") + TimeSpan.FromHours(hour);
        for (var bin = 0; bin < 4; bin++)
        {
            scene.Source.Events(counts[bin], 0, $$"""{"x":{{10 * bin + 5}},"segment":"{{segment}}"}""", time);
        }

        scene.Source.Event(0, $$"""{"x":5,"segment":"{{segment}}"}""", time + TimeSpan.FromHours(1));
        scene.Play();
    }

    [GeneratedRegex("[a-z_]+=\"[^\"]*\"")]
    private static partial Regex Label();

    /// <summary>What sends a scene's metrics when it is told to.</summary>
    private sealed class Sender : IDisposable
    {
        private readonly MetricsCollector _collector;
        private readonly PushedMetrics _metrics;

        public Sender(
            OtlpReceiver receiver, Func<Live.Snapshot> current, string protocol = "http/protobuf", string temporality = "cumulative",
            string? address = null)
        {
            var variables = OtlpVariables.Read(new Dictionary<string, string?>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = address ?? receiver.Address(protocol),
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
                ["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"] = temporality,
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "10000",
            });
            _collector = new MetricsCollector(variables, CollectorResource.Of(9464), new ExportLog(Clock) { Logger = Lines });
            _metrics = new PushedMetrics(current, _collector, Clock, new BuildInfo("1.2.3", "c82bf81"), binContributions: false);
        }

        public FakeTimeProvider Clock { get; } = new();

        public LogLines Lines { get; } = new();

        public int Generation => _metrics.Generation;

        public void Push() => _metrics.Push();

        public void Dispose()
        {
            _metrics.Dispose();
            _collector.Dispose();
        }
    }
}
