using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Live;
using DriftMonitor.Wording;

namespace DriftMonitor.Metrics;

/// <summary>
/// The metrics of readings and alerts. <c>/metrics</c> and the history that a replay writes take them from here, so that both have the same
/// names, labels and values.
/// </summary>
internal static class SeriesMetrics
{
    /// <summary>How many bins are exported separately; the others are summed as <see cref="BinLabels.Rest"/>.</summary>
    public const int ListedBins = 5;

    /// <summary>How many bins have their probabilities exported; where there are more, the others are summed.</summary>
    public const int ListedProbabilities = 30;

    /// <summary>Labels of the metrics, which nothing else may use.</summary>
    public static readonly IReadOnlyList<string> LabelNames =
        ["monitor", "segment", "window", "reason", "bin", "distribution", "state", "moved", "to", "kind", "sink", "of", "regime"];

    private static readonly (string Of, Func<PairInformation, double> Value)[] Entropy =
    [
        ("first", static pair => pair.FirstEntropyNats),
        ("second", static pair => pair.SecondEntropyNats),
        ("joint", static pair => pair.JointEntropyNats),
    ];

    /// <summary>The metrics of monitors that say how to read those of their series.</summary>
    public static readonly IReadOnlyList<MonitorMetric> OfMonitors =
    [
        new(
            "driftmonitor.pane.seconds",
            "Event time from one reading of a monitor to the next: its Pane.",
            spec => spec.Pane.Length.TotalSeconds),
        new(
            "driftmonitor.allowed_lateness.seconds",
            "Event time for which a pane waits for late events after its end: the monitor's AllowedLateness.",
            spec => spec.AllowedLateness.TotalSeconds),
        new(
            "driftmonitor.alert_threshold.nats",
            "D(current || reference) above which a monitor's alert fires: FireAbove. Absent with FalseAlarmEvery.",
            spec => (spec.Rule as FixedThreshold)?.FireAboveNats),
        new(
            "driftmonitor.alert_return_period.seconds",
            "Return period from which on a window makes a monitor's alert fire: FalseAlarmEvery, times the series that share the promise "
                + "and the windows of the monitor. Absent with a fixed threshold.",
            spec => (spec.Rule as FalseAlarmRate)?.LimitSeconds * spec.Windows.Count),
    ];

