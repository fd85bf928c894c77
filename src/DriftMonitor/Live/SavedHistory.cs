using DriftMonitor.Core.Time;

namespace DriftMonitor.Live;

/// <summary>The past readings of a series, as an earlier process left them.</summary>
/// <param name="Pane">The length of a pane.</param>
/// <param name="Last">The end of the last pane.</param>
/// <param name="Windows">By the label of the window; all of the same length.</param>
internal sealed record SavedHistory(TimeSpan Pane, EventTime Last, IReadOnlyDictionary<string, PastReadings> Windows)
{
    /// <summary>Appends the readings of a window before a time, at their distance from it; those of later panes are read again.</summary>
    /// <param name="history">An empty history.</param>
    /// <param name="window">The label of its window.</param>
    /// <param name="pane">The length of its panes.</param>
    /// <param name="next">The end of the pane that is appended next.</param>
    public void AppendBefore(ReadingHistory history, string window, TimeSpan pane, EventTime next)
    {
        if (pane != Pane || !Windows.TryGetValue(window, out var readings))
        {
            return;
        }

        // The pane before the next one has place 0, and places grow into the past.
        var places = (next - Last).Ticks / pane.Ticks - 1;
        var kl = readings.KlNats.Span;
        var noise = readings.NoiseNats.Span;
        for (var place = Math.Min(SeriesSnapshot.HistoryLength, places + readings.Count) - 1; place >= 0; place--)
        {
            var i = readings.Count - 1 - (place - places);
            var isKnown = i < readings.Count && !double.IsNaN(kl[(int)i]);
            history.Append(isKnown ? kl[(int)i] : null, isKnown ? noise[(int)i] : 0);
        }
    }
}
