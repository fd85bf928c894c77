using DriftMonitor.Live;

namespace DriftMonitor.Metrics;

/// <summary>
/// What the counters of series had counted when their instruments were made anew. The SDK gives the new ones a new start, and a receiver
/// adds what has been counted since a start to what it knows: so they count from there.
/// </summary>
internal sealed class CountedBefore
{
    private readonly Dictionary<Key, long> _counts = [];

    /// <summary>The counters of a snapshot, which has been sent.</summary>
    public CountedBefore(Snapshot sent)
    {
        foreach (var metric in SeriesMetrics.Of([], binContributions: false).Where(metric => metric.Kind == MetricKind.Counter))
        {
            foreach (var monitor in sent.Monitors)
            {
                foreach (var series in monitor.Series)
                {
                    foreach (var sample in metric.Observe(monitor.Spec, series))
                    {
                        _counts[KeyOf(metric, monitor, series, sample)] = (long)sample.Value;
                    }
                }
            }
        }
    }

    private CountedBefore()
    {
    }

    /// <summary>Nothing, for the first instruments.</summary>
    public static CountedBefore Nothing => new();

    /// <summary>What has been counted since.</summary>
    public double Since(SeriesMetric metric, MonitorSnapshot monitor, SeriesSnapshot series, SeriesSample sample)
    {
        var key = KeyOf(metric, monitor, series, sample);
        if (!_counts.TryGetValue(key, out var before))
        {
            return sample.Value;
        }

        if (sample.Value < before) // another series of the same segment
        {
            _counts.Remove(key);
            return sample.Value;
        }

        return sample.Value - before;
    }

    private static Key KeyOf(SeriesMetric metric, MonitorSnapshot monitor, SeriesSnapshot series, SeriesSample sample) =>
        new(metric.Instrument, monitor.Spec.Name, series.Segment, sample.Window, sample.LabelValue);

    private readonly record struct Key(string Instrument, string Monitor, string Segment, string? Window, string? Label);
}
