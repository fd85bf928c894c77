using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Live;

/// <summary>A series as of the last pane that closed.</summary>
/// <param name="Segment">The segment; empty without segments.</param>
/// <param name="Calibration">
/// How readings fluctuate while nothing is wrong, for each window; null where that is not known, or not yet.
/// </param>
/// <param name="IsCalibrating">Whether it is still learning that.</param>
/// <param name="IsKnown">Whether the reference knows the segment.</param>
/// <param name="Readings">One for each window; before the first pane closes, without a time and incomplete.</param>
/// <param name="Time">The end of the last closed pane; null before the first.</param>
/// <param name="Histograms">One for each window; null before the first pane closes.</param>
/// <param name="Alert">The alert; null where the monitor has none.</param>
/// <param name="Firing">What the alert was about when it began to fire; null where it does not fire.</param>
/// <param name="Transitions">How often the alert has entered each state, indexed by <see cref="AlertState"/>.</param>
/// <param name="History">
/// Past readings of each window, as many for each, at most <see cref="HistoryLength"/>; the last ones are those at <paramref name="Time"/>.
/// </param>
internal sealed record SeriesSnapshot(
    string Segment, IReadOnlyList<WindowCalibration>? Calibration, bool IsCalibrating, bool IsKnown,
    IReadOnlyList<Reading> Readings, EventTime? Time, IReadOnlyList<WindowHistogram>? Histograms,
    Alert? Alert, FiringAlert? Firing, IReadOnlyList<long> Transitions, IReadOnlyList<PastReadings> History)
{
    /// <summary>How many past readings are kept for the page's curves.</summary>
    public const int HistoryLength = 240;
}
