using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;

namespace DriftMonitor.Reports;

/// <summary>Collects the divergences of each series in the range of a replay, for charts.</summary>
/// <param name="range">The pane ends that count.</param>
internal sealed class CurveRecorder(Period range) : IReportSink
{
    private readonly Dictionary<(string Monitor, string Segment), SeriesCurves> _curves = [];

    /// <summary>The series of a monitor that had a reading, in the order of their names.</summary>
    public IReadOnlyList<SeriesCurves> Of(string monitor) =>
        [.. _curves.Values.Where(series => series.Monitor.Name == monitor).OrderBy(series => series.Segment, StringComparer.Ordinal)];

    /// <summary>The first and the last time with a reading, of all series; null where there was none.</summary>
    public Period? Covered { get; private set; }

    /// <inheritdoc/>
    public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports)
    {
        foreach (var report in reports)
        {
            if (report.Time >= range.From && report.Time < range.To)
            {
                Add(monitor.Monitor.Spec, report);
            }
        }
    }

    private void Add(MonitorSpec spec, SeriesReport report)
    {
        for (var window = 0; window < report.Readings.Count; window++)
        {
            if (report.Readings[window].Measurement is not { } measurement)
            {
                continue;
            }

            var key = (spec.Name, report.Segment);
            if (!_curves.TryGetValue(key, out var curves))
            {
                _curves[key] = curves = new SeriesCurves(spec, report.Segment, [.. spec.Windows.Select(_ => new Curve(spec.Pane))]);
            }

            curves.Windows[window].Add(report.Time, measurement);
            Covered = Covered is { } covered
                ? new Period(report.Time < covered.From ? report.Time : covered.From, report.Time > covered.To ? report.Time : covered.To)
                : new Period(report.Time, report.Time);
        }
    }
}
