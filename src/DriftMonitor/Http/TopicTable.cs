using DriftMonitor.Live;

namespace DriftMonitor.Http;

/// <summary>The part of the page on topics: their events, what is not yet read of them, and what was rejected.</summary>
internal static class TopicTable
{
    /// <summary>Writes the table.</summary>
    public static void Write(Html html, Snapshot snapshot)
    {
        html.Write($"""
            <section aria-labelledby="topics">
            <h2 id="topics">Topics</h2>
            <table class="topics">
            <thead><tr>
            <th scope="col">Topic</th>
            <th scope="col" class="number">Events</th>
            <th scope="col" class="number">Lag</th>
            <th scope="col">Last event</th>
            </tr></thead>
            <tbody>

            """);
        foreach (var topic in snapshot.Topics)
        {
            html.Write($"""<tr><th scope="row"><span>{topic.Topic}</span></th><td class="number">{topic.Events:N0}</td>""");
            html.Write($"""<td class="number">{Lag(topic)}</td><td>""");
            if (topic.LastEvent is { } last)
            {
                html.WriteTime(last);
            }
            else
            {
                html.Write($"none yet");
            }

            html.Write($"</td></tr>\n");
            var ofMonitors = snapshot.Monitors.Where(monitor => monitor.Rejected.ContainsKey(topic.Topic))
                .SelectMany(monitor => monitor.Rejected[topic.Topic]
                    .Select(entry => $"{entry.Value:N0} {entry.Key} for {monitor.Spec.Name}"));
            var rejected = topic.Rejected.Select(entry => $"{entry.Value:N0} {entry.Key}").Concat(ofMonitors).ToList();
            if (rejected.Count > 0)
            {
                html.Write($"""<tr class="rejected"><td colspan="4">Rejected: {string.Join("; ", rejected)}</td></tr>{'\n'}""");
            }
        }

        html.Write($"</tbody></table>\n</section>\n");
    }

    private static string Lag(TopicSnapshot topic) =>
        topic.Progress.Any(partition => partition.Lag is not null) ? $"{topic.Progress.Sum(partition => partition.Lag ?? 0):N0}" : "–";
}
