using System.Text;
using DriftMonitor.Core.Time;
using DriftMonitor.Http;
using DriftMonitor.Live;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;
using Spectre.Console;

namespace DriftMonitor.Reports;

/// <summary>
/// Charts of series for a terminal: bars of the largest divergence in each column's time, and a line where the alert fired.
/// </summary>
/// <param name="screen">Where to write them.</param>
/// <param name="period">The time that they cover.</param>
internal sealed class TerminalChart(Screen screen, Period period)
{
    private const int Rows = 5;
    private const int Steps = 8; // of a character's height
    private const int ScaleWidth = 8;
    private const int TickWidth = 14; // of a label, with the blanks around it
    private const string Blocks = " ▁▂▃▄▅▆▇█";
    private static readonly Style Fired = new(Color.Red, decoration: Decoration.Bold);

    private readonly int _columns = screen.Width - ScaleWidth - 2;

    /// <summary>Writes the chart of a window of a series.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="points">The window's readings.</param>
    /// <param name="pane">The time for which a reading stands.</param>
    /// <param name="episodes">The series' alerts.</param>
    public void Write(string title, IEnumerable<CurvePoint> points, TimeSpan pane, IReadOnlyList<AlertEpisode> episodes)
    {
        var heights = new double[_columns];
        foreach (var point in points)
        {
            foreach (var column in Columns(point.From, point.To + pane))
            {
                heights[column] = Math.Max(heights[column], point.KlNats);
            }
        }

        var fired = episodes.SelectMany(episode => Columns(episode.From, episode.To ?? period.To + pane)).ToHashSet();

        var top = heights.Max();
        screen.WriteLine(title);
        for (var row = Rows - 1; row >= 0; row--)
        {
            var line = new Paragraph(row == Rows - 1 ? $"{Figures.Nats(top),ScaleWidth} ┤" : $"{(row == 0 ? "0" : ""),ScaleWidth} │");
            for (var column = 0; column < _columns; column++)
            {
                // The smallest divergence is visible, unlike a missing one.
                var filled = heights[column] <= 0 || top <= 0 ? 0 : Math.Max(1, (int)Math.Round(heights[column] / top * Rows * Steps));
                var block = Blocks[Math.Clamp(filled - row * Steps, 0, Steps)].ToString();
                line.Append(block, fired.Contains(column) ? Fired : Style.Plain);
            }

            screen.Write(line);
        }

        if (episodes.Count > 0)
        {
            var line = new Paragraph($"{"alert",ScaleWidth} │");
            line.Append(string.Concat(Enumerable.Range(0, _columns).Select(column => fired.Contains(column) ? '━' : ' ')), Fired);
            screen.Write(line);
        }
    }

    /// <summary>Writes the axis of time, below the last chart.</summary>
    public void WriteAxis()
    {
        var axis = new StringBuilder($"{"",ScaleWidth} └{new string('─', _columns)}");
        var labels = new StringBuilder(new string(' ', screen.Width));
        foreach (var (time, label) in TimeTicks.Of(period, Math.Max(1, _columns / TickWidth)))
        {
            var place = ScaleWidth + 2 + ColumnOf(time);
            axis[place] = '┴';
            var start = Math.Clamp(place - label.Length / 2, 0, screen.Width - label.Length);
            labels.Remove(start, label.Length).Insert(start, label);
        }

        screen.WriteLine(axis.ToString());
        screen.WriteLine(labels.ToString().TrimEnd());
    }

    private int ColumnOf(EventTime time) =>
        period.Length <= TimeSpan.Zero ? 0 : Math.Clamp((int)((time - period.From) / period.Length * _columns), 0, _columns - 1);

    // Those of a time that ends before another, and one at least.
    private IEnumerable<int> Columns(EventTime first, EventTime end)
    {
        var start = ColumnOf(first);
        return Enumerable.Range(start, end > period.To ? _columns - start : Math.Max(1, ColumnOf(end) - start));
    }
}
