using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;
using DriftMonitor.Live;
using DriftMonitor.Metrics;
using DriftMonitor.Wording;

namespace DriftMonitor.Http;

/// <summary>The page at <c>/</c>: which series diverge, by how much more than chance, since when, and which bins moved.</summary>
/// <remarks>
/// The whole page is rendered here, from one snapshot; page.js only fetches it again and replaces what changed, by direct children of
/// <c>main</c>.
/// </remarks>
internal static class Page
{
    private const int MovedBins = 3;
    private const int MovedBinsOfOne = 10; // on a series' own page
    private const int MostSeries = 12; // per monitor
    private const int MostFound = 100; // per monitor, of a search
    private const int MostAlerts = 5; // past ones, per monitor
    private const int MostAlertsOfOne = 50; // of one series
    private const int MostNotices = 3; // of failed checks

    /// <summary>The page for a snapshot.</summary>
    /// <param name="all">The snapshot.</param>
    /// <param name="health">Whether the service is ready.</param>
    /// <param name="build">What renders it.</param>
    /// <param name="query">Which series are shown.</param>
    public static Html Render(Snapshot all, HealthReport health, BuildInfo build, PageQuery query)
    {
        var firing = all.Monitors.Sum(monitor => monitor.Series.Count(series => series.Alert?.State == AlertState.Firing));
        var snapshot = query.Select(all) ?? all with { Monitors = [] };
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
            <form role="search">
            <input type="search" name="q" value="{query.Search}" maxlength="100" placeholder="Monitor or segment"
            aria-label="Find series by the name of a monitor or segment"> <button>Find</button>
            </form>
            </header>
            <p id="unreachable" role="status" hidden></p>
            <main>

            """);
        WriteNotice(html, snapshot);
        WriteFailures(html, health);
        WriteOverview(html, all, snapshot, firing, query);
        WriteAllSeries(html, snapshot, query);
        foreach (var (index, monitor) in snapshot.Monitors.Index())
        {
            WriteMonitor(html, snapshot, monitor, index, query);
        }

        WriteTopics(html, snapshot);
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

    private static void WriteNotice(Html html, Snapshot snapshot)
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
        foreach (var check in failed.Take(MostNotices))
        {
            html.Write($"""<p class="notice trouble" role="alert"><b>Not ready.</b> {check.Name}: {check.Reason}</p>{'\n'}""");
        }

        if (failed.Count > MostNotices)
        {
            html.Write($"""<p class="notice trouble" role="alert"><a href="healthz/ready?verbose">""");
            html.Write($"{Phrases.GroupedCount(failed.Count - MostNotices, "more check")} failed</a></p>\n");
        }
    }

    private static void WriteOverview(Html html, Snapshot all, Snapshot shown, int firing, PageQuery query)
    {
        var series = all.Monitors.Sum(monitor => monitor.Series.Count);
        html.Write($"""<p class="overview"><b>{firing:N0} of {Phrases.GroupedCount(series, "series", "series")}</b> """);
        html.Write($"{(firing == 1 ? "has" : "have")} drifted");
        if (query.IsOfOne)
        {
            var name = query.Segment.Length > 0 ? $"{query.Monitor}, {query.Segment}" : query.Monitor;
            html.Write($"; {(shown.Monitors.Count > 0 ? "shown" : "there is no series of this name")}: {name}");
        }
        else if (query.Search.Length > 0)
        {
            var found = shown.Monitors.Sum(monitor => monitor.Series.Count);
            html.Write($"; {Phrases.GroupedCount(found, "series", "series")} found with “{query.Search}” in the name");
        }

        if (query != PageQuery.All)
        {
            html.Write($""" – <a href="./">show all</a>""");
        }

        html.Write($"</p>\n");
    }

    private static void WriteAllSeries(Html html, Snapshot snapshot, PageQuery query)
    {
        var most = query.Search.Length > 0 ? MostFound : MostSeries;
        html.Write($"""
            <section aria-labelledby="series">
            <h2 id="series">Series</h2>
            <table class="series">
            <thead><tr>
            <th scope="col">Window</th>
            <th scope="col" class="number">KL <small>nats</small></th>
            <th scope="col" class="number">Noise</th>
            <th scope="col" class="number">Events</th>
            <th scope="col" class="number">Once in</th>
            <th scope="col" class="curve">History of KL</th>
            </tr></thead>

            """);
        foreach (var (index, monitor) in snapshot.Monitors.Index())
        {
            foreach (var series in MostDrifted(monitor).Take(most))
            {
                html.Write($"""<tbody><tr class="head"><th colspan="6" scope="rowgroup"><div>""");
                html.Write($"""<a class="name" href="#monitor-{index}">{monitor.Spec.Name}</a>""");
                if (monitor.IsSegmented)
                {
                    html.Write($""" <a class="segment" href="{PageQuery.AddressOf(monitor.Spec.Name, series.Segment)}">""");
                    html.Write($"{AlertText.NameOf(series.Segment)}</a>");
                }

                WriteBadge(html, monitor, series);
                html.Write($"</div></th></tr>\n");
                for (var w = 0; w < series.Readings.Count; w++)
                {
                    WriteReading(html, monitor, series, w);
                }

                html.Write($"</tbody>\n");
            }

            if (monitor.Series.Count > most)
            {
                var more = Phrases.GroupedCount(monitor.Series.Count - most, "more segment", "more segments");
                html.Write($"""<tbody><tr><td colspan="6" class="soft">{more} of {monitor.Spec.Name}, none further from its reference: """);
                html.Write($"""<a href="api/monitors/{Uri.EscapeDataString(monitor.Spec.Name)}">all of them</a></td></tr></tbody>{'\n'}""");
            }
        }

        html.Write($"</table>\n</section>\n");
    }

    // Firing series first, then by how far the divergence is above noise: readers look for trouble, which a page of hundreds would hide.
    private static IEnumerable<SeriesSnapshot> MostDrifted(MonitorSnapshot monitor) => monitor.Series.Count == 1 ? monitor.Series
        : monitor.Series.OrderByDescending(series => series.Alert?.State ?? AlertState.Inactive)
            .ThenByDescending(series => series.Readings.Max(reading => reading.Measurement?.ExcessNats ?? -1))
            .ThenBy(series => series.Segment, StringComparer.Ordinal);

    private static void WriteBadge(Html html, MonitorSnapshot monitor, SeriesSnapshot series)
    {
        var alert = series.Alert;
        if (alert is null)
        {
            var why = series.IsKnown ? "no alert set" : "not in the reference";
            html.Write($""" <span class="alert"><span class="badge none">{why}</span></span>""");
            return;
        }

        var state = AlertStateNames.Of(alert.State);
        html.Write($""" <span class="alert"><span class="badge {state}">{state}</span>""");
        if (alert.Since is { } since)
        {
            html.Write($" <small>since ");
            WriteTime(html, since);
            html.Write($"</small>");
        }
        else if (series.IsCalibrating && monitor.Spec.Rule is FalseAlarmRate)
        {
            html.Write($" <small>still calibrating: no alarm yet</small>");
        }

        html.Write($"</span>");
    }

    private static void WriteReading(Html html, MonitorSnapshot monitor, SeriesSnapshot series, int window)
    {
        var reading = series.Readings[window];
        var threshold = monitor.Spec.Rule is FixedThreshold configured && configured.Window == window ? configured : null;
        html.Write($"""<tr><th scope="row">{reading.Window.Label}</th>""");
        if (reading.Measurement is { } measurement)
        {
            var level = threshold is null ? ""
                : measurement.KlNats > threshold.FireAboveNats ? "above"
                : measurement.KlNats > threshold.ResolveBelowNats ? "between"
                : "";
            html.Write($"""<td class="number kl {level}">{Figures.Nats(measurement.KlNats)}</td>""");
            html.Write($"""<td class="number soft">{Figures.Nats(measurement.NoiseNats)}</td>""");
            html.Write($"""<td class="number">{reading.Events:N0}</td>""");
            var period = measurement.ShownReturnPeriodSeconds is { } seconds ? Phrases.ReturnPeriod(seconds) : "";
            period = period.Replace("≥ ", "≥\u00A0", StringComparison.Ordinal); // a line may be broken before the unit only
            html.Write($"""<td class="number soft period">{period}</td>""");
        }
        else
        {
            html.Write($"""<td class="number soft" colspan="4">{DescribeUnavailable(monitor, series, window)}</td>""");
        }

        html.Write($"""<td class="curve">""");
        Charts.WriteCurve(html, series.History[window].Span, threshold?.FireAboveNats);
        html.Write($"</td></tr>\n");
    }

    /// <summary>Why a window has no divergence, and how much is missing.</summary>
    private static string DescribeUnavailable(MonitorSnapshot monitor, SeriesSnapshot series, int window)
    {
        var reading = series.Readings[window];
        var spec = monitor.Spec;
        return reading.Unavailable switch
        {
            Unavailable.WindowIncomplete =>
                $"filling: {monitor.ClosedPanes:N0} of {Phrases.GroupedCount(spec.WindowPanes[window], "pane")}, "
                + Phrases.GroupedCount(reading.Events, "event"),
            Unavailable.TooFewEvents when reading.Events >= spec.MinimumEvents =>
                $"too few events to compare with: below {spec.MinimumEvents:N0}",
            Unavailable.TooFewEvents => $"too few events: {reading.Events:N0} of {spec.MinimumEvents:N0}",
            Unavailable.ReferenceNotReady => monitor.ComparedWith is { } other
                ? $"waiting for what it is compared with: {other}"
                : "the reference is not ready",
            _ => $"untrusted: {Figures.Percent(monitor.RejectedShares[window])} of its events were rejected, "
                + $"more than {Figures.Percent(spec.MaxRejected)}",
        };
    }

    private static void WriteMonitor(Html html, Snapshot snapshot, MonitorSnapshot monitor, int index, PageQuery query)
    {
        var spec = monitor.Spec;
        html.Write($"""
            <section class="monitor" aria-labelledby="monitor-{index}">
            <h2 id="monitor-{index}">{spec.Name}</h2>
            <p class="soft">field <b>{monitor.Field}</b> of topic <b>{monitor.Topic}</b>,
            """);
        html.Write($" {(monitor.SegmentBy is { } segmentBy ? $"segments by {segmentBy}, " : "")}");
        html.Write($"a reading every {new Duration(spec.Pane.Length).ToString()}; compared with {monitor.ComparedWith ?? "the reference"}");
        if (monitor.Reference is { } whole)
        {
            html.Write($" of {Phrases.GroupedCount(whole.Events, "event")}");
        }

        if (monitor.Reference?.Period is { } period)
        {
            html.Write($" from ");
            WriteTime(html, period.From);
            html.Write($" to ");
            WriteTime(html, period.To);
        }

        if (monitor.Growth is { } growth)
        {
            WriteGrowth(html, monitor, growth);
        }

        if (spec.Rule is FalseAlarmRate rate)
        {
            var limit = Phrases.Duration(rate.LimitSeconds * spec.Windows.Count);
            html.Write($"; fires at readings that the reference shows at most once in {limit}, ");
            html.Write($"for one false alarm in {new Duration(TimeSpan.FromSeconds(rate.EverySeconds)).ToString()} ");
            html.Write($"over {(rate.SharedBy == 1 ? "this series" : $"the {rate.SharedBy} series that share it")}");
        }
        else if (spec.Rule is FixedThreshold threshold)
        {
            html.Write($"; fires above {Figures.Configured(threshold.FireAboveNats)} nats over {spec.Windows[threshold.Window].Label}, ");
            html.Write($"resolves below {Figures.Configured(threshold.ResolveBelowNats)}");
        }

        html.Write($"</p>\n");
        WriteBins(html, monitor, query);
        WriteAlerts(html, snapshot, monitor, query);
        html.Write($"</section>\n");
    }

    private static void WriteGrowth(Html html, MonitorSnapshot monitor, GrowthSnapshot growth)
    {
        if (monitor.IsSegmented)
        {
            html.Write($", {Phrases.GroupedCount(growth.Events, "event")} in all");
        }

        if (growth.Start is { } start)
        {
            html.Write($"; it began ");
            WriteTime(html, start);
        }

        if (growth.Refitted is { } refitted)
        {
            html.Write($" and was last refitted at ");
            WriteTime(html, refitted);
            html.Write($", next at {growth.NextRefit:N0} panes, {growth.Panes:N0} have closed");
        }
        else
        {
            html.Write($"; {growth.Panes:N0} of the {growth.NextRefit:N0} panes of the warm-up have closed");
        }
    }

    // The newest first.
    private static void WriteAlerts(Html html, Snapshot snapshot, MonitorSnapshot monitor, PageQuery query)
    {
        var alerts = snapshot.Alerts
            .Where(alert => alert.Monitor == monitor.Spec.Name
                && (query == PageQuery.All || monitor.Series.Any(series => series.Segment == alert.Segment))) // those that are shown
            .Reverse().ToList();
        if (alerts.Count == 0)
        {
            return;
        }

        var segment = monitor.IsSegmented ? "<th scope=\"col\">Segment</th>" : "";
        html.Write($"""<table class="alerts"><caption>Alerts, the newest first</caption><thead><tr>""");
        html.WriteMarkup(segment);
        html.Write($"""
            <th scope="col">From</th>
            <th scope="col" class="number">Lasted</th>
            <th scope="col" class="number">Peak KL <small>nats</small></th>
            <th scope="col">Moved most at the peak</th>
            </tr></thead><tbody>

            """);
        var most = query.IsOfOne ? MostAlertsOfOne : MostAlerts;
        foreach (var alert in alerts.Take(most))
        {
            html.Write($"<tr>");
            if (monitor.IsSegmented)
            {
                html.Write($"""<td><a href="{PageQuery.AddressOf(alert.Monitor, alert.Segment)}">""");
                html.Write($"{AlertText.NameOf(alert.Segment)}</a></td>");
            }

            // One that was firing when a process ended, and whose series has begun anew, has no end.
            var isFiring = monitor.Series.Any(series => series.Segment == alert.Segment && series.Alert?.Since == alert.From);
            var lasted = alert.To is { } to ? Phrases.Duration((to - alert.From).TotalSeconds) : isFiring ? "firing" : "–";
            html.Write($"""<td class="when">""");
            WriteTime(html, alert.From);
            html.Write($"""</td><td class="number">{lasted}</td>""");
            var highest = alert.PeakNats is { } peak ? $"{Figures.Nats(peak)} over {alert.PeakWindow}" : "";
            html.Write($"""<td class="number">{highest}</td><td>""");
            foreach (var moved in alert.Moved)
            {
                html.Write($"<div>{moved}</div>");
            }

            html.Write($"</td></tr>\n");
        }

        html.Write($"</tbody></table>\n");
        if (alerts.Count > most)
        {
            html.Write($"""<p class="soft">and {Phrases.GroupedCount(alerts.Count - most, "earlier alert")}</p>{'\n'}""");
        }
    }

    private static void WriteBins(Html html, MonitorSnapshot monitor, PageQuery query)
    {
        var spec = monitor.Spec;
        var series = MostDrifted(monitor).FirstOrDefault();
        if (series?.Histograms is not { } histograms)
        {
            var lateness = spec.AllowedLateness > TimeSpan.Zero ? " and the allowed lateness" : "";
            html.Write($"<p>No pane has closed yet: a pane closes when every partition has an event past its end{lateness}.</p>\n");
            return;
        }

        IEnumerable<int> windows = query.IsOfOne
            ? Enumerable.Range(0, spec.Windows.Count)
            : [AlertText.DecidingWindow(spec, series.Readings)];
        foreach (var window in windows)
        {
            if (series.Readings[window].Events == 0)
            {
                html.Write($"<p>The window of {spec.Windows[window].Label} holds no event.</p>\n");
            }
            else if (histograms[window].Reference is null)
            {
                html.Write($"<p>What the window of {spec.Windows[window].Label} is compared with is not known yet.</p>\n");
            }
            else
            {
                WriteMoved(html, monitor, series, window, histograms[window], query);
            }
        }
    }

    private static void WriteMoved(
        Html html, MonitorSnapshot monitor, SeriesSnapshot series, int window, WindowHistogram histogram, PageQuery query)
    {
        var labels = BinLabels.Of(histogram.Binning);
        var segment = monitor.IsSegmented ? $" in {AlertText.NameOf(series.Segment)}" : "";
        html.Write($"""
            <div class="moved">
            <table>
            <caption>What moved most over {monitor.Spec.Windows[window].Label}{segment}
            """);
        if (!query.IsOfOne)
        {
            html.Write($""" (<a href="{PageQuery.AddressOf(monitor.Spec.Name, series.Segment)}">all windows</a>)""");
        }

        html.Write($"""
            </caption>
            <thead><tr>
            <th scope="col">Bin</th>
            <th scope="col" class="number">Reference</th>
            <th scope="col" class="number">Now</th>
            <th scope="col" class="number" title="The bin's part of the KL; all parts add up to it">Moved <small>nats</small></th>
            </tr></thead>
            <tbody>

            """);
        foreach (var bin in histogram.MovedMost(query.IsOfOne ? MovedBinsOfOne : MovedBins))
        {
            html.Write($"""<tr><th scope="row" title="{labels[bin.Bin]}"><span>{labels[bin.Bin]}</span></th>""");
            html.Write($"""<td class="number soft">{Figures.Percent(bin.ReferenceShare)}</td>""");
            html.Write($"""<td class="number">{Figures.Percent(bin.Share)}</td>""");
            html.Write($"""<td class="number">{Figures.Nats(bin.MovedNats)}</td></tr>{'\n'}""");
        }

        html.Write($"""</tbody></table>{'\n'}<figure>""");
        Charts.WriteHistogram(html, histogram.Reference!, labels, histogram.Counts());
        html.Write($"""
            <figcaption><span class="key reference"></span> reference <span class="key current"></span> now</figcaption></figure>
            </div>

            """);
    }

    private static void WriteTopics(Html html, Snapshot snapshot)
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
                WriteTime(html, last);
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

    private static void WriteTime(Html html, EventTime time)
    {
        var shown = time.ToDateTimeOffset();
        var format = shown.Second == 0 && shown.Millisecond == 0 ? "yyyy-MM-dd HH:mm" : "yyyy-MM-dd HH:mm:ss";
        html.Write($"""<time datetime="{time.ToString()}">{shown.ToString(format, null)}</time>""");
    }
}
