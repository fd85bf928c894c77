using System.Text;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;
using DriftMonitor.Http;
using DriftMonitor.Live;
using DriftMonitor.Metrics;
using DriftMonitor.Streaming;
using DriftMonitor.Wording;

namespace DriftMonitor.Reports;

/// <summary>
/// A replay as one HTML page: each series' divergence over time with its alerts. It needs no other file and makes no request, so that it
/// can be attached to a ticket.
/// </summary>
/// <param name="title">What was replayed.</param>
/// <param name="bindings">The monitors, in their configured order.</param>
/// <param name="curves">Their readings.</param>
/// <param name="episodes">Their alerts.</param>
internal sealed class HtmlReport(string title, IReadOnlyList<MonitorBinding> bindings, CurveRecorder curves, AlertEpisodes episodes)
{
    /// <summary>What the head of every report contains: a file with it may be overwritten by another.</summary>
    public const string Mark = """<meta name="generator" content="DriftMonitor replay">""";

    private const int MostSeries = 50; // of a monitor, with charts
    private const int MostAlerts = 200; // of a monitor, in its table
    private const int ChartHeight = 96; // pixels

    /// <summary>Renders the page.</summary>
    /// <param name="totals">What was read.</param>
    /// <param name="build">What rendered it.</param>
    public Html Render(ReplayTotals totals, BuildInfo build)
    {
        var html = new Html();
        var alerts = episodes.All.Count + episodes.Omitted;
        html.Write($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">

            """);
        html.WriteMarkup(Mark + "\n");
        html.Write($"<title>{title}</title>\n<style>\n");
        html.WriteMarkup(Encoding.UTF8.GetString(Asset.Read("page.css")));
        html.Write($"""
            </style>
            </head>
            <body>
            <header><h1>{title} <small>{BuildInfo.Product} {build.Version}</small></h1></header>
            <main>
            <section>
            <p><b>{Phrases.GroupedCount(alerts, "alert")}</b>

            """);
        if (curves.Covered is { } covered)
        {
            html.Write($" between {covered.From.ToString()} and {covered.To.ToString()}");
        }

        html.Write($"</p>\n");
        foreach (var line in totals.Describe(bindings))
        {
            html.Write($"""<p class="soft">{line}</p>{'\n'}""");
        }

        html.Write($"</section>\n");
        foreach (var binding in bindings)
        {
            Write(html, binding);
        }

        html.Write($"""
            </main>
            <footer>
            <p><b>KL</b> is the Kullback-Leibler divergence D(current‖reference) in nats: 0 when a window is distributed as its reference.
            The band is the <b>noise</b>: the KL that chance alone shows on average at this sample size.
            <b>Once in</b> is how seldom the reference itself shows such a KL.
            All curves of a monitor have the same scale, in nats. A point of a curve is the highest reading of its stretch of time.
            Times are event times in UTC.</p>
            </footer>
            </body>
            </html>

            """);
        return html;
    }

    private void Write(Html html, MonitorBinding binding)
    {
        var spec = binding.Monitor.Spec;
        var fired = episodes.All.Where(episode => episode.Monitor == spec.Name).ToList();
        html.Write($"<section>\n<h2>{spec.Name}</h2>\n");
        html.Write($"""<p class="soft">field <b>{binding.Field.ToString()}</b> of topic <b>{binding.Topic}</b>, """);
        html.Write($"a reading every {new Duration(spec.Pane.Length).ToString()}; {DescribeRule(spec)}</p>\n");
        AlertTable.Write(html, fired, MostAlerts, new AlertTableText
        {
            IsSegmented = binding.Monitor.IsSegmented,
            WithoutEnd = _ => "still firing",
            More = "more alert",
        });

        var all = curves.Of(spec.Name);
        if (all.Count == 0 || curves.Covered is not { } covered || covered.Length <= TimeSpan.Zero)
        {
            html.Write($"""<p class="soft">{(all.Count == 0 ? "No reading." : "Only one reading.")}</p>{'\n'}""");
        }
        else
        {
            WriteCharts(html, binding.Monitor, all, fired, covered);
        }

        html.Write($"</section>\n");
    }

    private static string DescribeRule(MonitorSpec spec) => spec.Rule switch
    {
        FalseAlarmRate rate => $"at most one false alarm in {new Duration(TimeSpan.FromSeconds(rate.EverySeconds))} over "
            + (rate.SharedBy == 1 ? "this series" : $"the {rate.SharedBy} series that share it"),
        FixedThreshold threshold => $"fires above {Figures.Configured(threshold.FireAboveNats)} nats over "
            + spec.Windows[threshold.Window].Label,
        _ => "no alert set",
    };

    // Those with alerts first, then by how far they are from their reference.
    private static void WriteCharts(
        Html html, FieldMonitor monitor, IReadOnlyList<SeriesCurves> all, List<AlertEpisode> fired, Period covered)
    {
        var bySegment = fired.ToLookup(episode => episode.Segment);
        var shown = all.OrderByDescending(series => bySegment[series.Segment].Count())
            .ThenByDescending(series => series.HighestExcess)
            .ThenBy(series => series.Segment, StringComparer.Ordinal).Take(MostSeries).ToList();

        // All curves of a monitor have the same scale, so that they can be compared.
        var highest = shown.Max(series => series.Windows.Max(window => window.Peak?.KlNats ?? 0));
        var fireAbove = (monitor.Spec.Rule as FixedThreshold)?.FireAboveNats ?? 0;
        var chart = new TimeChart(covered, DivergenceScale.For(Math.Max(highest, fireAbove)), ChartHeight);
        foreach (var series in shown)
        {
            if (monitor.IsSegmented)
            {
                html.Write($"<h3>{AlertText.NameOf(series.Segment)}</h3>\n");
            }

            foreach (var (window, curve) in series.Windows.Index())
            {
                WriteChart(html, monitor.Spec, window, curve, bySegment[series.Segment], covered, chart);
            }
        }

        if (all.Count > shown.Count)
        {
            var more = Phrases.GroupedCount(all.Count - shown.Count, "more segment");
            html.Write($"""<p class="soft">{more}, with fewer alerts or none</p>{'\n'}""");
        }
    }

    private static void WriteChart(
        Html html, MonitorSpec spec, int window, Curve curve, IEnumerable<AlertEpisode> fired, Period covered, TimeChart chart)
    {
        var label = spec.Windows[window].Label;
        if (curve.Peak is not { } peak)
        {
            html.Write($"""<p class="soft">{label}: no reading</p>{'\n'}""");
            return;
        }

        var highest = $"{label}: highest KL {Figures.Nats(peak.KlNats)} nats at {peak.Time}, where noise is {Figures.Nats(peak.NoiseNats)}";
        html.Write($"<figure>\n<figcaption>{highest}</figcaption>\n");
        chart.Write(
            html,
            highest,
            [.. curve.Points],
            curve.Step,
            fired.Select(episode => (new Period(episode.From, episode.To ?? covered.To), episode.Describe())),
            spec.Rule is FixedThreshold threshold && threshold.Window == window ? threshold.FireAboveNats : null);
        html.Write($"</figure>\n");
    }
}
