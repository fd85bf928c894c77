using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Wording;

namespace DriftMonitor.Http;

/// <summary>
/// The reference's distribution and a window's as inline SVG. Colours come from the style sheet, the width from the page; only presentation
/// attributes are used, as the page's content security policy forbids inline styles.
/// </summary>
internal static class HistogramChart
{
    private const int PlotHeight = 132;
    private const int PlotTop = 14;
    private const int AxisHeight = 20;
    private const int RowHeight = 15; // of labels; page.css adds as much for each row in narrow charts
    private const int NarrowPixels = 300; // the chart on a phone
    private const int WidePixels = 520; // the chart where page.css shows the class "wide"
    private const double PixelsPerCharacter = 6.2; // at the axis's font size

    /// <summary>How many bars of categories or pairs are shown: those with the largest shares.</summary>
    public const int MostCategories = 60;

    /// <summary>
    /// Bars of the reference's shares, with narrower ones of the window's in front. Special bins that are empty in both are left out, and
    /// categories beyond the first <see cref="MostCategories"/>.
    /// </summary>
    public static void Write(Html html, Reference reference, IReadOnlyList<string> labels, ReadOnlySpan<long> counts)
    {
        var binning = reference.Binning;
        var events = 0L;
        foreach (var count in counts)
        {
            events += count;
        }

        var shown = BinsIn(reference, counts, events);
        var top = 0.0;
        foreach (var bin in shown)
        {
            top = Math.Max(top, Math.Max(Share(counts[bin], events), Share(reference.Counts[bin], reference.Events)));
        }

        var axis = new HistogramAxis(binning, labels, shown);
        var rows = axis.SpecialRows(NarrowPixels);
        var height = PlotTop + PlotHeight + AxisHeight + RowHeight * axis.SpecialRows(WidePixels);
        html.Write($"""<svg class="histogram rows-{rows}" width="100%" height="{height}" role="img" """);
        html.Write($"""aria-label="Histogram of {Phrases.Count(shown.Count, "bin")}, the reference's shares and the window's; """);
        html.Write($"""the highest is {Figures.Percent(top)}">{'\n'}""");
        html.Write($"""<text class="top" x="0" y="10">{Figures.Percent(top)}</text>{'\n'}""");
        var slot = axis.Slot;
        for (var i = 0; i < shown.Count; i++)
        {
            var bin = shown[i];
            var then = Share(reference.Counts[bin], reference.Events);
            var now = Share(counts[bin], events);
            html.Write($"""<g><title>{labels[bin]}: {Figures.Percent(then)} → {Figures.Percent(now)}</title>""");
            html.Write($"""<rect class="slot" x="{i * slot:0.###}%" y="{PlotTop}" width="{slot:0.###}%" height="{PlotHeight}"/>""");
            WriteBar(html, "reference", (i + 0.08) * slot, 0.84 * slot, then / top);
            WriteBar(html, "current", (i + 0.28) * slot, 0.44 * slot, now / top);
            html.Write($"</g>\n");
        }

        var bottom = PlotTop + PlotHeight;
        html.Write($"""<line class="axis" x1="0" x2="100%" y1="{bottom}" y2="{bottom}"/>{'\n'}""");
        axis.Write(html, "narrow", NarrowPixels);
        axis.Write(html, "wide", WidePixels);
        html.Write($"</svg>");
    }

    // In their order.
    private static List<int> BinsIn(Reference reference, ReadOnlySpan<long> counts, long events)
    {
        var binning = reference.Binning;
        var regular = new List<(int Bin, double Share)>(binning.Regular);
        var special = new List<int>();
        for (var bin = 0; bin < counts.Length; bin++)
        {
            if (bin < binning.Regular)
            {
                regular.Add((bin, Math.Max(Share(counts[bin], events), Share(reference.Counts[bin], reference.Events))));
            }
            else if (counts[bin] > 0 || reference.Counts[bin] > 0)
            {
                special.Add(bin);
            }
        }

        var most = binning is NumericBinning ? regular.Count : MostCategories;
        return [.. regular.OrderByDescending(bin => bin.Share).Take(most).Select(bin => bin.Bin).Order(), .. special];
    }

    private static double Share(long count, long events) => events == 0 ? 0 : (double)count / events;

