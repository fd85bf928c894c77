using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Commands;

/// <summary>What of reports lies in the range of a replay.</summary>
internal static class ReplayRange
{
    /// <summary>The reports of one step, cut to the range: a run of empty panes may lie partly in it.</summary>
    /// <param name="reports">The reports, of the same panes; at least one.</param>
    /// <param name="range">The pane ends that count.</param>
    /// <param name="grid">The monitor's panes.</param>
    /// <returns>The reports, or none if no pane end lies in the range.</returns>
    public static IReadOnlyList<SeriesReport> Clip(IReadOnlyList<SeriesReport> reports, Period range, PaneGrid grid)
    {
        var (first, last) = (reports[0].Time, reports[0].Until ?? reports[0].Time);
        if (first >= range.From && last < range.To)
        {
            return reports;
        }

        var from = first >= range.From ? first : grid.FirstEndFrom(range.From);
        var to = last < range.To ? last : grid.FirstEndFrom(range.To) - grid.Length;
        return from > to ? [] : [.. reports.Select(report => report with
        {
            Time = from,
            Until = to > from ? to : null,
            Readings = At(report.Readings, from),
            LastReadings = At(to == last ? report.LastReadings : report.Readings, to),
        })];
    }

    /// <summary>Whether a pane end lies in the range.</summary>
    public static bool Contains(Period range, EventTime time) => time >= range.From && time < range.To;

    private static IReadOnlyList<Reading> At(IReadOnlyList<Reading> readings, EventTime time) =>
        [.. readings.Select(reading => reading with { Time = time })];
}
