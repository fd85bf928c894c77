using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;

namespace DriftMonitor.Reports;

/// <summary>Keeps the readings of all segments at the last pane end in the range of a replay, with their histograms.</summary>
/// <param name="range">The pane ends that count.</param>
internal sealed class SegmentRecorder(Period range) : IReportSink
{
    private readonly Dictionary<string, (EventTime Time, IReadOnlyList<Recorded> Series)> _last = []; // by monitor

    /// <summary>The last pane end in the range; null if none is.</summary>
    public EventTime? TimeOf(FieldMonitor monitor) => _last.TryGetValue(monitor.Spec.Name, out var last) ? last.Time : null;

    /// <summary>What distinguishes the segments of a monitor in one of its windows, by descending excess.</summary>
    public IReadOnlyList<SegmentProfile> Rank(FieldMonitor monitor, int window) =>
        !_last.TryGetValue(monitor.Spec.Name, out var last)
            ? []
            : SegmentProfile.Rank(last.Series.Select(one => (one.Segment, one.Readings[window], (WindowHistogram?)one.Histograms[window])));

    /// <inheritdoc/>
    public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports)
    {
        var of = monitor.Monitor;
        if (of.IsSegmented && reports.Count > 0 && reports[0].Time >= range.From && reports[0].Time < range.To)
        {
            // Panes without events may close in one step, beyond the range: the windows are then empty at the end of each.
            var until = reports[0].Until is { } end && end < range.To ? end : reports[0].Time;
            _last[of.Spec.Name] = (until, [.. reports.Select(report => Record(of, report, until))]);
        }
    }

    // A series that has ended with the pane is no longer there; its windows are empty.
    private static Recorded Record(FieldMonitor monitor, SeriesReport report, EventTime until)
    {
        var readings = until == report.Time ? report.Readings : report.LastReadings;
        var series = monitor.Find(report.Segment);
        var histograms = monitor.Spec.Windows.Select((_, window) =>
            series?.Histogram(window) ?? new WindowHistogram(monitor.Binning, reference: null, new long[monitor.Binning.Count]));
        return new Recorded(report.Segment, readings, [.. histograms]);
    }

    private sealed record Recorded(string Segment, IReadOnlyList<Reading> Readings, IReadOnlyList<WindowHistogram> Histograms);
}
