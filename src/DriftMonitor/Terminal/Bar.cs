using DriftMonitor.Core.Divergences;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace DriftMonitor.Terminal;

/// <summary>A bar of a table, as long as its share of the column's width, drawn to an eighth of a character cell.</summary>
/// <param name="Share">From 0 to 1; any value above 0 is visible, and infinity is a full bar.</param>
/// <param name="Colour">Its colour, on a terminal that has colours.</param>
internal sealed record Bar(double Share, Color Colour) : IRenderable
{
    private const string Eighths = "▏▎▍▌▋▊▉█";

    /// <summary>The bar's characters.</summary>
    /// <param name="share">From 0 to 1.</param>
    /// <param name="width">The width of a full bar, in cells.</param>
    public static string Of(double share, int width)
    {
        var eighths = share > 0 ? Math.Max(1, (int)Math.Round(8 * width * Math.Min(1, share))) : 0;
        return new string('█', eighths / 8) + (eighths % 8 > 0 ? Eighths[(eighths % 8) - 1] : "");
    }

    /// <inheritdoc/>
    public Measurement Measure(RenderOptions options, int maxWidth) => new(1, maxWidth); // Screen sets the widths of columns of bars

    /// <inheritdoc/>
    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => [new Segment(Of(Share, maxWidth), new Style(Colour))];
}
