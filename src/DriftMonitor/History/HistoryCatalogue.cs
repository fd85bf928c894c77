using DriftMonitor.Core.Monitoring;
using DriftMonitor.Live;
using DriftMonitor.Metrics;

namespace DriftMonitor.History;

/// <summary>The metrics whose history is written, and their series: those of <see cref="SeriesMetrics"/>.</summary>
internal sealed class HistoryCatalogue
{
    private readonly IReadOnlyList<(SeriesMetric Metric, HistoryFamily Family)> _ofSeries;
    private readonly IReadOnlyList<(MonitorMetric Metric, HistoryFamily Family)> _ofMonitors;
    private readonly IReadOnlyList<(string Name, string Value)> _labels;
    private readonly Dictionary<Key, HistorySeries> _known = [];
    private readonly Dictionary<(HistoryFamily Family, Labels Labels), HistorySeries> _written = [];

    /// <summary>A catalogue.</summary>
    /// <param name="monitors">The monitors.</param>
    /// <param name="binContributions">Whether the contributions and probabilities of bins are exported.</param>
    /// <param name="labels">Labels that every series gets besides its own.</param>
    public HistoryCatalogue(
        IReadOnlyList<MonitorSpec> monitors, bool binContributions, IReadOnlyList<(string Name, string Value)> labels)
    {
        HasBins = binContributions;
        _labels = labels;
        _ofSeries =
        [
            .. SeriesMetrics.Of(monitors.SelectMany(monitor => monitor.Measures), binContributions)
                .Select(metric => (metric, new HistoryFamily(metric.Family, metric.Kind, metric.Description))),
        ];
        _ofMonitors =
        [
            .. SeriesMetrics.OfMonitors
                .Select(metric => (metric, new HistoryFamily(metric.Family, MetricKind.Gauge, metric.Description))),
        ];
    }

    /// <summary>Whether the metrics need the windows' histograms.</summary>
    public bool HasBins { get; }

    /// <summary>What is exported of a monitor and a series of it.</summary>
    public IEnumerable<(HistorySeries Series, double Value)> Observe(MonitorSpec spec, SeriesSnapshot series)
    {
        foreach (var (metric, family) in _ofSeries)
        {
            foreach (var sample in metric.Observe(spec, series))
            {
                var key = new Key(family, spec.Name, series.Segment, sample.Window, sample.Label, sample.LabelValue, sample.Distribution);
                yield return (Find(key), sample.Value);
            }
        }
    }

    /// <summary>What is exported of a monitor alone.</summary>
    public IEnumerable<(HistorySeries Series, double Value)> Observe(MonitorSpec spec)
    {
        foreach (var (metric, family) in _ofMonitors)
        {
            if (metric.Observe(spec) is { } value)
            {
                yield return (Find(new Key(family, spec.Name, null, null, null, null, null)), value);
            }
        }
    }

    private HistorySeries Find(Key key)
    {
        if (!_known.TryGetValue(key, out var series))
        {
            List<(string Name, string Value)> labels = [("monitor", key.Monitor), .. _labels];
            Add("segment", key.Segment);
            Add("window", key.Window);
            Add("distribution", key.Distribution);
            if (key.Label is { } name)
            {
                Add(name, key.LabelValue);
            }

            labels.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
            var written = Labels.Of([.. labels]);
            if (!_written.TryGetValue((key.Family, written), out series))
            {
                series = new HistorySeries(key.Family, written, [.. labels.Where(label => label.Value.Length > 0)]);
                _written[(key.Family, written)] = series;
            }

            _known[key] = series;

            void Add(string label, string? value)
            {
                if (value is not null)
                {
                    labels.Add((label, value));
                }
            }
        }

        return series;
    }

    private readonly record struct Key(
        HistoryFamily Family, string Monitor, string? Segment, string? Window, string? Label, string? LabelValue, string? Distribution);
}
