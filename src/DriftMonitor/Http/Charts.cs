using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Wording;

namespace DriftMonitor.Http;

/// <summary>Small inline SVG charts. They take their colours from the style sheet and their width from the page; presentation attributes only, as the page's policy forbids inline styles.</summary>
internal static class Charts
{
    private const int CurveHeight = 40;
    private const int CurveSteps = 24; // a young history does not stretch over the whole width
    private const double LeastPeak = 0.01; // noise of a quiet stream is not blown up to the full height
    private const int PlotHeight = 132;
    private const int PlotTop = 14;
    private const int NarrowestPixels = 300; // the chart on a phone
    private const double PixelsPerCharacter = 6.2; // at the axis's font size

    /// <summary>A series' past divergences, oldest first, with the level at which the alert fires; gaps where there was no reading.</summary>
    public static void WriteCurve(Html html, IReadOnlyList<double?> history, double? fireAbove)
    {
        var peak = history.Max() ?? 0;
        if (!history.Any(value => value is not null))
        {
            html.Write($"""<span class="soft">–</span>""");
            return;
        }

        var last = history[^1];
        var top = Math.Max(LeastPeak, 1.1 * Math.Max(peak, fireAbove ?? 0));
        var steps = Math.Max(history.Count - 1, CurveSteps);
        html.Write($"""<svg class="sparkline" viewBox="0 0 {steps} {CurveHeight}" preserveAspectRatio="none" role="img" aria-label="KL at the last {history.Count} panes: highest {Numbers.Nats(peak)}, last {(last is { } value ? Numbers.Nats(value) : "no reading")}{(fireAbove is { } fires ? $", fires above {Numbers.Level(fires)}" : "")}">""");
        if (fireAbove is { } level)
        {
            html.Write($"""<line class="level" x1="0" x2="{steps}" y1="{Y(level):0.##}" y2="{Y(level):0.##}"/>""");
        }

        html.Write($"""<path d=" """);
        var isPenDown = false;
        for (var i = 0; i < history.Count; i++)
        {
            if (history[i] is { } nats)
            {
                html.Write($"{(isPenDown ? "L" : "M")}{X(i)} {Y(nats):0.##}{(isPenDown ? "" : "h0")}"); // a lone reading is a dot
            }

            isPenDown = history[i] is not null;
        }

        html.Write($"""
            "/>
            """);
        if (last is { } now)
        {
            // A line without length and with round ends is a dot that the stretched coordinates don't squash.
            html.Write($"""<path class="{(fireAbove is { } above && now > above ? "dot above" : "dot")}" d="M{X(history.Count - 1)} {Y(now):0.##}h0"/>""");
        }

        html.Write($"</svg>");

        int X(int i) => steps - (history.Count - 1) + i;
        double Y(double nats) => CurveHeight - 2 - (CurveHeight - 4) * nats / top;
    }

    /// <summary>Bars of the reference's shares, with narrower ones of the window's in front. Special bins that both leave empty are not shown.</summary>
    public static void WriteHistogram(Html html, Reference reference, IReadOnlyList<string> labels, ReadOnlySpan<long> counts)
    {
        var binning = reference.Binning;
        var events = 0L;
        var shown = new List<int>();
        for (var bin = 0; bin < counts.Length; bin++)
        {
            events += counts[bin];
            if (bin < binning.Regular || counts[bin] > 0 || reference.Counts[bin] > 0)
            {
                shown.Add(bin);
            }
        }

        var top = 0.0;
        foreach (var bin in shown)
        {
            top = Math.Max(top, Math.Max(Share(counts[bin], events), Share(reference.Counts[bin], reference.Events)));
        }

        var slot = 100.0 / shown.Count; // in percent of the width, so that bars stretch with the page and texts do not
        html.Write($"""<svg class="histogram" width="100%" height="{PlotTop + PlotHeight + 20}" role="img" aria-label="Histogram of {shown.Count} bins, the reference's shares and the window's; the highest is {Numbers.Percent(top)}">{'\n'}""");
        html.Write($"""<text class="top" x="0" y="10">{Numbers.Percent(top)}</text>{'\n'}""");
        for (var i = 0; i < shown.Count; i++)
        {
            var bin = shown[i];
            var then = Share(reference.Counts[bin], reference.Events);
            var now = Share(counts[bin], events);
            html.Write($"""<g><title>{labels[bin]}: {Numbers.Percent(then)} → {Numbers.Percent(now)}</title>""");
            html.Write($"""<rect class="slot" x="{i * slot:0.###}%" y="{PlotTop}" width="{slot:0.###}%" height="{PlotHeight}"/>""");
            WriteBar(html, "reference", (i + 0.08) * slot, 0.84 * slot, then / top);
            WriteBar(html, "current", (i + 0.28) * slot, 0.44 * slot, now / top);
            html.Write($"</g>\n");
        }

        html.Write($"""<line class="axis" x1="0" x2="100%" y1="{PlotTop + PlotHeight}" y2="{PlotTop + PlotHeight}"/>{'\n'}""");
        var characters = (int)(slot / 100 * NarrowestPixels / PixelsPerCharacter); // that a bar has room for
        var first = 0;
        if (binning is NumericBinning numeric)
        {
            WriteEdges(html, numeric, slot);
            first = binning.Regular;
        }

        // Where a bar has no room for a name, every so many have one; the others tell theirs when pointed at.
        var every = characters >= 2 ? 1 : first > 0 ? shown.Count : (int)Math.Ceiling(3 / Math.Max(0.1, slot / 100 * NarrowestPixels / PixelsPerCharacter));
        for (var i = first; i < shown.Count && (first == 0 || characters >= 3); i += every)
        {
            WriteTick(html, (i + 0.5) * slot, "middle", Shorten(labels[shown[i]], Math.Max(2, characters)));
        }

        html.Write($"</svg>");
    }

    private static double Share(long count, long events) => events == 0 ? 0 : (double)count / events;

    private static void WriteBar(Html html, string @class, double x, double width, double height)
    {
        if (height > 0)
        {
            // A bin with one event among millions still shows a line.
            var pixels = Math.Max(1, height * PlotHeight);
            html.Write($"""<rect class="{@class}" x="{x:0.###}%" y="{PlotTop + PlotHeight - pixels:0.##}" width="{width:0.###}%" height="{pixels:0.##}"/>""");
        }
    }

    // Numbers stand at the edges between bars; so many that they do not touch on a phone.
    private static void WriteEdges(Html html, NumericBinning numeric, double slot)
    {
        var edges = numeric.Edges;
        var longest = 0;
        foreach (var edge in edges)
        {
            longest = Math.Max(longest, Numbers.Tick(edge).Length);
        }

        var every = (int)Math.Ceiling((longest + 1.5) * PixelsPerCharacter / (slot / 100 * NarrowestPixels));
        for (var i = 0; i < edges.Length; i += every)
        {
            WriteTick(html, i * slot, i == 0 ? "start" : i == edges.Length - 1 ? "end" : "middle", Numbers.Tick(edges[i]));
        }
    }

    private static void WriteTick(Html html, double x, string anchor, string text) =>
        html.Write($"""<text x="{x:0.###}%" y="{PlotTop + PlotHeight + 15}" text-anchor="{anchor}">{text}</text>{'\n'}""");

    private static string Shorten(string text, int characters)
    {
        if (text.Length <= characters)
        {
            return text;
        }

        var end = Math.Max(1, characters - 1);
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[end - 1]) ? Math.Max(end - 1, 0) : end), "…");
    }
}
