using DriftMonitor.Core.Alerts;
using DriftMonitor.Live;
using DriftMonitor.Metrics;

namespace DriftMonitor.Http;

/// <summary>The page at <c>/</c>: which series diverge, by how much more than chance, since when, and which bins moved.</summary>
/// <remarks>
/// The whole page is rendered here, from one snapshot; page.js only fetches it again and changes what differs in <c>main</c>.
/// </remarks>
internal static class Page
{
    /// <summary>The page for a snapshot.</summary>
    /// <param name="all">The snapshot.</param>
    /// <param name="health">Whether the service is ready.</param>
    /// <param name="build">What renders it.</param>
    /// <param name="query">Which series are shown.</param>
    public static Html Render(Snapshot all, HealthReport health, BuildInfo build, PageQuery query)
    {
        var firing = all.Monitors.Sum(monitor => monitor.Series.Count(series => series.Alert?.State == AlertState.Firing));
        var snapshot = query.Select(all) ?? all with { Monitors = [] };
        var list = SeriesList.Of(snapshot, query);
        var html = new Html();
        html.Write($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{(firing > 0 ? $"({firing} firing) " : "")}{BuildInfo.Product}</title>
            <link rel="icon" type="image/svg+xml" href="icon.svg">
            <link rel="stylesheet" href="page.css">
            <script src="page.js" defer></script>
            <noscript><meta http-equiv="refresh" content="10"></noscript>
            </head>
            <body>
            <header>
            <h1>{BuildInfo.Product} <small>{build.Version}</small></h1>
            <nav aria-label="Endpoints">
            <a href="metrics">Metrics</a> <a href="api/monitors">API</a> <a href="healthz/ready?verbose">Health</a>
            </nav>

            """);
        WriteSearch(html, query);
        html.Write($"""
            </header>
            <p id="unreachable" role="status" hidden></p>
            <main>

            """);
        Notices.Write(html, snapshot, health);
        Overview.Write(html, all, list, firing, query);
        SeriesTable.Write(html, all.Alerts, list, query);
        foreach (var shown in list.Shown.GroupBy(series => series.Place).OrderBy(monitor => monitor.Key))
        {
            MonitorSection.Write(html, all.Alerts, snapshot.Monitors[shown.Key], shown.Key, query);
        }

        TopicTable.Write(html, snapshot);
        html.Write($"""
            </main>
            <footer>
            <p><b>KL</b> is the Kullback-Leibler divergence D(current‖reference) in nats: 0 when a window is distributed as its reference.
            <b>Noise</b> is the KL that chance alone shows on average at this sample size; a KL near it means nothing.
            <b>Once in</b> is how seldom the reference itself shows such a KL.
            <b>Moved</b> is a bin's part of the KL in nats, p ln(p/q) − p + q, with its share p now and q in the reference:
            it is never negative, and the parts of all bins add up to the KL.
            Times are event times in UTC; the last event of a topic has the time of its record.</p>
            </footer>
            </body>
            </html>

            """);
        return html;
    }

    private static void WriteSearch(Html html, PageQuery query)
    {
        html.Write($"""
            <form role="search">
            <input type="search" name="q" value="{query.Search}" maxlength="100" placeholder="Monitor or segment"
            aria-label="Find series by the name of a monitor or segment">

            """);
        if (query.Order != SeriesOrder.Alert)
        {
            html.Write($"""<input type="hidden" name="sort" value="{SeriesOrderNames.WordOf(query.Order)}">{'\n'}""");
        }

        html.Write($"<button>Find</button>\n</form>\n");
    }
}
