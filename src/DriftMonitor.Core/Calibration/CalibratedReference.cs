using DriftMonitor.Core.Distributions;

namespace DriftMonitor.Core.Calibration;

/// <summary>A reference, and how readings against it fluctuate while nothing is wrong.</summary>
/// <param name="Reference">The distribution.</param>
/// <param name="Calibration">One for each window of the monitor; null where it is not known, and readings have no return period.</param>
public sealed record CalibratedReference(Reference Reference, IReadOnlyList<WindowCalibration>? Calibration = null);
