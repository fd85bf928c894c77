using DriftMonitor.Core.Time;
using DriftMonitor.Wording;

namespace DriftMonitor.Http;

/// <summary>
/// A window's divergence over time as inline SVG: the curve, the noise as a band, the times in which the alert fired, and axes.
/// </summary>
/// <remarks>Drawn in units of the chart's width, which stretch with the page; texts and line widths do not.</remarks>
/// <param name="period">The time that the chart covers; longer than 0.</param>
/// <param name="scale">The divergences.</param>
/// <param name="height">The height without the labels of the times, in pixels.</param>
internal sealed class TimeChart(Period period, DivergenceScale scale, int height)
{
    private const int Width = 1000; // units
    private const int Top = 6; // pixels: half of a label
    private const int AxisHeight = 18; // pixels
    private const int ScaleWidth = 42; // pixels
    private const int MostTicks = 6; // every other one has no label where the chart is narrow
    private const double LeastWidth = 2; // units: a short alert is still visible

    /// <summary>Writes the chart.</summary>
    /// <param name="html">The page.</param>
    /// <param name="label">What the chart shows, for those who do not see it.</param>
    /// <param name="points">The readings, in the order of time.</param>
    /// <param name="step">The time from one point to the next; where it is longer, the curve has a gap.</param>
    /// <param name="fired">When the alert fired, with a sentence on each; those outside of the period are left out.</param>
    /// <param name="fireAboveNats">The level at which it fires, in nats; null where it has none.</param>
    public void Write(
        Html html, string label, IReadOnlyList<CurvePoint> points, TimeSpan step, IEnumerable<(Period Time, string Text)> fired,
        double? fireAboveNats)
    {
        var alerts = fired.Where(alert => alert.Time.From <= period.To && alert.Time.To >= period.From).ToList();
        var count = alerts.Count == 0 ? "" : $"; {Phrases.Count(alerts.Count, "alert")} in this time";
        html.Write($"""<div class="time" role="img" aria-label="{label}{count}">{'\n'}""");
        WriteScale(html);
        html.Write($"""<svg class="plot" width="100%" height="{Top + height + AxisHeight}">{'\n'}""");
        html.Write($"""<svg y="{Top}" width="100%" height="{height}" viewBox="0 0 {Width} {height}" preserveAspectRatio="none">{'\n'}""");
        foreach (var nats in scale.Ticks.Skip(1))
        {
            html.Write($"""<line class="grid" x1="0" x2="{Width}" y1="{Y(nats):0.##}" y2="{Y(nats):0.##}"/>{'\n'}""");
        }

        foreach (var (time, text) in alerts)
        {
            var (from, to) = (X(time.From), X(time.To));
            html.Write($"""<rect class="fired" x="{from:0.##}" y="0" width="{Math.Max(LeastWidth, to - from):0.##}" height="{height}">""");
            html.Write($"<title>{text}</title></rect>\n");
        }

        if (fireAboveNats is { } level && level <= scale.TopNats)
        {
            html.Write($"""<line class="level" x1="0" x2="{Width}" y1="{Y(level):0.##}" y2="{Y(level):0.##}"/>{'\n'}""");
        }

        WriteCurve(html, [.. Unbroken(points, step)]);
        html.Write($"</svg>\n");
        WriteTimes(html);
        html.Write($"</svg></div>\n");
    }

    private void WriteCurve(Html html, List<List<CurvePoint>> runs)
    {
        foreach (var run in runs)
        {
            html.Write($"""<path class="noise" d="M{X(run[0].Time):0} {height}L""");
            foreach (var point in run)
            {
                html.Write($"{X(point.Time):0} {Y(point.NoiseNats):0.#} ");
            }

            html.Write($"""{X(run[^1].Time):0} {height}z"/>{'\n'}""");
        }

        html.Write($"""<path class="kl" d=" """);
        foreach (var run in runs)
        {
            html.Write($"M");
            foreach (var point in run)
            {
                html.Write($"{X(point.Time):0} {Y(point.KlNats):0.#} ");
            }

            html.WriteMarkup(run.Count == 1 ? "h0" : ""); // a line of no length with round ends is a dot: a lone reading
        }

        html.Write($""" "/>{'\n'}""");
    }

    private void WriteScale(Html html)
    {
        html.Write($"""<svg width="{ScaleWidth}" height="{Top + height + AxisHeight}">{'\n'}""");
        foreach (var nats in scale.Ticks)
        {
            html.Write($"""<text x="{ScaleWidth - 5}" y="{Top + Y(nats) + 4:0.#}" text-anchor="end">{Figures.Tick(nats)}</text>{'\n'}""");
        }

        html.Write($"</svg>\n");
    }

    private void WriteTimes(Html html)
    {
        var bottom = Top + height;
        html.Write($"""<line class="axis" x1="0" x2="100%" y1="{bottom}" y2="{bottom}"/>{'\n'}""");
        foreach (var (i, (time, label)) in TimeTicks.Of(period, MostTicks).Index())
        {
            var x = X(time) / Width;
            var anchor = x < 0.1 ? "start" : x > 0.9 ? "end" : "middle";
            html.Write($"""<line class="tick" x1="{100 * x:0.##}%" x2="{100 * x:0.##}%" y1="{bottom}" y2="{bottom + 4}"/>""");
            html.Write($"""<text class="{(i % 2 == 0 ? "even" : "odd")}" x="{100 * x:0.##}%" y="{bottom + AxisHeight - 4}" """);
            html.Write($"""text-anchor="{anchor}">{label}</text>{'\n'}""");
        }
    }

    // The runs of points without a gap.
    private static IEnumerable<List<CurvePoint>> Unbroken(IReadOnlyList<CurvePoint> points, TimeSpan step)
    {
        var stretch = new List<CurvePoint>();
        foreach (var (i, point) in points.Index())
        {
            if (i > 0 && point.From - points[i - 1].From > step)
            {
                yield return stretch;
                stretch = [];
            }

            stretch.Add(point);
        }

        if (stretch.Count > 0)
        {
            yield return stretch;
        }
    }

    private double X(EventTime time) => Width * Math.Clamp((time - period.From) / period.Length, 0, 1);

    private double Y(double nats) => height - (height - 1) * Math.Min(1, nats / scale.TopNats);
}
