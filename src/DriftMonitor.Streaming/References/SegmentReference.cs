using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;

namespace DriftMonitor.Streaming.References;

/// <summary>
/// The reference of one segment: its own counts, in the same bins as the whole reference, and how its own readings fluctuate.
/// </summary>
/// <param name="Reference">The counts, and the period that they are from.</param>
/// <param name="Calibration">
/// How the segment's own readings fluctuate, by the length of the window as written, such as <c>24h</c>; empty if the file has no
/// calibration.
/// </param>
public sealed record SegmentReference(Reference Reference, IReadOnlyDictionary<string, WindowCalibration> Calibration);
