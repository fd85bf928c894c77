using DriftMonitor.Live;
using DriftMonitor.Wording;

namespace DriftMonitor.Http;

/// <summary>The part of the page that says what keeps its numbers from being up to date.</summary>
internal static class Notices
{
    private const int MostFailures = 3;

    /// <summary>Writes the notices; nothing if all is well.</summary>
    public static void Write(Html html, Snapshot snapshot, HealthReport health)
    {
        WriteSource(html, snapshot);
        WriteFailures(html, health);
    }

    private static void WriteSource(Html html, Snapshot snapshot)
    {
        if (snapshot.Trouble is { } trouble)
        {
            html.Write($"""<p class="notice trouble" role="alert"><b>No events are coming in.</b> {trouble}</p>{'\n'}""");
        }
        else if (snapshot.Topics.FirstOrDefault(topic => topic.Progress.Count == 0) is { } unknown)
        {
            html.Write($"""<p class="notice" role="status">Asking for the partitions of topic {unknown.Topic}.</p>{'\n'}""");
        }
        else if (!snapshot.IsCaughtUp)
        {
            html.Write($"""
                <p class="notice" role="status">Catching up: the numbers are old until every partition has been read to its end.</p>

                """);
        }
    }

    // What the notice above does not say.
    private static void WriteFailures(Html html, HealthReport health)
    {
        var failed = health.Failed.Where(check => check.Name is not ("source" or "partitions" or "caught_up")).ToList();
        foreach (var check in failed.Take(MostFailures))
        {
            html.Write($"""<p class="notice trouble" role="alert"><b>Not ready.</b> {check.Name}: {check.Reason}</p>{'\n'}""");
        }

        if (failed.Count > MostFailures)
        {
            html.Write($"""<p class="notice trouble" role="alert"><a href="healthz/ready?verbose">""");
            html.Write($"{Phrases.GroupedCount(failed.Count - MostFailures, "more check")} failed</a></p>\n");
        }
    }
}
