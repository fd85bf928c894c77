using DriftMonitor.Core.Distributions;

namespace DriftMonitor.Core.Calibration;

/// <summary>What a series' windows are compared with, and how such readings fluctuate while nothing is wrong.</summary>
/// <param name="Reference">The distribution.</param>
/// <param name="Calibration">One for each window of the monitor; null where that is not known, and return periods are not given.</param>
public sealed record CalibratedReference(Reference Reference, IReadOnlyList<WindowCalibration>? Calibration = null);
