using System.Text;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Wording;

namespace DriftMonitor.Planning;

/// <summary>A period that a reference leaves out, as a configuration writes it: <c>FROM..TO</c>.</summary>
internal static class ExcludedPeriod
{
    /// <summary>The period; null if the text is none.</summary>
    public static Period? Parse(string text) =>
        text.Split("..", 2) is [var from, var to] && TimeOf(from) is { } start && TimeOf(to) is { } end && start < end
            ? new Period(start, end)
            : null;

    /// <summary>What is wrong with a text, with the remedy; null if it is a period of whole panes.</summary>
    /// <param name="text">The text.</param>
    /// <param name="pane">The length of a pane; null where it is not known.</param>
    public static string? GetError(string text, TimeSpan? pane)
    {
        if (Parse(text) is not { } period)
        {
            return $"is {Phrases.Quote(text)}: write FROM..TO, two ISO 8601 times in order, "
                + "such as 2013-02-08T00:00:00Z..2013-02-10T00:00:00Z";
        }

        if (pane is not { } length || length <= TimeSpan.Zero)
        {
            return null; // reported at Pane
        }

        var grid = new PaneGrid(length);
        return (grid.IsAligned(period.From), grid.IsAligned(period.To)) is (true, true)
            ? null
            : $"is {Phrases.Quote(text)}, which does not start and end with a pane of {new Duration(length)}: write "
                + $"{grid.Start(grid.PaneOf(period.From))}..{EndOf(grid, period.To)}";
    }

    private static EventTime EndOf(PaneGrid grid, EventTime time) => grid.IsAligned(time) ? time : grid.End(grid.PaneOf(time));

    private static EventTime? TimeOf(string text) => EventTimeText.FromIso8601(Encoding.UTF8.GetBytes(text.Trim()));
}
