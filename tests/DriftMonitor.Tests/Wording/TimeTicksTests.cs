using DriftMonitor.Core.Time;
using DriftMonitor.Wording;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Wording;

public sealed class TimeTicksTests
{
    [Theory]
    [InlineData("2013-02-09T10:00:00Z", "2013-02-09T10:00:04Z", "10:00:00 10:00:01 10:00:02 10:00:03 10:00:04")]
    [InlineData("2013-02-09T22:10:00Z", "2013-02-10T02:10:00Z", "23:00 2013-02-10 01:00 02:00")]
    [InlineData("2013-02-09T00:00:00Z", "2013-02-10T00:00:00Z", "2013-02-09 06:00 12:00 18:00 2013-02-10")]
    [InlineData("2013-02-08T16:00:00Z", "2013-02-12T03:00:00Z", "2013-02-09 2013-02-10 2013-02-11 2013-02-12")]
    [InlineData("2013-02-01T00:00:00Z", "2013-03-10T00:00:00Z", "2013-02-04 2013-02-11 2013-02-18 2013-02-25 2013-03-04")] // Mondays
    [InlineData("2013-01-01T16:00:00Z", "2014-01-01T06:00:00Z", "2013-04-01 2013-07-01 2013-10-01 2014-01-01")]
    [InlineData("1969-12-31T22:00:00Z", "1970-01-01T02:00:00Z", "22:00 23:00 1970-01-01 01:00 02:00")]
    [InlineData("0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z", "1000-01-01 2000-01-01 3000-01-01 4000-01-01 5000-01-01 "
        + "6000-01-01 7000-01-01 8000-01-01 9000-01-01", 9)]
    public void Ticks_are_at_round_times(string from, string to, string labels, int most = 5) =>
        Assert.Equal(labels, string.Join(' ', TimeTicks.Of(new Period(At(from), At(to)), most).Select(tick => tick.Label)));

    [Property]
    public Property Ticks_lie_in_the_period_in_order_and_are_no_more_than_asked_for() => Prop.ForAll(
        (from start in Gen.Choose(-1_000_000_000, 1_000_000_000)
         from digits in Gen.Choose(0, 7)
         from length in Gen.Choose(1, 9)
         from most in Gen.Choose(1, 12)
         select (From: start * 1000L, Length: length * (long)Math.Pow(10, digits) * 1000, Most: most)).ToArbitrary(),
        given =>
        {
            var period = new Period(new EventTime(given.From), new EventTime(given.From + given.Length));

            var ticks = TimeTicks.Of(period, given.Most);

            Assert.InRange(ticks.Count, 0, given.Most);
            Assert.All(ticks, tick => Assert.True(tick.Time >= period.From && tick.Time <= period.To));
            Assert.Equal(ticks.Select(tick => tick.Time).Distinct().Order(), ticks.Select(tick => tick.Time));
        });
}
