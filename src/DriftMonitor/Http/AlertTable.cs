using DriftMonitor.Live;
using DriftMonitor.Wording;

namespace DriftMonitor.Http;

/// <summary>Alerts that have fired, as a table: start, end, duration, peak, and the bins that had moved most at the peak.</summary>
internal static class AlertTable
{
    /// <summary>Writes the table; nothing if there is no alert.</summary>
    /// <param name="html">The page.</param>
    /// <param name="alerts">The alerts, in the order of their rows.</param>
    /// <param name="most">How many are shown; the others are counted.</param>
    /// <param name="text">What it says beside them.</param>
    public static void Write(Html html, IReadOnlyList<AlertEpisode> alerts, int most, AlertTableText text)
    {
        if (alerts.Count == 0)
        {
            return;
        }

        html.Write($"""<table class="alerts">""");
        if (text.Caption is { } caption)
        {
            html.Write($"<caption>{caption}</caption>");
        }

        html.Write($"<thead><tr>\n");
        html.WriteMarkup(text.IsSegmented ? "<th scope=\"col\">Segment</th>\n" : "");
        html.Write($"""
            <th scope="col">From</th>
            <th scope="col">To</th>
            <th scope="col" class="number">Lasted</th>
            <th scope="col" class="number">Peak KL <small>nats</small></th>
            <th scope="col" class="number">Once in</th>
            <th scope="col">Moved most at the peak</th>
            </tr></thead>
            <tbody>

            """);
        foreach (var alert in alerts.Take(most))
        {
            Write(html, alert, text);
        }

        html.Write($"</tbody></table>\n");
        if (alerts.Count > most)
        {
            html.Write($"""<p class="soft">and {Phrases.GroupedCount(alerts.Count - most, text.More)}</p>{'\n'}""");
        }
    }

    private static void Write(Html html, AlertEpisode alert, AlertTableText text)
    {
        html.Write($"<tr>");
        if (text.IsSegmented)
        {
            WriteSegment(html, alert.Segment, text.AddressOf);
        }

        html.Write($"""<td class="when" data-label="From">""");
        html.WriteTime(alert.From);
        html.Write($"""</td><td class="when" data-label="To">""");
        if (alert.To is { } to)
        {
            html.WriteTime(to);
        }
        else
        {
            html.Write($"{text.WithoutEnd(alert)}");
        }

        var lasted = alert.To is { } end ? Phrases.Duration((end - alert.From).TotalSeconds) : "";
        var peak = alert.PeakNats is { } nats ? $"{Figures.Nats(nats)} over {alert.PeakWindow}" : "";
        var rarity = alert.ReturnPeriodSeconds is { } period ? Phrases.ReturnPeriod(period) : "";
        html.Write($"""</td><td class="number" data-label="Lasted">{lasted}</td>""");
        html.Write($"""<td class="number" data-label="Peak KL">{peak}</td>""");
        html.Write($"""<td class="number" data-label="Once in">{rarity}</td><td data-label="Moved most">""");
        foreach (var moved in alert.Moved)
        {
            html.Write($"<div>{moved}</div>");
        }

        html.Write($"</td></tr>\n");
    }

    private static void WriteSegment(Html html, string segment, Func<string, string>? addressOf)
    {
        html.Write($"""<td data-label="Segment">""");
        if (addressOf is null)
        {
            html.Write($"{AlertText.NameOf(segment)}</td>");
        }
        else
        {
            html.Write($"""<a href="{addressOf(segment)}">{AlertText.NameOf(segment)}</a></td>""");
        }
    }
}