    /// <summary>The metrics of each series' readings and alert.</summary>
    /// <param name="measures">The further measures that some monitor asks for.</param>
    /// <param name="binContributions">Whether the bins' contributions and probabilities are among them.</param>
    public static IReadOnlyList<SeriesMetric> Of(IEnumerable<Measure> measures, bool binContributions)
    {
        List<SeriesMetric> metrics =
        [
            Reading(
                "driftmonitor.kl_divergence.nats",
                "Kullback-Leibler divergence D(current || reference) of a window, in nats, the window as counted. "
                    + "Absent where there is no reading.",
                reading => reading.Measurement?.KlNats),
            Reading(
                "driftmonitor.kl_divergence.reverse.nats",
                "Kullback-Leibler divergence D(reference || current) of a window, in nats, the window smoothed as the reference is.",
                reading => reading.Measurement?.ReverseKlNats),
            Reading(
                "driftmonitor.kl_divergence.noise.nats",
                "What D(current || reference) would be on average by chance alone at this sample size, without drift, in nats.",
                reading => reading.Measurement?.NoiseNats),
            Reading(
                "driftmonitor.kl_divergence.excess.nats",
                "D(current || reference) less its noise, in nats, never below 0.",
                reading => reading.Measurement?.ExcessNats),
            Reading(
                "driftmonitor.return_period.seconds",
                "Event time in which the reference itself, undrifted, shows a reading as high once, on average; capped at 1000 years.",
                reading => reading.Measurement?.ShownReturnPeriodSeconds),
        ];
        metrics.AddRange(measures.Distinct().Select(measure =>
            Reading(MeasureNames.Of(measure).Instrument, MeasureNames.Of(measure).Description, reading => Further(reading, measure)) with
            {
                SetsOfWindow = monitor => monitor.Spec.Measures.Contains(measure) ? 1 : 0,
            }));
        metrics.Add(Reading(
            "driftmonitor.field_mean",
            "Mean of the finite numbers in a window, in the field's unit. Only for monitors with Mean; absent where the window has none.",
            reading => reading.Measurement?.Mean) with
        {
            SetsOfWindow = static monitor => monitor.Spec.HasMean ? 1 : 0,
        });
        metrics.AddRange(OfWords().Select(metric => metric with { SetsOfWindow = static monitor => monitor.Spec.CountsWords ? 1 : 0 }));
        metrics.AddRange(OfPairs("", "two fields in a window", measurement => measurement.Pair));
        metrics.AddRange(OfPairs("reference_", "two fields in the reference", measurement => measurement.ReferencePair));
        if (binContributions)
        {
            metrics.Add(new SeriesMetric(
                "driftmonitor.bin_contribution.nats", MetricKind.Gauge, IsWhole: false,
                "Signed contribution of a bin to D(current || reference), in nats: the five largest, and the rest together. "
                    + "They sum to the divergence.",
                Contributions));
            metrics.Add(new SeriesMetric(
                "driftmonitor.bin_probability", MetricKind.Gauge, IsWhole: false,
                "Probability of a bin, from 0 to 1: current is its share of a window, reference what it is compared with, smoothed. "
                    + "Where there are more than 30 bins, those with the largest, and the rest together.",
                Probabilities));
        }

        metrics.AddRange(
        [
            Reading("driftmonitor.window_events", "Events in a window.", reading => reading.Events) with { IsWhole = true },
            new SeriesMetric(
                "driftmonitor.reading_available", MetricKind.Gauge, IsWhole: true,
                "1 where a window gives a divergence, with an empty reason; 0 where it does not, with the reason.",
                Available),
            new SeriesMetric(
                "driftmonitor.reading_timestamp.seconds", MetricKind.Gauge, IsWhole: false,
                "Event time at which a reading was taken, the end of the last closed pane, in seconds since 1970.",
                Timestamps),
            new SeriesMetric(
                "driftmonitor.alert_state", MetricKind.Gauge, IsWhole: true,
                "1 for the state that an alert is in, 0 for the others: inactive, pending, firing.",
                AlertStates),
            new SeriesMetric(
                "driftmonitor.alert_info", MetricKind.Gauge, IsWhole: true,
                "1 while an alert fires; the labels say which window decided when it began to fire, and which bins had moved most then, "
                    + "from their share of the reference to that of the window.",
                Firing),
            new SeriesMetric(
                "driftmonitor.alert_transitions", MetricKind.Counter, IsWhole: true,
                "How often an alert has entered a state.",
                AlertTransitions),
            new SeriesMetric(
                "driftmonitor.regime_info", MetricKind.Gauge, IsWhole: true,
                "1; the regime of the reference that a window's reading was taken from, the nearest one. Only with regimes.",
                Regimes)
            {
                SetsOfWindow = static monitor => monitor.Regimes,
            },
            new SeriesMetric(
                "driftmonitor.calibration_info", MetricKind.Gauge, IsWhole: true,
                "1; the kind says what a window's return period rests on: measured (the reference's own readings), dispersion (a few of "
                    + "them), independent (simulated independent events), or calibrating while that is still learned.",
                CalibrationKinds),
            new SeriesMetric(
                "driftmonitor.calibration_span.seconds", MetricKind.Gauge, IsWhole: false,
                "Event time of the reference that a window's return period rests on; 0 where it is simulated.",
                CalibrationSpans),
        ]);
        return metrics;
    }

    private static IEnumerable<SeriesMetric> OfWords() =>
    [
        Reading(
            "driftmonitor.cross_entropy.nats",
            "Cross-entropy per word of a window under the reference, in nats. Only for monitors with Tokens.",
            reading => reading.Measurement?.CrossEntropyNats),
        Reading(
            "driftmonitor.perplexity",
            "Perplexity of a window's words under the reference: e to the cross-entropy. Only for monitors with Tokens.",
            reading => reading.Measurement?.Perplexity),
        Reading(
            "driftmonitor.reference_cross_entropy.nats",
            "Cross-entropy per word, in nats, of windows that are as the reference: its entropy. Only for monitors with Tokens.",
            reading => reading.Measurement?.ReferenceCrossEntropyNats),
        Reading(
            "driftmonitor.reference_perplexity",
            "Perplexity of windows that are as the reference. Only for monitors with Tokens.",
            reading => reading.Measurement?.ReferencePerplexity),
    ];

