namespace DriftMonitor.Core.Calibration;

/// <summary>What the replay of a course shows of one window.</summary>
/// <param name="Readings">
/// z at each pane's end from the first full window on to the last, ρ included; NaN where there is no reading.
/// </param>
/// <param name="WithinFactor">ρ, see <see cref="WindowCalibration.WithinFactor"/>.</param>
public sealed record MeasuredWindow(double[] Readings, double WithinFactor);
