using DriftMonitor.Live;
using DriftMonitor.Streaming;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;

namespace DriftMonitor.Reports;

/// <summary>A chart of each series for a terminal: those with alerts first, and of each the window that its alerts were about.</summary>
/// <param name="screen">Where to write them.</param>
/// <param name="bindings">The monitors, in their configured order.</param>
internal sealed class TerminalCharts(Screen screen, IReadOnlyList<MonitorBinding> bindings)
{
    private const int Most = 8; // of a monitor

    /// <summary>Writes the charts.</summary>
    /// <param name="curves">The readings.</param>
    /// <param name="episodes">The alerts.</param>
    public void Write(CurveRecorder curves, AlertEpisodes episodes)
    {
        if (curves.Covered is not { } covered || covered.Length <= TimeSpan.Zero)
        {
            return;
        }

        var fired = episodes.All.ToLookup(episode => (episode.Monitor, episode.Segment));
        var chart = new TerminalChart(screen, covered);
        foreach (var monitor in bindings.Select(binding => binding.Monitor))
        {
            var all = curves.Of(monitor.Spec.Name);
            var shown = all.OrderByDescending(series => fired[(series.Monitor.Name, series.Segment)].Count())
                .ThenByDescending(series => series.HighestExcess).ThenBy(series => series.Segment, StringComparer.Ordinal)
                .Take(Most).ToList();
            foreach (var series in shown)
            {
                var alerts = fired[(series.Monitor.Name, series.Segment)].ToList();
                var window = WindowOf(series, alerts);
                chart.Write(
                    $"{Screen.Plain(AlertText.NameOf(monitor, series.Segment), screen.Width / 2)}: "
                        + $"KL in nats over {series.Monitor.Windows[window].Label}",
                    series.Windows[window].Points,
                    series.Monitor.Pane.Length,
                    alerts);
            }

            if (shown.Count > 0)
            {
                chart.WriteAxis();
            }

            if (all.Count > shown.Count)
            {
                var more = Phrases.Count(all.Count - shown.Count, "more segment");
                screen.WriteLine(
                    $"{Screen.Plain(monitor.Spec.Name, screen.Width / 2)}: {more} not shown; --report FILE.html has more",
                    isAside: true);
            }
        }
    }

    // The longest window is the least noisy one.
    private static int WindowOf(SeriesCurves series, List<AlertEpisode> alerts)
    {
        var peak = alerts.Where(alert => alert.PeakNats is not null).CountBy(alert => alert.PeakWindow)
            .OrderByDescending(window => window.Value).Select(window => window.Key).FirstOrDefault();
        var windows = series.Monitor.Windows;
        return Enumerable.Range(0, windows.Count).Where(window => windows[window].Label == peak)
            .Append(Enumerable.Range(0, windows.Count)
                .MaxBy(window => series.Windows[window].Peak is null ? TimeSpan.Zero : windows[window].Length))
            .First();
    }
}
