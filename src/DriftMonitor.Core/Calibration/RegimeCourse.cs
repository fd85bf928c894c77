using DriftMonitor.Core.Distributions;

namespace DriftMonitor.Core.Calibration;

/// <summary>A regime with its course, from which it is calibrated together with others.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Reference">What was counted in its period, which is aligned to the panes.</param>
/// <param name="Panes">The counts of each pane of the period in order; null for a pane without events.</param>
public sealed record RegimeCourse(string Name, Reference Reference, IReadOnlyList<long[]?> Panes);
