using DriftMonitor.Core.Time;
using DriftMonitor.Wording;

namespace DriftMonitor.Http;

/// <summary>
/// A window's divergence over time as inline SVG: the curve, the noise as a band, the times in which the alert fired, and axes.
/// </summary>
/// <remarks>Drawn in units of the chart's width, which stretch with the page; texts and line widths do not.</remarks>
/// <param name="period">The time that the chart covers; longer than 0.</param>
/// <param name="topNats">The divergence at its upper edge, in nats; above 0.</param>
internal sealed class TimeChart(Period period, double topNats)
{
    private const int Width = 1000; // units
    private const int Height = 96; // pixels, and units
    private const int AxisHeight = 18; // pixels
    private const int MostTicks = 6;
    private const double LeastWidth = 2; // units: a short alert is still visible

    /// <summary>Writes the chart.</summary>
    /// <param name="html">The page.</param>
    /// <param name="label">What the chart shows, for those who do not see it.</param>
    /// <param name="points">The readings, in the order of time.</param>
    /// <param name="step">The time from one point to the next; where it is longer, the curve has a gap.</param>
    /// <param name="fired">When the alert fired, with a sentence on each.</param>
    /// <param name="fireAboveNats">The level at which it fires, in nats; null where it has none.</param>
    public void Write(
        Html html, string label, IReadOnlyList<CurvePoint> points, TimeSpan step, IEnumerable<(Period Time, string Text)> fired,
        double? fireAboveNats)
    {
        var runs = Unbroken(points, step).ToList();
        html.Write($"""<svg class="time" width="100%" height="{Height + AxisHeight}" role="img" aria-label="{label}">{'\n'}""");
        html.Write($"""<svg width="100%" height="{Height}" viewBox="0 0 {Width} {Height}" preserveAspectRatio="none">{'\n'}""");
        foreach (var (time, text) in fired)
        {
            var (from, to) = (X(time.From), X(time.To));
            html.Write($"""<rect class="fired" x="{from:0.##}" y="0" width="{Math.Max(LeastWidth, to - from):0.##}" height="{Height}">""");
            html.Write($"<title>{text}</title></rect>\n");
        }

        if (fireAboveNats is { } level && level <= topNats)
        {
            html.Write($"""<line class="level" x1="0" x2="{Width}" y1="{Y(level):0.##}" y2="{Y(level):0.##}"/>{'\n'}""");
        }

        foreach (var stretch in runs)
        {
            WriteNoise(html, stretch);
        }

        html.Write($"""<path class="kl" d=" """);
        foreach (var stretch in runs)
        {
            foreach (var (i, point) in stretch.Index())
            {
                // A line of no length with round ends is a dot: a lone reading.
                html.Write($"{(i == 0 ? "M" : "L")}{X(point.Time):0.##} {Y(point.KlNats):0.##}{(stretch.Count == 1 ? "h0" : "")}");
            }
        }

        html.Write($""" "/></svg>{'\n'}""");
        WriteAxes(html);
        html.Write($"</svg>\n");
    }

    private void WriteNoise(Html html, List<CurvePoint> stretch)
    {
        html.Write($"""<path class="noise" d="M{X(stretch[0].Time):0.##} {Height}""");
        foreach (var point in stretch)
        {
            html.Write($"L{X(point.Time):0.##} {Y(point.NoiseNats):0.##}");
        }

        html.Write($"""L{X(stretch[^1].Time):0.##} {Height}z"/>{'\n'}""");
    }

    private void WriteAxes(Html html)
    {
        html.Write($"""<line class="axis" x1="0" x2="100%" y1="{Height}" y2="{Height}"/>{'\n'}""");
        html.Write($"""<text x="2" y="11">{Figures.Nats(topNats)}</text>{'\n'}""");
        foreach (var (time, label) in TimeTicks.Of(period, MostTicks))
        {
            var x = X(time) / Width;
            var anchor = x < 0.05 ? "start" : x > 0.95 ? "end" : "middle";
            html.Write($"""<line class="tick" x1="{100 * x:0.##}%" x2="{100 * x:0.##}%" y1="{Height}" y2="{Height + 4}"/>""");
            html.Write($"""<text x="{100 * x:0.##}%" y="{Height + AxisHeight - 2}" text-anchor="{anchor}">{label}</text>{'\n'}""");
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

    private double Y(double nats) => Height - 1 - (Height - 2) * Math.Min(1, nats / topNats);
}
