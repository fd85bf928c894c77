using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Readings;
using DriftMonitor.Live;
using DriftMonitor.Wording;

namespace DriftMonitor.Http;

/// <summary>The part of the page with the list of series: each with its alert, its readings and their curves.</summary>
internal static class SeriesTable
{
    /// <summary>Writes the list.</summary>
    /// <param name="html">The page.</param>
    /// <param name="alerts">Past alerts, which are drawn behind the curves.</param>
    /// <param name="list">The series.</param>
    /// <param name="query">The query that the links go on from.</param>
    public static void Write(Html html, IReadOnlyList<AlertEpisode> alerts, SeriesList list, PageQuery query)
    {
        html.Write($"""
            <section id="list" aria-labelledby="series">
            <h2 id="series">Series</h2>

            """);
        if (list.Count > 1)
        {
            WriteOrders(html, query);
        }

        html.Write($"""
            <table class="series">
            <thead><tr>
            <th scope="col">Window</th>
            <th scope="col" class="number">KL <small>nats</small></th>
            <th scope="col" class="number">Noise</th>
            <th scope="col" class="number">Events</th>
            <th scope="col" class="number">Once in</th>
            </tr></thead>

            """);
        var curves = list.Shown.GroupBy(listed => listed.Place).ToDictionary(shown => shown.Key, shown =>
        {
            var spec = shown.First().Monitor.Spec;
            return new MonitorCurves(
                spec, [.. shown.Select(listed => listed.Series)], alerts.Where(alert => alert.Monitor == spec.Name));
        });
        foreach (var listed in list.Shown)
        {
            Write(html, listed, curves[listed.Place]);
        }

        html.Write($"</table>\n");
        if (list.Pages > 1)
        {
            WritePages(html, list, query);
        }

        html.Write($"""
            <p class="soft">Curves show KL, with noise as a grey band and alerts in red.
            All curves of a monitor have the same scale, in nats, and the same times.</p>
            </section>

            """);
    }

    private static void WriteOrders(Html html, PageQuery query)
    {
        html.Write($"""<nav class="orders" aria-label="Order of the series">Sorted by{'\n'}""");
        foreach (var (order, _, label) in SeriesOrderNames.All)
        {
            var current = order == query.Order ? " aria-current=\"true\"" : "";
            html.Write($"""<a href="{(query with { Order = order, Page = 1 }).Address}""");
            html.WriteMarkup($"\"{current}>");
            html.Write($"{label}</a>\n");
        }

        html.Write($"</nav>\n");
    }

    private static void WritePages(Html html, SeriesList list, PageQuery query)
    {
        var first = (list.Page - 1) * SeriesList.PageLength + 1;
        html.Write($"""<nav class="pages" aria-label="Pages of the list">{first:N0} to {first + list.Shown.Count - 1:N0} """);
        html.Write($"of {Phrases.GroupedCount(list.Count, "series", "series")}\n");
        Link(1, "first", list.Page > 2);
        Link(list.Page - 1, "previous", list.Page > 1);
        Link(list.Page + 1, "next", list.Page < list.Pages);
        Link(list.Pages, "last", list.Page < list.Pages - 1);
        html.Write($"</nav>\n");

        void Link(int page, string label, bool exists)
        {
            if (exists)
            {
                html.Write($"""<a href="{(query with { Page = page }).Address}">{label}</a>{'\n'}""");
            }
        }
    }

    private static void Write(Html html, ListedSeries listed, MonitorCurves curves)
    {
        var (place, monitor, series) = listed;
        html.Write($"""<tbody data-key="{monitor.Spec.Name}/{series.Segment}">""");
        html.Write($"""<tr class="head"><th colspan="5" scope="rowgroup"><div>""");
        html.Write($"""<a class="name" href="#monitor-{place}">{monitor.Spec.Name}</a>""");
        if (monitor.IsSegmented)
        {
            html.Write($""" <a class="segment" href="{PageQuery.AddressOf(monitor.Spec.Name, series.Segment)}">""");
            html.Write($"{AlertText.NameOf(series.Segment)}</a>");
        }

        WriteBadge(html, monitor, series);
        html.Write($"</div></th></tr>\n");
        for (var window = 0; window < series.Readings.Count; window++)
        {
            WriteReading(html, monitor, series, window);
        }

        html.Write($"""<tr><td colspan="5"><div class="curves">{'\n'}""");
        curves.Write(html, series);
        html.Write($"</div></td></tr></tbody>\n");
    }

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
            html.WriteTime(since);
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

        html.Write($"</tr>\n");
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
}
