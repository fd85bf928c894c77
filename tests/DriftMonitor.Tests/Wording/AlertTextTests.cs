using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Readings;
using DriftMonitor.Wording;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Wording;

/// <summary>The sentence that explains a change of an alert.</summary>
public sealed class AlertTextTests
{
    [Theory]
    [InlineData(6, "the reference shows such a reading once in 6 seconds (for independent events)")]
    [InlineData(437 * 86_400, "the reference shows such a reading once in 437 days (for independent events)")]
    [InlineData(Measurement.MostReturnPeriodSeconds,
        "the reference shows such a reading at most once in 1000 years (for independent events)")]
    public void A_return_period_is_shown_with_the_basis_of_its_calibration(double seconds, string sentence)
    {
        var monitor = Watch(rule: new FalseAlarmRate(86_400, 1, 0.01), isCalibrated: true).Monitor;

        Assert.Equal(sentence, AlertText.DescribeReturnPeriod(seconds, monitor.Series.Single().Calibration![0], monitor.Spec));
    }

    [Fact]
    public void A_measured_calibration_is_shown_with_the_length_of_the_reference()
    {
        var monitor = Watch(rule: new FalseAlarmRate(86_400, 1, 0.01), isCalibrated: true).Monitor;
        var simulated = monitor.Series.Single().Calibration![0];
        var measured = simulated with { Kind = Core.Calibration.CalibrationKind.Measured, SpanPanes = 61 * 24 };

        Assert.Equal(
            "the reference shows such a reading once in 437 days (calibrated on 61 days)",
            AlertText.DescribeReturnPeriod(437 * 86_400, measured, monitor.Spec));
    }
}
