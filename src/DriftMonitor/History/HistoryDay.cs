using DriftMonitor.Core.Time;

namespace DriftMonitor.History;

/// <summary>The samples of a day (UTC), in the order in which they are written: by metric, by labels, by time.</summary>
/// <param name="date">The day.</param>
internal sealed class HistoryDay(DateOnly date)
{
    private readonly Dictionary<HistorySeries, List<HistorySample>> _series = new(ReferenceEqualityComparer.Instance);

    /// <summary>The day.</summary>
    public DateOnly Date { get; } = date;

    /// <summary>How many samples it has.</summary>
    public long Samples { get; private set; }

    /// <summary>The day of a moment.</summary>
    public static DateOnly Of(EventTime time) => DateOnly.FromDateTime(time.ToDateTimeOffset().UtcDateTime);

    /// <summary>Adds a sample; one whose series has a sample of that time is dropped.</summary>
    /// <param name="series">Its series.</param>
    /// <param name="time">Its time, not before that of the sample of the series before.</param>
    /// <param name="value">The value.</param>
    public void Add(HistorySeries series, EventTime time, double value)
    {
        if (!_series.TryGetValue(series, out var samples))
        {
            _series[series] = samples = [];
        }

        // Two segments have the same label if they differ in what no label can hold, such as NUL.
        if (samples.Count > 0 && samples[^1].Milliseconds >= time.Milliseconds)
        {
            return;
        }

        samples.Add(new HistorySample(time.Milliseconds, value));
        Samples++;
    }

    /// <summary>The series with their samples, by metric and by labels.</summary>
    public IEnumerable<(HistorySeries Series, IReadOnlyList<HistorySample> Samples)> InOrder() =>
        _series.OrderBy(series => series.Key.Family.Name, StringComparer.Ordinal)
            .ThenBy(series => series.Key.Labels)
            .Select(series => (series.Key, (IReadOnlyList<HistorySample>)series.Value));
}
