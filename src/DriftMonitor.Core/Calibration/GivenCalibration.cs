namespace DriftMonitor.Core.Calibration;

/// <summary>A calibration that is known from the start, or never.</summary>
/// <param name="windows">One for each window; null where there is none, and readings have no return period.</param>
public sealed class GivenCalibration(IReadOnlyList<WindowCalibration>? windows) : SeriesCalibration
{
    /// <inheritdoc/>
    public override IReadOnlyList<WindowCalibration>? Windows => windows;

    /// <inheritdoc/>
    public override bool IsLearning => false;
}
