using System.Diagnostics.Metrics;
using System.Globalization;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.History;
using DriftMonitor.Live;
using DriftMonitor.Metrics;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Events;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.History;

/// <summary>What a replay records of readings and alerts: the samples that a scrape shows at each pane's end.</summary>
public sealed class HistoryRecorderTests
{
    [Fact]
    public void At_each_pane_end_it_has_the_samples_that_a_scrape_shows_then()
    {
        var rule = new FixedThreshold(0, FireAboveNats: 0.3, ResolveBelowNats: 0.1);
        Measure[] measures = [new(MeasureKind.JensenShannon), new(MeasureKind.Wasserstein)];
        MonitorBinding[] monitors =
        [
            Watch("a", rule: rule, measures: measures, isCalibrated: true),
            Watch("b", segments: ["east", "west"], rule: rule),
            Grow("c"),
        ];
        var source = Drifting(days: 2).End();
        var state = new LiveState(monitors, []);
        using var metrics = new MonitorMetrics(() => state.Current, default, new BuildInfo("1", "2"), binContributions: true);
        var recorded = new RecordedDays();
        using var spool = RecordedDays.NewSpool();
        var catalogue = new HistoryCatalogue([.. monitors.Select(binding => binding.Monitor.Spec)], binContributions: true, []);
        var recorder = new HistoryRecorder(
            monitors, catalogue, new Period(EventTime.Earliest, EventTime.Latest), [recorded], spool, CancellationToken.None);
        Scraping scraping = null!;
        var pipeline = new Pipeline(
            source, monitors, TimeProvider.System, TimeSpan.MaxValue, [state, recorder, new Relay(() => scraping)], workers: 1);
        scraping = new Scraping(metrics, () => state.Publish(pipeline, source));
        while (pipeline.Step(TimeSpan.Zero) != SourceSignal.End)
        {
        }

        recorder.Finish();

        Assert.Equal(3 * 48, scraping.Panes);
        Assert.Contains(scraping.Lines, line => line.Contains("wasserstein", StringComparison.Ordinal));
        Assert.Contains(scraping.Lines, line => line.Contains("bin_contribution", StringComparison.Ordinal));
        Assert.Contains(scraping.Lines, line => line.EndsWith("state=\"firing\"} 1", StringComparison.Ordinal));
        Assert.Equal(scraping.Lines.Order(StringComparer.Ordinal), recorded.Lines.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(3000)]
    public void Samples_that_have_no_room_in_memory_come_back_in_the_same_order(long mostInMemory)
    {
        var expected = RecordedDays.Play(Drifting(days: 3).End(), [Watch("a"), Watch("b", segments: ["east"])]);

        var recorded = RecordedDays.Play(
            Drifting(days: 3).End(), [Watch("a"), Watch("b", segments: ["east"])], mostInMemory: mostInMemory);

        Assert.InRange(expected.Lines.Count, 3001, int.MaxValue);
        Assert.Equal(expected.Days, recorded.Days);
        Assert.Equal(expected.Lines, recorded.Lines);
        Assert.Equal(expected.ByTime, expected.ByTime.OrderBy(line => line[..20], StringComparer.Ordinal));
        Assert.Equal(expected.ByTime.Order(StringComparer.Ordinal), recorded.ByTime.Order(StringComparer.Ordinal));
    }

    // Windows of one and two hours. The pane from 00:00 to 01:00 has events, so the two-hour window is empty at the ends from 03:00 on.
    [Fact]
    public void Panes_with_empty_windows_have_a_sample_at_the_first_and_one_at_the_last_end()
    {
        var source = new ScriptedSource().Partitions(1)
            .Events(8, 0, """{"x":5}""", At("2013-02-09T00:10Z"))
            .Events(4, 0, """{"x":5}""", At("2013-02-11T05:10Z"))
            .End();

        var recorded = RecordedDays.Play(source, [Watch()]);

        Assert.Equal(
            [
                "2013-02-09T01:00:00Z 1", "2013-02-09T02:00:00Z 0", "2013-02-09T03:00:00Z 0", "2013-02-11T05:00:00Z 0",
                "2013-02-11T06:00:00Z 1",
            ],
            recorded.Of("driftmonitor_reading_available")
                .Where(line => line.Contains("window=\"60m\"", StringComparison.Ordinal)).Select(TimeAndValue));
        Assert.Equal([new(2013, 2, 9), new(2013, 2, 11)], recorded.Days);
    }

    // The range begins and ends within the run of the test above.
    [Fact]
    public void A_run_that_crosses_the_range_has_its_samples_at_the_ends_within_the_range()
    {
        var source = new ScriptedSource().Partitions(1)
            .Events(8, 0, """{"x":5}""", At("2013-02-09T00:10Z"))
            .Events(4, 0, """{"x":5}""", At("2013-02-11T05:10Z"))
            .End();

        var recorded = RecordedDays.Play(source, [Watch()], new Period(At("2013-02-09T12:30Z"), At("2013-02-10T12:00Z")));

        Assert.Equal(
            ["2013-02-09T13:00:00Z 0", "2013-02-10T11:00:00Z 0"],
            recorded.Of("driftmonitor_reading_available")
                .Where(line => line.Contains("window=\"2h\"", StringComparison.Ordinal)).Select(TimeAndValue));
    }

    [Fact]
    public void A_range_holds_the_pane_ends_from_its_start_to_before_its_end()
    {
        var all = RecordedDays.Play(Drifting(days: 3).End(), [Watch()]);

        var recorded = RecordedDays.Play(
            Drifting(days: 3).End(), [Watch()], new Period(At("2013-02-10T00:00Z"), At("2013-02-11T00:00Z")));

        Assert.Equal(all.Lines.Where(line => line.StartsWith("2013-02-10", StringComparison.Ordinal)), recorded.Lines);
        Assert.Equal([new(2013, 2, 10)], recorded.Days);
    }

    // A day is complete when no monitor can add to it; one that is behind holds it back.
    [Fact]
    public void A_day_is_written_once_and_not_before_the_slowest_monitor_has_passed_it()
    {
        MonitorBinding[] monitors = [Watch("fast"), Watch("slow", topic: "others")];
        var source = new ScriptedSource("events").Partitions(1);
        Drift(source, days: 3);
        source.CaughtUp(0).On("others").Partitions(1)
            .Events(4, 0, """{"x":5}""", At("2013-02-09T00:10Z")).Events(4, 0, """{"x":5}""", At("2013-02-10T23:10Z"))
            .Events(4, 0, """{"x":5}""", At("2013-02-11T23:10Z")).End();

        var recorded = RecordedDays.Play(source, monitors);

        Assert.Equal([new(2013, 2, 9), new(2013, 2, 10), new(2013, 2, 11), new(2013, 2, 12)], recorded.Days);
        Assert.Equal(recorded.Lines.Count, recorded.Lines.Distinct().Count());
    }

    private static string TimeAndValue(string line) => $"{line.Split(' ')[0]} {line.Split(' ')[^1]}";

    private static ScriptedSource Drifting(int days) => Drift(new ScriptedSource().Partitions(1), days);

    // Twelve events an hour from 2013-02-09 on: of the first of four bins in every third hour, and otherwise of all of them.
    private static ScriptedSource Drift(ScriptedSource source, int days)
    {
        for (var i = 0; i < days * 24 * 12; i++)
        {
            var x = i / 12 % 3 == 0 ? 5 : 5 + i % 4 * 10;
            var time = At("2013-02-09T00:00Z") + TimeSpan.FromMinutes(5 * i);
            source.Event(0, $$"""{"x":{{x}},"segment":"{{(i % 5 == 0 ? "west" : "east")}}"}""", time);
        }

        return source;
    }

    /// <summary>Reads the instruments of readings and alerts as lines, for the monitor whose pane has closed.</summary>
    private sealed class Scraping(MonitorMetrics metrics, Action publish)
    {
        private static readonly HashSet<string> Names =
        [
            .. SeriesMetrics.Of([new(MeasureKind.JensenShannon), new(MeasureKind.Wasserstein)], binContributions: true)
                .Select(metric => metric.Instrument),
            .. SeriesMetrics.OfMonitors.Select(metric => metric.Instrument),
        ];

        public List<string> Lines { get; } = [];

        public int Panes { get; private set; }

        public void Scrape(string monitor, EventTime time)
        {
            Panes++;
            publish();
            using var listener = new MeterListener
            {
                InstrumentPublished = (instrument, listener) =>
                {
                    if (instrument.Meter == metrics.Meter && Names.Contains(instrument.Name))
                    {
                        listener.EnableMeasurementEvents(instrument);
                    }
                },
            };
            listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
            listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
            listener.Start();
            listener.RecordObservableInstruments();

            void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
            {
                var labels = new List<(string, string)>();
                foreach (var tag in tags)
                {
                    labels.Add((tag.Key, (string)tag.Value!));
                }

                if (labels.Contains(("monitor", monitor)))
                {
                    Lines.Add(string.Create(
                        CultureInfo.InvariantCulture, $"{time} {NameOf(instrument)}{Labels.Of([.. labels])} {value}"));
                }
            }
        }

        private static string NameOf(Instrument instrument) => Tests.Metrics.MetricsHost.NameOf(instrument);
    }

    private sealed class Relay(Func<Scraping> scraping) : IReportSink
    {
        public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports)
        {
            if (reports.Count > 0)
            {
                scraping().Scrape(monitor.Monitor.Spec.Name, reports[0].Time);
            }
        }
    }
}
