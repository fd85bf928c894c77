using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Readings;
using static DriftMonitor.Core.Tests.Times;

namespace DriftMonitor.Core.Tests;

public sealed class FalseAlarmRateTests
{
    private static readonly FalseAlarmRate Monthly = new(EverySeconds: 10 * 86_400, SharedBy: 3, MinimumDivergenceNats: 0.01); // once in 30 days for each of three

    // return periods in days and excesses in nats of two windows (none: no reading), and the verdict
    [Theory]
    [InlineData(60.0, 0.5, 1.0, 0.0, Verdict.High)] // once in 60 days in one of two windows is once in 30 in either
    [InlineData(59.0, 0.5, 1.0, 0.0, Verdict.Between)]
    [InlineData(1.0, 0.0, 61.0, 0.02, Verdict.High)] // whichever window it is
    [InlineData(1e9, 0.009, 1.0, 0.9, Verdict.Between)] // certain, but tiny: the rarest window's own excess counts
    [InlineData(6.0, 0.5, 1.0, 0.5, Verdict.Between)] // a tenth of the limit is not yet low
    [InlineData(5.9, 0.5, 1.0, 0.5, Verdict.Low)]
    [InlineData(null, 0.0, 60.0, 0.5, Verdict.High)] // still divided by the windows that there are
    [InlineData(null, 0.0, 5.9, 0.5, Verdict.Low)]
    [InlineData(null, 0.0, null, 0.0, Verdict.None)]
    public void A_pane_is_high_when_the_reference_shows_its_rarest_reading_more_seldom_than_the_limit(double? days1, double excess1, double? days2, double excess2, Verdict verdict) =>
        Assert.Equal(verdict, Monthly.Judge([Reading(days1, excess1), Reading(days2, excess2)]));

    [Theory]
    [InlineData(6.0, true, 6.0, true, Verdict.Low)]
    [InlineData(6.0, true, 6.0, false, Verdict.Between)] // each window must be so
    [InlineData(6.0, true, null, false, Verdict.Low)] // each that has a reading
    [InlineData(60.0, true, 1.0, true, Verdict.High)] // no reading as rare as that is usual, but what fires is the return period's to say
    public void A_pane_of_usual_readings_is_low_however_short_the_limit(double? days1, bool isUsual1, double? days2, bool isUsual2, Verdict verdict) =>
        Assert.Equal(verdict, Monthly.Judge([Reading(days1, 0.5, isUsual1), Reading(days2, 0.5, isUsual2)]));

    [Fact]
    public void A_reading_beyond_all_tails_is_high() => Assert.Equal(Verdict.High, Monthly.Judge([Reading(double.PositiveInfinity, 1)]));

    private static Reading Reading(double? days, double excess, bool isUsual = false) => new(
        At(minute: 1), Window(1), 1000, days is null ? Unavailable.TooFewEvents : Unavailable.None,
        days is null ? null : new Measurement(excess, excess, 0, excess, 1, 2) { ReturnPeriodSeconds = days * 86_400, IsUsual = isUsual });
}