    private static IEnumerable<SeriesMetric> OfPairs(string prefix, string what, Func<Measurement, PairInformation?> find)
    {
        double? Value(Reading reading, Func<PairInformation, double> value) =>
            reading.Measurement is { } measurement && find(measurement) is { } pair ? value(pair) : null;

        yield return Reading(
            $"driftmonitor.{prefix}mutual_information.nats",
            $"Mutual information of {what}, in nats: how much one tells about the other. Only for monitors of two fields.",
            reading => Value(reading, pair => pair.MutualInformationNats)) with
        { SetsOfWindow = OfPair };
        yield return Reading(
            $"driftmonitor.{prefix}mutual_information.corrected.nats",
            $"Mutual information of {what} less its bias at that number of events (Miller-Madow), in nats, never below 0.",
            reading => Value(reading, pair => pair.CorrectedMutualInformationNats)) with
        { SetsOfWindow = OfPair };
        yield return Reading(
            $"driftmonitor.{prefix}conditional_entropy.nats",
            $"Entropy of the second of {what} where the first is known, in nats.",
            reading => Value(reading, pair => pair.ConditionalEntropyNats)) with
        { SetsOfWindow = OfPair };
        yield return new SeriesMetric(
            $"driftmonitor.{prefix}entropy.nats", MetricKind.Gauge, IsWhole: false,
            $"Entropy of {what}, in nats: of the first, of the second, and of both jointly.",
            (_, series) => Entropies(series, find))
        {
            SetsOfWindow = static monitor => Entropy.Length * OfPair(monitor),
        };

        static int OfPair(MonitorSnapshot monitor) => monitor.Binning is PairBinning ? 1 : 0;
    }

    private static IEnumerable<SeriesSample> Entropies(SeriesSnapshot series, Func<Measurement, PairInformation?> find)
    {
        foreach (var reading in series.Readings)
        {
            if (reading.Measurement is { } measurement && find(measurement) is { } pair)
            {
                var window = reading.Window.Label;
                foreach (var (of, value) in Entropy)
                {
                    yield return new SeriesSample(window, "of", of, value(pair));
                }
            }
        }
    }

    private static SeriesMetric Reading(string instrument, string description, Func<Reading, double?> value) =>
        new(instrument, MetricKind.Gauge, IsWhole: false, description, (_, series) => Readings(series, value));

    private static IEnumerable<SeriesSample> Readings(SeriesSnapshot series, Func<Reading, double?> value)
    {
        foreach (var reading in series.Readings)
        {
            if (value(reading) is { } given)
            {
                yield return new SeriesSample(reading.Window.Label, null, null, given);
            }
        }
    }

    private static double? Further(Reading reading, Measure measure)
    {
        foreach (var further in reading.Measurement?.Further ?? [])
        {
            if (further.Measure == measure)
            {
                return further.Value;
            }
        }

        return null;
    }

    private static IEnumerable<SeriesSample> Timestamps(MonitorSpec spec, SeriesSnapshot series) =>
        Readings(series, _ => series.Time?.Seconds);

    private static IEnumerable<SeriesSample> Available(MonitorSpec spec, SeriesSnapshot series)
    {
        foreach (var reading in series.Readings)
        {
            yield return new SeriesSample(
                reading.Window.Label, "reason", UnavailableNames.Of(reading.Unavailable), reading.Measurement is null ? 0 : 1);
        }
    }

