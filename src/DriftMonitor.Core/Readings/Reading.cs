using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Readings;

/// <summary>What a window of a series shows at the end of a pane: a measurement, or the reason why there is none.</summary>
/// <param name="Time">The pane's end.</param>
/// <param name="Window">The window.</param>
/// <param name="Events">N, the events in the window.</param>
/// <param name="Unavailable">Why there is no measurement, or <see cref="Unavailable.None"/>.</param>
/// <param name="Measurement">The measurement, or null.</param>
public sealed record Reading(EventTime Time, WindowSpec Window, long Events, Unavailable Unavailable, Measurement? Measurement);
