using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;
using DriftMonitor.Wording;

namespace DriftMonitor.Live;

/// <summary>Collects when alerts fired, and whether they could.</summary>
/// <param name="range">The pane ends that count.</param>
/// <param name="most">How many are kept.</param>
/// <param name="keepsNewest">Whether the newest are kept, and not the first.</param>
internal sealed class AlertEpisodes(Period range, int most = AlertEpisodes.MostOfReplay, bool keepsNewest = false) : IReportSink
{
    /// <summary>How many a replay keeps; beyond these, they are counted.</summary>
    public const int MostOfReplay = 10_000;

    private const int NamedBins = 3;
    private const int MostOfService = 1000;

    private readonly Dictionary<(string Monitor, string Segment), AlertEpisode> _open = [];
    private readonly List<AlertEpisode> _all = [];
    private readonly HashSet<string> _judged = [];
    private IReadOnlyList<AlertEpisode> _published = [];
    private bool _hasChanged;

    /// <summary>The episodes that lie at least partly in the range, in the order of their first pane in it.</summary>
    public IReadOnlyList<AlertEpisode> All => _all;

    /// <summary>How many more there are.</summary>
    public long Omitted { get; private set; }

    /// <summary>Those of the service: the newest, of any time.</summary>
    /// <param name="earlier">Those of earlier processes, the oldest first.</param>
    public static AlertEpisodes OfService(IReadOnlyList<AlertEpisode> earlier)
    {
        var episodes = new AlertEpisodes(new Period(EventTime.Earliest, new EventTime(long.MaxValue)), MostOfService, keepsNewest: true);
        foreach (var episode in earlier)
        {
            episodes.Keep(episode);
            if (episode.To is null)
            {
                episodes._open[(episode.Monitor, episode.Segment)] = episode;
            }
        }

        return episodes;
    }

    /// <summary>The episodes as they are now: the same list until one changes.</summary>
    public IReadOnlyList<AlertEpisode> Published()
    {
        if (_hasChanged)
        {
            (_published, _hasChanged) = ([.. _all.Select(episode => episode with { })], false);
        }

        return _published;
    }

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
                _hasChanged = true;
            }

            return;
        }

        // One of an earlier process may have ended without its telling.
        if (_open.TryGetValue(key, out var episode) && episode.From != alert.Since!.Value)
        {
            episode.To = alert.Since;
            episode = null;
        }

        _hasChanged = true;
        if (episode is null)
        {
            _open[key] = episode = new AlertEpisode(key.Name, key.Segment, alert.Since!.Value);
            Keep(episode);
        }

        Measure(monitor, report, episode);
    }

    private void Keep(AlertEpisode episode)
    {
        _hasChanged = true;
        if (_all.Count < most || keepsNewest)
        {
            _all.Add(episode);
        }
        else
        {
            Omitted++;
        }

        if (_all.Count > most)
        {
            _all.RemoveAt(0);
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
