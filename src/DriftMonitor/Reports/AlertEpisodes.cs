using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;
using DriftMonitor.Wording;

namespace DriftMonitor.Reports;

/// <summary>Collects when alerts fired in the range of a replay, and whether they could.</summary>
/// <param name="range">The pane ends that count.</param>
internal sealed class AlertEpisodes(Period range) : IReportSink
{
    private const int NamedBins = 3;
    private const int Most = 10_000; // kept; beyond these, they are counted

    private readonly Dictionary<(string Monitor, string Segment), AlertEpisode> _open = [];
    private readonly List<AlertEpisode> _all = [];
    private readonly HashSet<string> _judged = [];

    /// <summary>The episodes that lie at least partly in the range, in the order of their first pane in it.</summary>
    public IReadOnlyList<AlertEpisode> All => _all;

    /// <summary>How many more there are.</summary>
    public long Omitted { get; private set; }

    /// <summary>Whether an alert fired in the range.</summary>
    public bool HasFired => _all.Count > 0;

    /// <summary>Whether a monitor's alert could have fired in the range: there was a reading to judge.</summary>
    public bool WasJudged(MonitorBinding monitor) => _judged.Contains(monitor.Monitor.Spec.Name);

    /// <inheritdoc/>
    public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports)
    {
        foreach (var report in reports)
        {
            if (report.Alert is { } alert)
            {
                Observe(monitor.Monitor, report, alert);
            }
        }
    }

    private void Observe(FieldMonitor monitor, SeriesReport report, Alert alert)
    {
        var end = report.Until ?? report.Time;
        if (end < range.From || report.Time >= range.To)
        {
            return;
        }

        var key = (monitor.Spec.Name, report.Segment);
        if (!_judged.Contains(key.Name) && monitor.Spec.Rule!.Judge(report.Readings) != Verdict.None)
        {
            _judged.Add(key.Name);
        }

        if (alert.State != AlertState.Firing)
        {
            if (_open.Remove(key, out var ended))
            {
                ended.To = report.Time;
            }

            return;
        }

        if (!_open.TryGetValue(key, out var episode))
        {
            _open[key] = episode = new AlertEpisode(key.Name, key.Segment, alert.Since!.Value);
            Keep(episode);
        }

        Measure(monitor, report, episode);
    }

    private void Keep(AlertEpisode episode)
    {
        if (_all.Count < Most)
        {
            _all.Add(episode);
        }
        else
        {
            Omitted++;
        }
    }

    private static void Measure(FieldMonitor monitor, SeriesReport report, AlertEpisode episode)
    {
        var window = AlertText.DecidingWindow(monitor.Spec, report.Readings);
        if (report.Readings[window].Measurement is not { } measurement)
        {
            return;
        }

        if (measurement.ShownReturnPeriodSeconds is { } period && monitor.Spec.Rule is FalseAlarmRate)
        {
            episode.ReturnPeriodSeconds = Math.Max(period, episode.ReturnPeriodSeconds ?? 0);
        }

        if (!(measurement.KlNats > episode.PeakNats) && episode.PeakNats is not null)
        {
            return;
        }

        // Now, as the series has its next pane's counts when the episode ends.
        var series = monitor.Find(report.Segment)!;
        var histogram = series.Histogram(window);
        (episode.PeakNats, episode.PeakTime, episode.PeakWindow) =
            (measurement.KlNats, report.Time, report.Readings[window].Window.Label);
        episode.Moved =
        [
            .. histogram.MovedMost(NamedBins).Select(bin =>
                $"{histogram.Binning.Label(bin.Bin)} {Figures.Percent(bin.ReferenceShare)} → {Figures.Percent(bin.Share)}"),
        ];
    }
}