    private static void WriteBar(Html html, string @class, double x, double width, double height)
    {
        if (height > 0)
        {
            // One event among millions is still visible, as a line.
            var pixels = Math.Max(1, height * PlotHeight);
            var y = PlotTop + PlotHeight - pixels;
            html.Write($"""<rect class="{@class}" x="{x:0.###}%" y="{y:0.##}" width="{width:0.###}%" height="{pixels:0.##}"/>""");
        }
    }

    /// <summary>The labels below a histogram, written once for each of two widths, as the chart's own is not known here.</summary>
    /// <param name="binning">The bins.</param>
    /// <param name="labels">The labels of all bins.</param>
    /// <param name="shown">The bins in the chart, from left to right; special ones are at the end.</param>
    private sealed class HistogramAxis(FieldBinning binning, IReadOnlyList<string> labels, List<int> shown)
    {
        private readonly int _regular = shown.Count(bin => bin < binning.Regular);

        /// <summary>A bin's width in percent of the chart's, so that bars stretch with the page and texts do not.</summary>
        public double Slot { get; } = 100.0 / shown.Count;

        /// <summary>How many rows the labels of special bins need below the axis; 0 where they fit below their bars.</summary>
        public int SpecialRows(int pixels)
        {
            var characters = Characters(pixels);
            return shown.Skip(_regular).All(bin => labels[bin].Length < characters) ? 0 : shown.Count - _regular;
        }

        /// <summary>Writes the labels for a chart of some width.</summary>
        public void Write(Html html, string @class, int pixels)
        {
            html.Write($"""<g class="{@class}">{'\n'}""");
            if (binning is NumericBinning numeric)
            {
                WriteEdges(html, numeric, pixels);
            }
            else
            {
                WriteCategories(html, pixels);
            }

            WriteSpecial(html, SpecialRows(pixels) > 0);
            html.Write($"</g>\n");
        }

        private double Characters(int pixels) => Slot / 100 * pixels / PixelsPerCharacter;

        // Numbers are at the edges between bars, and only so many that they do not touch.
        private void WriteEdges(Html html, NumericBinning numeric, int pixels)
        {
            var edges = numeric.Edges;
            var longest = 0;
            foreach (var edge in edges)
            {
                longest = Math.Max(longest, Figures.Tick(edge).Length);
            }

            var every = (int)Math.Ceiling((longest + 1.5) / Characters(pixels));
            for (var i = 0; i < edges.Length; i += every)
            {
                WriteLabel(html, i * Slot, i == 0 ? "start" : i == edges.Length - 1 ? "end" : "middle", Figures.Tick(edges[i]));
            }
        }

        // Where a bar has no room for two characters, only every so many have a label; the tooltip has all of them.
        private void WriteCategories(Html html, int pixels)
        {
            var characters = (int)Characters(pixels);
            var every = characters >= 2 ? 1 : (int)Math.Ceiling(3 / Math.Max(0.1, Characters(pixels)));
            for (var i = 0; i < _regular; i += every)
            {
                WriteLabel(html, (i + 0.5) * Slot, "middle", Shorten(labels[shown[i]], Math.Max(2, characters)));
            }
        }

        // Labels of special bins are never cut. Where one does not fit below its bar, each has a row of its own and ends below its bar, as
        // there is always room on its left.
        private void WriteSpecial(Html html, bool hasRows)
        {
            for (var i = _regular; i < shown.Count; i++)
            {
                if (!hasRows)
                {
                    WriteLabel(html, (i + 0.5) * Slot, "middle", labels[shown[i]]);
                    continue;
                }

                var row = i - _regular + 1;
                var (x, y) = ((i + 0.5) * Slot, PlotTop + PlotHeight);
                html.Write($"""<line class="lead" x1="{x:0.###}%" x2="{x:0.###}%" y1="{y}" y2="{y + RowHeight * row + 4}"/>""");
                WriteLabel(html, (i + 1) * Slot, "end", labels[shown[i]], row);
            }
        }

        private static void WriteLabel(Html html, double x, string anchor, string text, int row = 0)
        {
            var y = PlotTop + PlotHeight + RowHeight * (row + 1);
            html.Write($"""<text x="{x:0.###}%" y="{y}" text-anchor="{anchor}">{text}</text>{'\n'}""");
        }

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
}
