using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Readings;
using DriftMonitor.Live;

namespace DriftMonitor.Http;

/// <summary>The series that a query selects, sorted, and the part of them that one page shows.</summary>
internal sealed class SeriesList
{
    /// <summary>How many series a page shows.</summary>
    public const int PageLength = 20;

    private const int FirstOfMonitor = 5; // before the others, so that one monitor with many segments does not hide the next

    private SeriesList(IReadOnlyList<ListedSeries> all, int page)
    {
        Count = all.Count;
        Pages = Math.Max(1, (all.Count + PageLength - 1) / PageLength);
        Page = Math.Clamp(page, 1, Pages);
        Shown = [.. all.Skip((Page - 1) * PageLength).Take(PageLength)];
    }

    /// <summary>How many series there are on all pages.</summary>
    public int Count { get; }

    /// <summary>How many pages there are, at least 1.</summary>
    public int Pages { get; }

    /// <summary>The page, from 1 on; the last one if the query's is beyond it.</summary>
    public int Page { get; }

    /// <summary>The series of the page.</summary>
    public IReadOnlyList<ListedSeries> Shown { get; }

    /// <summary>The series of a snapshot.</summary>
    /// <param name="selected">The snapshot with the series that the query is about.</param>
    /// <param name="query">Order and page.</param>
    public static SeriesList Of(Snapshot selected, PageQuery query) => new([.. Sort(selected, query.Order)], query.Page);

    /// <summary>A monitor's series: firing ones first, then by how far the divergence is above noise.</summary>
    public static IEnumerable<SeriesSnapshot> MostDrifted(MonitorSnapshot monitor) => monitor.Series.Count == 1 ? monitor.Series
        : monitor.Series.OrderByDescending(series => series.Alert?.State ?? AlertState.Inactive)
            .ThenByDescending(series => Largest(series, measurement => measurement.ExcessNats))
            .ThenBy(series => series.Segment, StringComparer.Ordinal);

    private static IEnumerable<ListedSeries> Sort(Snapshot snapshot, SeriesOrder order)
    {
        // The order of equals is that of the monitors as configured, and the most drifted of each first.
        var all =
            from monitor in snapshot.Monitors.Index()
            from series in MostDrifted(monitor.Item).Index()
            select (Rank: series.Index, Listed: new ListedSeries(monitor.Index, monitor.Item, series.Item));
        return (order switch
        {
            SeriesOrder.ReturnPeriod => all.OrderByDescending(one => Largest(one.Listed.Series, reading => reading.ReturnPeriodSeconds)),
            SeriesOrder.Divergence => all.OrderByDescending(one => Largest(one.Listed.Series, reading => reading.KlNats)),
            SeriesOrder.Events => all.OrderByDescending(one => one.Listed.Series.Readings.Max(reading => reading.Events)),
            SeriesOrder.Name => all.OrderBy(one => one.Listed.Monitor.Spec.Name, StringComparer.OrdinalIgnoreCase)
                .ThenBy(one => one.Listed.Place)
                .ThenBy(one => one.Listed.Series.Segment, StringComparer.OrdinalIgnoreCase),
            _ => all.OrderByDescending(one => one.Listed.Series.Alert?.State ?? AlertState.Inactive)
                .ThenBy(one => one.Rank < FirstOfMonitor ? 0 : 1),
        }).Select(one => one.Listed);
    }

    // Below all others where no window has it.
    private static double Largest(SeriesSnapshot series, Func<Measurement, double?> of) =>
        series.Readings.Max(reading => reading.Measurement is { } measurement ? of(measurement) : null) ?? double.NegativeInfinity;
}
