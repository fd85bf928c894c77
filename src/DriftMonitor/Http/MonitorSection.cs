using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Live;
using DriftMonitor.Wording;

namespace DriftMonitor.Http;

/// <summary>The part of the page on one monitor: what it compares, when it fires, which bins moved, and its past alerts.</summary>
internal static class MonitorSection
{
    private const int MovedBins = 3;
    private const int MovedBinsOfOne = 10; // on a series' own page
    private const int MostAlerts = 5; // past ones, per monitor
    private const int MostAlertsOfOne = 50; // of one series

    /// <summary>Writes the section.</summary>
    /// <param name="html">The page.</param>
    /// <param name="alerts">Past alerts of all monitors.</param>
    /// <param name="monitor">The monitor, with the series that the query is about.</param>
    /// <param name="index">Its place among those shown.</param>
    /// <param name="query">The query.</param>
    public static void Write(
        Html html, IReadOnlyList<AlertEpisode> alerts, MonitorSnapshot monitor, int index, PageQuery query)
    {
        var spec = monitor.Spec;
        html.Write($"""
            <section class="monitor" aria-labelledby="monitor-{index}">
            <h2 id="monitor-{index}">{spec.Name}</h2>
            <p class="soft">field <b>{monitor.Field}</b> of topic <b>{monitor.Topic}</b>
            """);
        if (monitor.Join is not null)
        {
            html.Write($" joined with topic <b>{monitor.ReferenceTopic!}</b>");
        }

        html.Write($",");
        html.Write($" {(monitor.SegmentBy is { } segmentBy ? $"segments by {segmentBy}, " : "")}");
        html.Write($"a reading every {new Duration(spec.Pane.Length).ToString()}; compared with {monitor.ComparedWith ?? "the reference"}");
        if (monitor.Reference is { } whole)
        {
            html.Write($" of {Phrases.GroupedCount(whole.Events, "event")}");
        }

        if (monitor.Reference?.Period is { } period)
        {
            html.Write($" from ");
            html.WriteTime(period.From);
            html.Write($" to ");
            html.WriteTime(period.To);
        }

        if (monitor.Growth is { } growth)
        {
            WriteGrowth(html, monitor, growth);
        }

        WriteRule(html, spec);
        html.Write($"</p>\n");
        WriteBins(html, monitor, query);
        WriteAlerts(html, alerts, monitor, query);
        html.Write($"</section>\n");
    }

    private static void WriteRule(Html html, MonitorSpec spec)
    {
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
            html.WriteTime(start);
        }

        if (growth.Refitted is { } refitted)
        {
            html.Write($" and was last refitted at ");
            html.WriteTime(refitted);
            html.Write($", next at {growth.NextRefit:N0} panes, {growth.Panes:N0} have closed");
        }
        else
        {
            html.Write($"; {growth.Panes:N0} of the {growth.NextRefit:N0} panes of the warm-up have closed");
        }
    }

    private static void WriteAlerts(Html html, IReadOnlyList<AlertEpisode> all, MonitorSnapshot monitor, PageQuery query)
    {
        var alerts = all
            .Where(alert => alert.Monitor == monitor.Spec.Name
                && (!query.IsOfSome || monitor.Series.Any(series => series.Segment == alert.Segment))) // those that are shown
            .Reverse().ToList();

        // One that was firing when a process ended, and whose series has begun anew, has no end.
        AlertTable.Write(html, alerts, query.IsOfOne ? MostAlertsOfOne : MostAlerts, new AlertTableText
        {
            Caption = "Alerts, the newest first",
            IsSegmented = monitor.IsSegmented,
            AddressOf = segment => PageQuery.AddressOf(monitor.Spec.Name, segment),
            WithoutEnd = alert =>
                monitor.Series.Any(series => series.Segment == alert.Segment && series.Alert?.Since == alert.From) ? "firing" : "–",
            More = "earlier alert",
        });
    }

    private static void WriteBins(Html html, MonitorSnapshot monitor, PageQuery query)
    {
        var spec = monitor.Spec;
        var series = SeriesList.MostDrifted(monitor).FirstOrDefault();
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
        HistogramChart.Write(html, histogram.Reference!, labels, histogram.Counts());
        var omission = OmissionIn(histogram.Binning);
        html.Write($"""
            <figcaption><span class="key reference"></span> reference <span class="key current"></span> now{omission}</figcaption></figure>
            </div>

            """);
    }

    private static string OmissionIn(FieldBinning binning) =>
        binning is NumericBinning || binning.Regular <= HistogramChart.MostCategories ? ""
        : FormattableString.Invariant($"; the {HistogramChart.MostCategories} of {binning.Regular} bins with the largest shares");
}
