using DriftMonitor.Core.Calibration;

namespace DriftMonitor.Wording;

/// <summary>The wire names of what a return period rests on: JSON, metric labels and tables use them.</summary>
internal static class CalibrationNames
{
    /// <summary>The name while a series still learns its calibration, and so has no kind yet.</summary>
    public const string Calibrating = "calibrating";

    /// <summary>The name of a kind.</summary>
    public static string Of(CalibrationKind kind) => kind switch
    {
        CalibrationKind.Measured => "measured",
        CalibrationKind.Dispersion => "dispersion",
        _ => "independent",
    };
}
