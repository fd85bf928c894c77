using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;
using DriftMonitor.WhatIf;

namespace DriftMonitor.Tests.WhatIf;

public sealed class AlarmsByPromiseTests
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    // 120 days of panes of an hour, with two windows: every sixth day one reading is as rare as once in 20 days, counting the windows.
    [Theory]
    [InlineData(1, "21d")]
    [InlineData(3, "7d")] // three series share it, so that each may fire after three times as long
    public void The_shortest_promise_with_no_more_than_one_alert_a_month_is_found(int sharedBy, string expected)
    {
        var alarms = new AlarmsByPromise(Spec(new FalseAlarmRate(1, sharedBy, 0)), sharedBy: 99);
        for (var hour = 0; hour < 120 * 24; hour++)
        {
            Observe(alarms, hour, hour % (6 * 24) == 100 ? 40 : 0.5);
        }

        Assert.Equal(expected, $"{alarms.FindPromise(Month, TimeSpan.FromDays(120))}");
    }

    [Fact]
    public void Readings_without_a_return_period_give_none()
    {
        var alarms = new AlarmsByPromise(Spec(null), sharedBy: 1);
        Observe(alarms, 0, returnPeriod: null);

        Assert.Null(alarms.FindPromise(Month, TimeSpan.FromDays(120)));
    }

    [Fact]
    public void Alerts_that_come_too_often_whatever_is_promised_give_none()
    {
        var alarms = new AlarmsByPromise(Spec(null), sharedBy: 1);
        for (var hour = 0; hour < 100; hour++)
        {
            Observe(alarms, hour, hour % 10 == 0 ? 1e9 : 0.1);
        }

        Assert.Null(alarms.FindPromise(Month, TimeSpan.FromHours(100)));
    }

    [Fact]
    public void Alerts_before_the_range_are_not_counted()
    {
        var alarms = new AlarmsByPromise(Spec(null), sharedBy: 1);
        Observe(alarms, 0, 1000, isInRange: false);
        Observe(alarms, 1, 0.1, isInRange: false);
        Observe(alarms, 2, 0.1);

        Assert.Equal("1h", $"{alarms.FindPromise(Month, TimeSpan.FromDays(120))}");
    }

    private static MonitorSpec Spec(AlertRule? rule) => Scene.Watch(rule: rule).Monitor.Spec;

    // Days, of the second of two windows.
    private static void Observe(AlarmsByPromise alarms, int hour, double? returnPeriod, bool isInRange = true)
    {
        var time = new EventTime(hour * 3_600_000L);
        Reading[] readings =
        [
            new(time, new WindowSpec(TimeSpan.FromHours(1), "1h"), 0, Unavailable.TooFewEvents, null),
            new(time, new WindowSpec(TimeSpan.FromHours(2), "2h"), 100, Unavailable.None, new Measurement(1, 1, 0, 1, 1, 4)
            {
                ReturnPeriodSeconds = returnPeriod * 86_400,
            }),
        ];
        alarms.Observe(new SeriesReport(time, "", readings, Alert.Initial, null), isInRange);
    }
}
