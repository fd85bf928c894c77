using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Readings;
using static DriftMonitor.Core.Tests.Times;

namespace DriftMonitor.Core.Tests;

public sealed class FalseAlarmRateTests
{
    // Once in 30 days for each of three series.
    private static readonly FalseAlarmRate Monthly = new(EverySeconds: 10 * 86_400, SharedBy: 3, MinimumDivergenceNats: 0.01);

    // The return periods in days and excesses in nats of two windows (null: no reading), and the verdict.
    [Theory]
    [InlineData(60.0, 0.5, 1.0, 0.0, Verdict.High)] // once in 60 days in each of two windows is once in 30 days in either
    [InlineData(59.0, 0.5, 1.0, 0.0, Verdict.Between)]
    [InlineData(1.0, 0.0, 61.0, 0.02, Verdict.High)] // in any window
    [InlineData(60.0, 0.01, 1.0, 0.0, Verdict.High)] // an excess of the minimum is enough
    [InlineData(1e9, 0.009, 1.0, 0.9, Verdict.Between)] // certain, but tiny: the excess of the rarest window counts
    [InlineData(6.0, 0.5, 1.0, 0.5, Verdict.Between)] // a tenth of the limit is not yet low
    [InlineData(5.9, 0.5, 1.0, 0.5, Verdict.Low)]
    [InlineData(null, 0.0, 60.0, 0.5, Verdict.High)] // still divided by the number of windows
    [InlineData(null, 0.0, 5.9, 0.5, Verdict.Low)]
    [InlineData(null, 0.0, null, 0.0, Verdict.None)]
    public void A_pane_is_high_if_the_return_period_of_its_rarest_reading_reaches_the_limit(
        double? days1, double excess1, double? days2, double excess2, Verdict verdict) =>
        Assert.Equal(verdict, Monthly.Judge([Reading(days1, excess1), Reading(days2, excess2)]));

    [Theory]
    [InlineData(6.0, true, 6.0, true, Verdict.Low)]
    [InlineData(6.0, true, 6.0, false, Verdict.Between)] // it must be so in every window
    [InlineData(6.0, true, null, false, Verdict.Low)] // that has a reading
    [InlineData(60.0, true, 1.0, true, Verdict.High)] // cannot happen with real tails; the return period decides whether to fire
    public void A_pane_of_readings_up_to_the_median_is_low_for_any_limit(
        double? days1, bool isUsual1, double? days2, bool isUsual2, Verdict verdict) =>
        Assert.Equal(verdict, Monthly.Judge([Reading(days1, 0.5, isUsual1), Reading(days2, 0.5, isUsual2)]));

    [Fact]
    public void A_reading_with_an_infinite_return_period_is_high() =>
        Assert.Equal(Verdict.High, Monthly.Judge([Reading(double.PositiveInfinity, 1)]));

    private static Reading Reading(double? days, double excess, bool isUsual = false) => new(
        At(minute: 1), Window(1), 1000, days is null ? Unavailable.TooFewEvents : Unavailable.None,
        days is null ? null : new Measurement(excess, excess, 0, excess, 1, 2) { ReturnPeriodSeconds = days * 86_400, IsUsual = isUsual });
}
