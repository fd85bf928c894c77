namespace DriftMonitor.Core.Calibration;

/// <summary>The calibration that comes with a reference that is learned.</summary>
/// <param name="reference">The reference.</param>
public sealed class LearnedCalibration(LearnedReference reference) : SeriesCalibration
{
    /// <inheritdoc/>
    public override IReadOnlyList<WindowCalibration>? Windows => reference.Learned?.Calibration;

    /// <inheritdoc/>
    public override bool IsLearning => reference.Learned is null;
}
