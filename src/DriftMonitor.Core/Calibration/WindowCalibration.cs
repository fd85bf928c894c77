using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Calibration;

/// <summary>What a window's return periods rest on.</summary>
public enum CalibrationKind
{
    /// <summary>The reference's own readings.</summary>
    Measured,

    /// <summary>Simulated independent events, with z divided by the dispersion that the reference's few windows show.</summary>
    Dispersion,

    /// <summary>Simulated independent events: the reference has no course of its own, or too short a one.</summary>
    Independent,
}

/// <summary>A high reading of the reference's own, and when it was.</summary>
/// <param name="Time">The end of the pane.</param>
/// <param name="Z">z.</param>
public sealed record CalibrationPeak(EventTime Time, double Z);

/// <summary>The calibration of one window length.</summary>
/// <param name="Kind">What it rests on.</param>
/// <param name="Tail">The tail, in panes.</param>
/// <param name="Dispersion">What z is divided by before the tail is asked: 1, but for <see cref="CalibrationKind.Dispersion"/>.</param>
/// <param name="Peaks">The reference's largest peaks, the largest first: a person sees what it holds, such as an outage that should be excluded.</param>
public sealed record WindowCalibration(CalibrationKind Kind, Tail Tail, double Dispersion, IReadOnlyList<CalibrationPeak> Peaks)
{
    /// <summary>The panes of real readings that the calibration rests on; 0 where it rests on simulation alone.</summary>
    public required int SpanPanes { get; init; }

    /// <summary>In how many panes, on average, the reference shows a reading as high as z once.</summary>
    public double ReturnPeriod(double z) => Tail.ReturnPeriod(z / Dispersion);

    /// <summary>Whether z is no higher than half of the reference's own readings, <see cref="Calibration.Tail.Usual"/>.</summary>
    public bool IsUsual(double z) => !(z / Dispersion > Tail.Usual);

    /// <summary>A measurement with what this calibration says of it.</summary>
    /// <param name="measurement">The measurement.</param>
    /// <param name="pane">The length of a pane.</param>
    public Measurement Judged(Measurement measurement, TimeSpan pane) =>
        measurement with { ReturnPeriodSeconds = ReturnPeriod(measurement.Z) * pane.TotalSeconds, IsUsual = IsUsual(measurement.Z) };
}
