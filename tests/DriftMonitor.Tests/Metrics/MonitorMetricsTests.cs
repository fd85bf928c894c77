using System.Diagnostics.Metrics;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;
using DriftMonitor.Metrics;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Wording;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Metrics;

public sealed class MonitorMetricsTests
{
    private static readonly BuildInfo Build = new("1.2.3", "c82bf81");

    [Fact]
    public void The_metrics_have_the_names_that_dashboards_and_alerts_rely_on()
    {
        using var metrics = new MonitorMetrics(() => Drifted().Play(), default, Build, binContributions: true);
        var names = new List<string>();
        using var listener = Listen(metrics, (instrument, _, _) => names.Add(MetricsHost.NameOf(instrument)));

        listener.RecordObservableInstruments();

        Assert.Equal(
            [
                "driftmonitor_alert_info", "driftmonitor_alert_state", "driftmonitor_alert_threshold_nats",
                "driftmonitor_alert_transitions_total", "driftmonitor_allowed_lateness_seconds",
                "driftmonitor_bin_contribution_nats", "driftmonitor_bin_probability",
                "driftmonitor_build_info", "driftmonitor_consumer_lag_events", "driftmonitor_events_lost_total",
                "driftmonitor_events_rejected_total",
                "driftmonitor_events_total", "driftmonitor_kl_divergence_excess_nats", "driftmonitor_kl_divergence_nats",
                "driftmonitor_kl_divergence_noise_nats",
                "driftmonitor_kl_divergence_reverse_nats", "driftmonitor_last_event_timestamp_seconds", "driftmonitor_pane_seconds",
                "driftmonitor_reading_available",
                "driftmonitor_reading_timestamp_seconds", "driftmonitor_reference_events",
                "driftmonitor_reference_loaded_timestamp_seconds", "driftmonitor_series", "driftmonitor_watermark_timestamp_seconds",
                "driftmonitor_window_events",
            ],
            names.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_monitor_with_segments_exports_their_number_and_the_events_of_unknown_segments()
    {
        var source = new ScriptedSource().Partitions(1)
            .Events(3, 0, """{"x":5,"segment":"EWR"}""", At("2013-02-09T00:10Z"))
            .Events(2, 0, """{"x":5,"segment":"SWF"}""", At("2013-02-09T00:20Z"))
            .Event(0, """{"x":5}""", At("2013-02-09T01:30Z"));
        var samples = Collect(new Scene(source, Watch(segments: ["EWR", "JFK"]), Watch("plain")));

        Assert.Equal(4, samples["driftmonitor_series{monitor=delay}"]);
        Assert.Equal(3, samples["driftmonitor_events_unknown_segment_total{monitor=delay}"]);
        Assert.Equal(0, samples["driftmonitor_series_dropped_total{monitor=delay}"]);
        Assert.Equal(3, samples["driftmonitor_window_events{monitor=delay,segment=EWR,window=60m}"]);
        Assert.Equal(2, samples["driftmonitor_window_events{monitor=delay,segment=SWF,window=60m}"]);
        Assert.Equal(0, samples["driftmonitor_window_events{monitor=delay,segment=JFK,window=60m}"]);
        Assert.DoesNotContain("driftmonitor_events_unknown_segment_total{monitor=plain}", samples.Keys);
    }

    [Fact]
    public void A_monitor_with_Unpack_exports_the_events_in_its_records_and_the_records_that_it_cannot_unpack()
    {
        var source = new ScriptedSource().Partitions(1)
            .Event(0, """{"x":5,"records":[{"x":5},{"x":6},{}]}""", At("2013-02-09T00:10Z"))
            .Event(0, """{"x":5}""", At("2013-02-09T00:20Z"));
        var samples = Collect(new Scene(source, Watch("packed") with { Unpack = FieldPath.ParseArray("records") }, Watch("plain")));

        Assert.Equal(2, samples["driftmonitor_events_total{topic=events}"]);
        Assert.Equal(4, samples["driftmonitor_events_unpacked_total{topic=events,monitor=packed}"]);
        Assert.Equal(1, samples["driftmonitor_events_rejected_total{topic=events,monitor=packed,reason=schema}"]);
        Assert.Equal(0, samples["driftmonitor_events_rejected_total{topic=events,monitor=packed,reason=too_large}"]);
        Assert.Equal(0, samples["driftmonitor_events_rejected_total{topic=events,monitor=,reason=schema}"]);
        Assert.DoesNotContain("driftmonitor_events_unpacked_total{topic=events,monitor=plain}", samples.Keys);
        Assert.DoesNotContain("driftmonitor_events_rejected_total{topic=events,monitor=plain,reason=schema}", samples.Keys);
    }

    [Fact]
    public void Each_metric_has_a_description()
    {
        using var metrics = new MonitorMetrics(() => Drifted().Play(), default, Build, binContributions: true);
        using var listener = Listen(metrics, (instrument, _, _) => Assert.EndsWith(".", instrument.Description));

        listener.RecordObservableInstruments();
    }

    [Fact]
    public void A_window_exports_its_divergence_noise_excess_and_number_of_events()
    {
        // 8 events in one of four bins in which the reference has equal counts: about ln 4.
        var scene = Drifted();
        var samples = Collect(scene);

        var q = scene.State.Current.Monitors[0].Reference!.Smoothed[0];
        var noise = 1.5 * (1 / 8.0 + 1 / 400.0);
        Assert.Equal(Math.Log(1 / q), samples["driftmonitor_kl_divergence_nats{monitor=delay,segment=,window=60m}"], 12);
        Assert.Equal(1.388, samples["driftmonitor_kl_divergence_nats{monitor=delay,segment=,window=60m}"], 3);
        Assert.Equal(noise, samples["driftmonitor_kl_divergence_noise_nats{monitor=delay,segment=,window=60m}"], 12);
        Assert.Equal(Math.Log(1 / q) - noise, samples["driftmonitor_kl_divergence_excess_nats{monitor=delay,segment=,window=60m}"], 12);
        Assert.InRange(samples["driftmonitor_kl_divergence_reverse_nats{monitor=delay,segment=,window=60m}"], 0.5, 3);
        Assert.Equal(8, samples["driftmonitor_window_events{monitor=delay,segment=,window=60m}"]);
        Assert.Equal(1, samples["driftmonitor_reading_available{monitor=delay,segment=,window=60m,reason=}"]);
        Assert.Equal(At("2013-02-09T01:00Z").Seconds, samples["driftmonitor_reading_timestamp_seconds{monitor=delay,segment=,window=60m}"]);
        Assert.Equal(At("2013-02-09T01:30Z").Seconds, samples["driftmonitor_watermark_timestamp_seconds{monitor=delay}"]);
        Assert.Equal(At("2013-02-09T01:30Z").Seconds, samples["driftmonitor_last_event_timestamp_seconds{topic=events}"]);
        Assert.Equal(400, samples["driftmonitor_reference_events{monitor=delay}"]);
        Assert.Equal(1, samples["driftmonitor_series{monitor=delay}"]);
        Assert.Equal(1, samples["driftmonitor_build_info{version=1.2.3,revision=c82bf81}"]);
    }

    [Fact]
    public void Each_further_measure_is_a_metric_of_the_monitors_that_have_it()
    {
        // All 8 events are in the first of four bins of width 10, and the reference has equal counts: the Wasserstein distance between
        // the midpoints is (0 + 10 + 20 + 30)/4.
        Measure[] measures = [.. Enum.GetValues<MeasureKind>()
            .Select(kind => new Measure(kind, kind == MeasureKind.Renyi ? double.PositiveInfinity : 0))];
        var source = new ScriptedSource().Partitions(1)
            .Events(8, 0, """{"x":5}""", At("2013-02-09T00:10Z"))
            .Event(0, """{"x":5}""", At("2013-02-09T01:30Z"))
            .CaughtUp(0);
        var samples = Collect(new Scene(source, Watch(measures: measures), Watch("plain")));

        // Q of the first bin, after smoothing
        var rest = 1 - samples["driftmonitor_total_variation_distance{monitor=delay,segment=,window=60m}"];
        Assert.Equal(0.25, rest, 2);
        Assert.Equal(15, samples["driftmonitor_wasserstein_distance{monitor=delay,segment=,window=60m}"], 6);
        Assert.Equal(0.75, samples["driftmonitor_kolmogorov_smirnov_distance{monitor=delay,segment=,window=60m}"], 2);
        Assert.Equal(1 - rest, samples["driftmonitor_l_infinity_distance{monitor=delay,segment=,window=60m}"], 12);
        Assert.Equal(Math.Sqrt(1 - Math.Sqrt(rest)), samples["driftmonitor_hellinger_distance{monitor=delay,segment=,window=60m}"], 12);
        Assert.Equal(1 / rest - 1, samples["driftmonitor_chi_square_divergence{monitor=delay,segment=,window=60m}"], 12);
        Assert.Equal(Math.Log(1 / rest), samples["driftmonitor_renyi_divergence_inf_nats{monitor=delay,segment=,window=60m}"], 12);
        var g = 2 * Math.Log(1 / rest) / (1 / 8.0 + 1 / 400.0);
        Assert.Equal(g, samples["driftmonitor_g_statistic{monitor=delay,segment=,window=60m}"], 10);
        Assert.InRange(samples["driftmonitor_g_p_value{monitor=delay,segment=,window=60m}"], 1e-5, 1e-4); // χ² of 3 degrees above 21.8
        Assert.InRange(samples["driftmonitor_js_divergence_nats{monitor=delay,segment=,window=60m}"], 0.2, Math.Log(2));
        var jeffreys = samples["driftmonitor_jeffreys_divergence_nats{monitor=delay,segment=,window=60m}"];
        Assert.Equal(jeffreys, samples["driftmonitor_population_stability_index{monitor=delay,segment=,window=60m}"]);
        Assert.Equal(jeffreys / 2, samples["driftmonitor_kl_divergence_symmetrised_mean_nats{monitor=delay,segment=,window=60m}"]);
        Assert.DoesNotContain(samples.Keys, key => key.Contains("monitor=plain") && (key.Contains("_distance{") || key.Contains("js_")));
        Assert.DoesNotContain(samples.Keys, key => key.Contains("_distance{") && key.Contains("window=2h")); // incomplete
        Assert.All(samples.Values, value => Assert.True(double.IsFinite(value)));
    }

    [Fact]
    public void A_window_without_a_reading_exports_its_number_of_events_and_the_reason_but_no_value()
    {
        var samples = Collect(Drifted());

        Assert.Equal(8, samples["driftmonitor_window_events{monitor=delay,segment=,window=2h}"]);
        Assert.Equal(0, samples["driftmonitor_reading_available{monitor=delay,segment=,window=2h,reason=window_incomplete}"]);
        Assert.DoesNotContain(samples.Keys, key => key.Contains("_nats{") && key.Contains("window=2h"));
    }

    [Fact]
    public void Before_the_first_event_there_are_no_divergences_alerts_or_lags()
    {
        var samples = Collect(new Scene(new ScriptedSource(), Watch()));

        Assert.Equal(0, samples["driftmonitor_window_events{monitor=delay,segment=,window=60m}"]);
        Assert.Equal(0, samples["driftmonitor_reading_available{monitor=delay,segment=,window=60m,reason=window_incomplete}"]);
        Assert.Equal(0, samples["driftmonitor_events_total{topic=events}"]);
        Assert.DoesNotContain(samples.Keys, key => key.Contains("_nats{") || key.Contains("alert_") || key.Contains("lag"));
        Assert.Equal(
            ["driftmonitor_reference_loaded_timestamp_seconds{monitor=delay}"],
            samples.Keys.Where(key => key.Contains("_timestamp_")));
        Assert.DoesNotContain(samples.Values, double.IsNaN);
    }

    [Fact]
    public void A_reference_that_grows_exports_its_size_its_start_and_its_last_refit()
    {
        var source = new ScriptedSource().Partitions(1).Events(3, 0, """{"x":5,"segment":"a"}""", At("2013-02-09T00:10Z"));
        var scene = new Scene(source, Grow("one"), Grow("segments", isSegmented: true));
        Assert.DoesNotContain(Collect(scene).Keys, key => key.Contains("driftmonitor_reference_"));

        source.Event(0, """{"x":5,"segment":"b"}""", At("2013-02-09T01:10Z"));
        var samples = Collect(scene); // the warm-up has ended, and the refit comes with the next pane
        Assert.Equal(At("2013-02-09T00:00Z").Seconds, samples["driftmonitor_reference_start_timestamp_seconds{monitor=one}"]);
        Assert.DoesNotContain(samples.Keys, key => key.Contains("reference_refit") || key.Contains("reference_events"));

        source.Event(0, """{"x":5,"segment":"b"}""", At("2013-02-09T02:10Z"));
        source.Event(0, """{"x":5,"segment":"b"}""", At("2013-02-09T03:10Z"));
        samples = Collect(scene);
        Assert.Equal(4, samples["driftmonitor_reference_events{monitor=one}"]);
        Assert.Equal(At("2013-02-09T02:00Z").Seconds, samples["driftmonitor_reference_refit_timestamp_seconds{monitor=one}"]);
        Assert.Equal(4, samples["driftmonitor_reference_events{monitor=segments}"]); // three of a, and one of b
        Assert.Equal(At("2013-02-09T00:00Z").Seconds, samples["driftmonitor_reference_start_timestamp_seconds{monitor=segments}"]);
        Assert.Equal(At("2013-02-09T02:00Z").Seconds, samples["driftmonitor_reference_refit_timestamp_seconds{monitor=segments}"]);
        Assert.DoesNotContain(samples.Keys, key => key.Contains("reference_loaded"));
    }

    [Fact]
    public void Events_rejected_from_the_topic_of_the_reference_are_counted_for_that_topic()
    {
        var spec = Watch().Monitor.Spec;
        var binning = new NumericBinning([0, 10, 20]);
        var moving = new CompanionWindow(binning, spec.WindowPanes, Reference.DefaultPseudoCount, "the topic training");
        var monitor = new FieldMonitor(spec, moving, new GivenCalibration(null), hasReferenceTopic: true);
        var binding = new MonitorBinding(monitor, "events", FieldPath.Parse("x"), EventTime: null) { ReferenceTopic = "training" };
        var source = new ScriptedSource().Partitions(1).Event(0, """{"x":5}""", At("2013-02-09T01:10Z"))
            .On("training").Partitions(1).Events(3, 0, """{"x":5}""", At("2013-02-09T01:10Z"))
            .Event(0, """{"x":5}""", At("2013-02-09T00:10Z"));

        var samples = Collect(new Scene(source, binding));

        Assert.Equal(0, samples["driftmonitor_events_rejected_total{topic=events,monitor=delay,reason=late}"]);
        Assert.Equal(1, samples["driftmonitor_events_rejected_total{topic=training,monitor=delay,reason=late}"]);
        Assert.DoesNotContain(samples.Keys, key => key.Contains("reference_loaded"));
    }

    [Fact]
    public void An_alert_has_one_state_and_its_transitions_are_counted_from_zero()
    {
        var scene = Drifted();
        var samples = Collect(scene);

        Assert.Equal([0, 0, 1], States(samples, "alert_state", "state"));
        Assert.Equal([0, 0, 1], States(samples, "alert_transitions_total", "to"));

        // An hour without events has no reading, and that does not resolve the alert.
        scene.Source.Event(0, """{"x":5}""", At("2013-02-09T04:00Z"));
        Assert.Equal([0, 0, 1], States(Collect(scene), "alert_state", "state"));

        static double[] States(Dictionary<string, double> samples, string metric, string label) =>
        [
            .. new[] { "inactive", "pending", "firing" }
                .Select(state => samples[$"driftmonitor_{metric}{{monitor=delay,segment=,{label}={state}}}"]),
        ];
    }

    [Fact]
    public void While_an_alert_fires_its_labels_name_the_bins_that_had_moved_when_it_began_to()
    {
        var scene = Drifted();
        const string Began =
            "[0, 10) 25.0 % → 100.0 % (0.637 nats), [10, 20) 25.0 % → 0 % (0.250 nats), [20, 30) 25.0 % → 0 % (0.250 nats)";
        Assert.Equal($"{{monitor=delay,segment=,window=60m,moved={Began}}}", Assert.Single(InfoOf(scene)));

        // The next hour drifts in another bin, and the alert that fires is the same.
        scene.Source.Events(8, 0, """{"x":15}""", At("2013-02-09T01:40Z")).Event(0, """{"x":5}""", At("2013-02-09T02:30Z"));
        Assert.Equal($"{{monitor=delay,segment=,window=60m,moved={Began}}}", Assert.Single(InfoOf(scene)));

        // An hour like the reference resolves it, and one in the last bin fires again.
        foreach (var x in new[] { 5, 15, 25, 35 })
        {
            scene.Source.Events(25, 0, $$"""{"x":{{x}}}""", At("2013-02-09T02:40Z"));
        }

        scene.Source.Event(0, """{"x":35}""", At("2013-02-09T03:30Z"));
        Assert.Empty(InfoOf(scene));
        scene.Source.Events(8, 0, """{"x":35}""", At("2013-02-09T03:40Z")).Event(0, """{"x":5}""", At("2013-02-09T04:30Z"));
        Assert.Contains("moved=[30, 40] 25.0 % → 100.0 %", Assert.Single(InfoOf(scene)));

        static IEnumerable<string> InfoOf(Scene scene) =>
            Collect(scene).Where(sample => sample.Key.StartsWith("driftmonitor_alert_info{", StringComparison.Ordinal))
                .Select(sample => sample.Value == 1 ? sample.Key["driftmonitor_alert_info".Length..] : "not 1");
    }

    [Fact]
    public void An_alert_that_fires_from_a_checkpoint_on_names_the_bins_of_its_first_reading()
    {
        var spec = Watch(rule: new FixedThreshold(0, 0.3, 0.1)).Monitor.Spec;
        var report = new SeriesReport(
            At("2013-02-09T01:00Z"), "", [new Reading(default, spec.Windows[0], 0, Unavailable.TooFewEvents, null)],
            new Alert(AlertState.Firing, At("2013-02-08T01:00Z"), 0), Transition: null);
        var series = Drifted();
        series.Play();
        var drifted = series.Monitors[0].Monitor.LastReports[0];

        Assert.Null(Live.FiringAlert.After(null, spec, series.Monitors[0].Monitor.Find("")!, report));
        var first = Live.FiringAlert.After(null, spec, series.Monitors[0].Monitor.Find("")!, drifted with { Transition = null });
        Assert.StartsWith("[0, 10) 25.0 % → 100.0 %", first!.Moved);
    }

    [Fact]
    public void The_bins_that_moved_are_cut_where_categories_have_long_names()
    {
        string[] names = [.. Enumerable.Range(0, 4).Select(i => $"{i}" + string.Concat(Enumerable.Repeat("\ud83d\ude00", 100)))];
        var source = new ScriptedSource().Partitions(1)
            .Events(8, 0, $$"""{"x":"{{names[0]}}"}""", At("2013-02-09T00:10Z"))
            .Event(0, $$"""{"x":"{{names[1]}}"}""", At("2013-02-09T01:30Z"));
        var scene = new Scene(source, Watch(binning: new CategoricalBinning(names), rule: new FixedThreshold(0, 0.3, 0.1)));

        var moved = scene.Play().Monitors[0].Series[0].Firing!.Moved;

        Assert.InRange(moved.Length, Live.FiringAlert.MostCharacters - 1, Live.FiringAlert.MostCharacters);
        Assert.EndsWith("…", moved);
        Assert.DoesNotContain('\ufffd', System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(moved)));
    }

    [Fact]
    public void The_limit_of_an_alert_is_exported_in_the_unit_of_its_rule()
    {
        var samples = Collect(new Scene(
            new ScriptedSource(),
            Watch("fixed", rule: new FixedThreshold(0, 0.3, 0.1)),
            Watch("rare", rule: new FalseAlarmRate(EverySeconds: 86_400, SharedBy: 3, MinimumDivergenceNats: 0.01)),
            Watch("none")));

        // A reading must be as rare for each of the three series and the two windows.
        Assert.Equal(
            ["driftmonitor_alert_return_period_seconds{monitor=rare} 518400", "driftmonitor_alert_threshold_nats{monitor=fixed} 0.3"],
            samples.Where(sample => sample.Key.Contains("alert_threshold") || sample.Key.Contains("alert_return_period"))
                .Select(sample => FormattableString.Invariant($"{sample.Key} {sample.Value}")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Probabilities_of_the_bins_sum_to_1_and_give_the_divergence()
    {
        var scene = Drifted();
        Assert.DoesNotContain(Collect(scene).Keys, key => key.Contains("bin_probability"));

        var samples = Collect(scene.State.Current, binContributions: true);
        var bins = BinLabels.Of(scene.Monitors[0].Monitor.Against.Whole!.Binning);
        double[] p = [.. bins.Select(bin => Probability(bin, "current"))];
        double[] q = [.. bins.Select(bin => Probability(bin, "reference"))];
        Assert.Equal([1, 0, 0, 0], p[..4]);
        Assert.Equal(1, q.Sum(), 12);
        Assert.Equal(0.25, q[0], 2);
        Assert.Equal(
            samples["driftmonitor_kl_divergence_nats{monitor=delay,segment=,window=60m}"],
            p.Zip(q, (p, q) => p > 0 ? p * Math.Log(p / q) : 0).Sum(), 12);
        Assert.Equal(2 * bins.Count, samples.Keys.Count(key => key.Contains("bin_probability"))); // the window of 2 h has no reading

        double Probability(string bin, string distribution) =>
            samples[$"driftmonitor_bin_probability{{monitor=delay,segment=,window=60m,bin={bin},distribution={distribution}}}"];
    }

    [Fact]
    public void Of_many_bins_those_with_the_largest_probabilities_are_exported_and_the_rest_is_one()
    {
        // 100 bins of equal counts, and all events in one of them, which would be the last by its reference.
        long[] counts = [.. Enumerable.Repeat(20L, 99), 1];
        var source = new ScriptedSource().Partitions(1)
            .Events(8, 0, """{"x":99.5}""", At("2013-02-09T00:10Z")).Event(0, """{"x":5}""", At("2013-02-09T01:30Z"));
        var scene = new Scene(
            source, Watch(binning: new NumericBinning([.. Enumerable.Range(0, 101).Select(edge => (double)edge)]), reference: counts));

        var samples = Collect(scene.Play(), binContributions: true)
            .Where(sample => sample.Key.Contains("bin_probability")).ToDictionary();

        foreach (var distribution in new[] { "current", "reference" })
        {
            var own = samples.Where(sample => sample.Key.EndsWith($"distribution={distribution}}}", StringComparison.Ordinal)).ToList();
            Assert.Equal(31, own.Count);
            Assert.Equal(1, own.Sum(sample => sample.Value), 12);
            Assert.Contains(own, sample => sample.Key.Contains("bin=rest,"));
            Assert.Contains(own, sample => sample.Key.Contains("bin=[99, 100],"));
        }
    }

    [Fact]
    public void Rejected_events_are_counted_by_reason_for_the_topic_or_for_the_monitor()
    {
        var source = new ScriptedSource().Partitions(1)
            .Event(0, """{"x":1}""", At("2013-02-09T05:00Z"))
            .Event(0, "not json", At("2013-02-09T05:00Z")).Tombstone(0).Tombstone(0).TooLarge(0)
            .Events(2, 0, """{"x":1}""", At("2013-02-09T05:10Z"))
            .Event(0, """{"x":1}""", At("2013-02-09T01:00Z")) // hours late
            .Event(0, """{"x":1}""", At("2013-02-10T01:00Z")) // hours ahead, and not confirmed
            .Event(0, """{"x":1}""", At("2013-02-09T05:20Z"))
            .Event(0, """{"x":1}""", At("1970-02-09T05:20Z"));
        var samples = Collect(new Scene(source, Watch()));

        Assert.Equal(11, samples["driftmonitor_events_total{topic=events}"]);
        Assert.Equal(1, samples["driftmonitor_events_rejected_total{topic=events,monitor=,reason=malformed}"]);
        Assert.Equal(2, samples["driftmonitor_events_rejected_total{topic=events,monitor=,reason=empty}"]);
        Assert.Equal(1, samples["driftmonitor_events_rejected_total{topic=events,monitor=,reason=too_large}"]);
        Assert.Equal(1, samples["driftmonitor_events_rejected_total{topic=events,monitor=delay,reason=late}"]);
        Assert.Equal(1, samples["driftmonitor_events_rejected_total{topic=events,monitor=delay,reason=ahead}"]);
        Assert.Equal(1, samples["driftmonitor_events_rejected_total{topic=events,monitor=delay,reason=too_old}"]);
        Assert.Equal(
            RejectionNames.All.Order(),
            samples.Keys.Where(key => key.Contains("events_rejected")).Select(key => key.Split("reason=")[1].TrimEnd('}')).Order());
    }

    [Fact]
    public void Lag_is_the_number_of_unread_events_of_a_partition()
    {
        var scene = Drifted();
        Assert.Equal(0, Collect(scene)["driftmonitor_consumer_lag_events{topic=events,partition=0}"]);

        scene.Source.Events(7, 0, "{}");
        Assert.Equal(7, Collect(scene.Publish())["driftmonitor_consumer_lag_events{topic=events,partition=0}"]);
    }

    [Fact]
    public void Contributions_are_the_five_largest_and_the_rest_and_sum_to_the_divergence()
    {
        var source = new ScriptedSource().Partitions(1);
        for (var x = 0; x < 8; x++)
        {
            source.Events(1 + x * x, 0, $$"""{"x":{{x}}}""", At("2013-02-09T00:10Z"));
        }

        source.Event(0, """{"x":0}""", At("2013-02-09T01:30Z"));
        var scene = new Scene(source, Watch(binning: new NumericBinning([0, 1, 2, 3, 4, 5, 6, 7, 8])));
        Assert.DoesNotContain(Collect(scene).Keys, key => key.Contains("bin_contribution"));

        var samples = Collect(scene.State.Current, binContributions: true);
        var contributions = samples.Where(sample => sample.Key.Contains("bin_contribution")).ToDictionary();
        Assert.Equal(6, contributions.Count);
        Assert.Contains("driftmonitor_bin_contribution_nats{monitor=delay,segment=,window=60m,bin=rest}", contributions.Keys);
        Assert.Contains("driftmonitor_bin_contribution_nats{monitor=delay,segment=,window=60m,bin=[7, 8]}", contributions.Keys);
        Assert.Equal(samples["driftmonitor_kl_divergence_nats{monitor=delay,segment=,window=60m}"], contributions.Values.Sum(), 12);
    }

    [Fact]
    public void A_category_named_like_a_special_bin_is_put_in_quotes()
    {
        var labels = BinLabels.Of(new CategoricalBinning(["UA", "missing", "\"missing\"", "rest"]));

        Assert.Equal(["UA", "\"\"missing\"\"", "\"missing\"", "\"rest\"", "unseen", "missing", "wrong_type"], labels);
    }

    [Fact]
    public void One_collection_reads_one_snapshot_even_if_another_is_published_meanwhile()
    {
        var first = Drifted().Play();
        var second = new Scene(new ScriptedSource(), Watch()).Play();
        var current = first;
        using var metrics = new MonitorMetrics(() => current, default, Build);
        var events = new List<double>();
        using var listener = Listen(metrics, (instrument, value, tags) =>
        {
            current = second; // published while the scrape is under way
            if (instrument.Name == "driftmonitor.window_events" && tags.Contains("60m"))
            {
                events.Add(value);
            }
        });

        listener.RecordObservableInstruments();
        listener.RecordObservableInstruments();
        current = first;
        listener.RecordObservableInstruments();

        Assert.Equal([8, 0, 8], events);
    }

    private static Dictionary<string, double> Collect(Scene scene) => Collect(scene.Play());

    private static Dictionary<string, double> Collect(Live.Snapshot snapshot, bool binContributions = false)
    {
        using var metrics = new MonitorMetrics(() => snapshot, default, Build, binContributions);
        var samples = new Dictionary<string, double>();
        using var listener = Listen(
            metrics, (instrument, value, tags) => samples.Add($"{MetricsHost.NameOf(instrument)}{{{tags}}}", value));
        listener.RecordObservableInstruments();
        return samples;
    }

    private static MeterListener Listen(MonitorMetrics metrics, Action<Instrument, double, string> observe)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter == metrics.Meter)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => observe(instrument, value, Join(tags)));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => observe(instrument, value, Join(tags)));
        listener.Start();
        return listener;

        static string Join(ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            string.Join(",", tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
    }
}
