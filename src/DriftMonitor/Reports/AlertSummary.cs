using DriftMonitor.Live;
using DriftMonitor.Streaming;
using DriftMonitor.Wording;

namespace DriftMonitor.Reports;

/// <summary>The alerts of a replay for people, series by series.</summary>
/// <param name="output">Where to write them.</param>
/// <param name="bindings">The monitors, in their configured order.</param>
internal sealed class AlertSummary(TextWriter output, IReadOnlyList<MonitorBinding> bindings)
{
    private const int MostOfASeries = 20; // shown; the others are counted
    private const int WidestSegment = 40;

    /// <summary>Writes the alerts; nothing if no monitor has one.</summary>
    public void Write(AlertEpisodes episodes)
    {
        var judged = bindings.Where(binding => binding.Monitor.Spec.Rule is not null).ToList();
        if (judged.Count == 0)
        {
            return;
        }

        var bySeries = episodes.All.ToLookup(episode => (episode.Monitor, episode.Segment));
        foreach (var monitor in judged.Select(binding => binding.Monitor))
        {
            var name = Screen(monitor.Spec.Name);
            var fired = bySeries.Where(series => series.Key.Monitor == monitor.Spec.Name)
                .OrderBy(series => series.Key.Segment, StringComparer.Ordinal).ToList();
            if (fired.Count == 0)
            {
                output.WriteLine($"{name}: no alert");
            }

            foreach (var series in fired)
            {
                var title = monitor.IsSegmented ? $"{name}, {Screen(AlertText.NameOf(series.Key.Segment))}" : name;
                output.WriteLine($"{title}: {Phrases.Count(series.Count(), "alert")}");
                foreach (var episode in series.Take(MostOfASeries))
                {
                    output.WriteLine($"  {(episode with { Moved = [.. episode.Moved.Select(Screen)] }).Describe()}");
                }

                if (series.Count() > MostOfASeries)
                {
                    output.WriteLine($"  and {series.Count() - MostOfASeries} more");
                }
            }
        }

        if (episodes.Omitted > 0)
        {
            output.WriteLine($"and {Phrases.Count(episodes.Omitted, "alert")} after these");
        }
    }

    private static string Screen(string text) => Terminal.Screen.Plain(text, 2 * WidestSegment);
}
