using DriftMonitor.Core.Readings;

namespace DriftMonitor.Core.Calibration;

/// <summary>The calibration of a reference that grows: refitted whenever the reference is.</summary>
/// <param name="reference">The reference.</param>
public sealed class GrowingCalibration(GrowingReference reference) : SeriesCalibration
{
    /// <inheritdoc/>
    public override IReadOnlyList<WindowCalibration>? Windows => reference.Calibration;

    /// <inheritdoc/>
    public override bool IsLearning => reference.Calibration is null;

    /// <inheritdoc/>
    public override void Observe(IReadOnlyList<Reading> readings, WindowReader reader) => reference.Observe(readings, reader.Volume);
}