    private static IEnumerable<SeriesSample> Contributions(MonitorSpec spec, SeriesSnapshot series)
    {
        for (var w = 0; w < series.Readings.Count; w++)
        {
            if (series.Readings[w].Measurement is null || series.Histograms is not { } histograms)
            {
                continue;
            }

            var window = series.Readings[w].Window.Label;
            var labels = BinLabels.Of(histograms[w].Binning);
            var contributions = histograms[w].ContributionsNats();
            var rest = contributions.Sum();
            var largest = Enumerable.Range(0, contributions.Length).OrderByDescending(bin => Math.Abs(contributions[bin]));
            foreach (var bin in largest.Take(ListedBins))
            {
                rest -= contributions[bin];
                yield return new SeriesSample(window, "bin", labels[bin], contributions[bin]);
            }

            if (contributions.Length > ListedBins)
            {
                yield return new SeriesSample(window, "bin", BinLabels.Rest, rest);
            }
        }
    }

    private static IEnumerable<SeriesSample> Probabilities(MonitorSpec spec, SeriesSnapshot series)
    {
        for (var w = 0; w < series.Readings.Count; w++)
        {
            if (series.Readings[w].Measurement is null || series.Histograms?[w] is not { Reference: { } reference } histogram)
            {
                continue;
            }

            var window = series.Readings[w].Window.Label;
            var labels = BinLabels.Of(histogram.Binning);
            var counts = histogram.Counts();
            var events = Math.Max(1.0, counts.Sum());
            var bins = Enumerable.Range(0, counts.Length)
                .Select(bin => (Label: labels[bin], Current: counts[bin] / events, Reference: reference.Smoothed[bin]))
                .OrderByDescending(bin => Math.Max(bin.Current, bin.Reference)).ToList();
            var listed = bins.Take(ListedProbabilities);
            if (bins.Count > ListedProbabilities)
            {
                var rest = bins.Skip(ListedProbabilities).ToList();
                listed = listed.Append((BinLabels.Rest, rest.Sum(bin => bin.Current), rest.Sum(bin => bin.Reference)));
            }

            foreach (var bin in listed)
            {
                yield return new SeriesSample(window, "bin", bin.Label, bin.Current, "current");
                yield return new SeriesSample(window, "bin", bin.Label, bin.Reference, "reference");
            }
        }
    }

    private static IEnumerable<SeriesSample> AlertStates(MonitorSpec spec, SeriesSnapshot series)
    {
        if (series.Alert is { } alert)
        {
            foreach (var state in AlertStateNames.All)
            {
                yield return new SeriesSample(null, "state", state, state == AlertStateNames.Of(alert.State) ? 1 : 0);
            }
        }
    }

    private static IEnumerable<SeriesSample> Firing(MonitorSpec spec, SeriesSnapshot series) =>
        series.Firing is { } firing ? [new SeriesSample(firing.Window, "moved", firing.Moved, 1)] : [];

    // All states and reasons are exported from the start, at 0: rate() and increase() do not see a counter's step from absent to 1.
    private static IEnumerable<SeriesSample> AlertTransitions(MonitorSpec spec, SeriesSnapshot series)
    {
        if (series.Alert is not null)
        {
            foreach (var (state, name) in AlertStateNames.All.Index())
            {
                yield return new SeriesSample(null, "to", name, series.Transitions[state]);
            }
        }
    }

    private static IEnumerable<SeriesSample> Regimes(MonitorSpec spec, SeriesSnapshot series)
    {
        foreach (var reading in series.Readings)
        {
            if (reading.Measurement?.Regime is { } regime)
            {
                yield return new SeriesSample(reading.Window.Label, "regime", regime, 1);
            }
        }
    }

    private static IEnumerable<SeriesSample> CalibrationKinds(MonitorSpec spec, SeriesSnapshot series)
    {
        if (series.IsCalibrating)
        {
            foreach (var window in spec.Windows)
            {
                yield return new SeriesSample(window.Label, "kind", CalibrationNames.Calibrating, 1);
            }
        }

        foreach (var (window, calibration) in spec.Windows.Zip(series.Calibration ?? []))
        {
            yield return new SeriesSample(window.Label, "kind", CalibrationNames.Of(calibration.Kind), 1);
        }
    }

    private static IEnumerable<SeriesSample> CalibrationSpans(MonitorSpec spec, SeriesSnapshot series)
    {
        foreach (var (window, calibration) in spec.Windows.Zip(series.Calibration ?? []))
        {
            yield return new SeriesSample(window.Label, null, null, (calibration.SpanPanes * spec.Pane.Length).TotalSeconds);
        }
    }
}
