using DriftMonitor.Core.Derivations;
using DriftMonitor.Core.Numerics;
using DriftMonitor.Core.Time;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Core.Tests;

public sealed class DerivationTests
{
    private const long Hour = 3_600_000; // ms
    private const long Day = 24 * Hour;
    private static readonly PaneGrid Hours = new(TimeSpan.FromHours(1));

    [Fact]
    public void A_difference_is_from_the_value_before_and_the_first_has_none()
    {
        Assert.Equal([null, 2, -7, 0], Derive(new Derivation(DerivedKind.Difference), 5, 7, 0, 0));
        Assert.Equal([null, 2, 7, 0], Derive(new Derivation(DerivedKind.AbsoluteDifference), 5, 7, 0, 0));
    }

    [Fact]
    public void A_deviation_is_from_the_median_of_the_values_before_without_its_own()
    {
        Assert.Equal([null, 1, 98, -97], Derive(FromLast(1), 1, 2, 100, 3));
        Assert.Equal([null, null, null, 98, 0.5], Derive(FromLast(3), 1, 2, 3, 100, 3.5));
        Assert.Equal([null, null, null, null, 0.5], Derive(FromLast(4), 1, 2, 3, 100, 3)); // of (2 + 3) / 2
    }

    [Fact]
    public void A_number_that_is_not_finite_has_a_value_and_leaves_no_trace()
    {
        Assert.Equal(
            [null, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1],
            Derive(new Derivation(DerivedKind.Difference), 5, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 6));
        Assert.Equal([null, double.NaN, 2], Derive(FromLast(1), 5, double.NaN, 7));
        Assert.Equal([null, null, 2], Derive(FromLast(1), double.NaN, 5, 7));
        Assert.Equal(
            [null, double.PositiveInfinity, double.NegativeInfinity, 2],
            Derive(FromLast(1), 5, double.PositiveInfinity, double.NegativeInfinity, 7));
        var days = new EarlierDays(Hours, lateness: null);
        Assert.Equal(
            [null, null, null, null, double.PositiveInfinity, 0],
            new[] { 1, double.PositiveInfinity, 1, 1, double.PositiveInfinity, 1 }.Select((x, i) => Next(days, i / 4 * Day, x)));
    }

    [Fact]
    public void A_gap_is_in_seconds_and_negative_where_an_event_is_out_of_order()
    {
        var state = new Derivation(DerivedKind.Gap).CreateState(Hours, lateness: null);
        Assert.Equal([null, 1.5, -0.25, 0], new long[] { -1000, 500, 250, 250 }.Select(time => Next(state, time, 0)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(Hour - 1, 0)]
    [InlineData(Hour, 1)]
    [InlineData(Day - 1, 23)]
    [InlineData(Day, 0)]
    [InlineData(-1, 23)]
    [InlineData(-Day, 0)]
    public void An_hour_is_that_of_the_day_in_UTC(long milliseconds, double hour) =>
        Assert.Equal(hour, Next(new Derivation(DerivedKind.Hour).CreateState(Hours, lateness: null), milliseconds, 0));

    [Fact]
    public void A_day_is_compared_with_earlier_days_at_the_same_hour_and_the_ones_beside_it()
    {
        var state = new EarlierDays(Hours, TimeSpan.Zero);
        Assert.Null(Next(state, 8 * Hour, 1));
        Assert.Null(Next(state, 9 * Hour, 2));
        Assert.Null(Next(state, 10 * Hour + 1, 3));
        Assert.Null(Next(state, 11 * Hour, 1000)); // two hours from 9
        Assert.Null(Next(state, Day + 8 * Hour, 500)); // 8 and 9 of the day before are two values
        Assert.Equal(8, Next(state, Day + 9 * Hour, 10)); // 1, 2, 3: today's 500 does not count
        Assert.Equal(-2, Next(state, Day + 9 * Hour + 1, 0)); // nor does today's 10
    }

    [Fact]
    public void The_hours_beside_midnight_are_one_beside_the_other()
    {
        var state = new EarlierDays(Hours, TimeSpan.Zero);
        Assert.Null(Next(state, 0, 1));
        Assert.Null(Next(state, Hour, 2));
        Assert.Null(Next(state, 23 * Hour, 3));
        Assert.Equal(8, Next(state, Day, 10)); // of 1, 2 and 3
        Assert.Null(Next(state, Day + 23 * Hour, 10)); // 0 and 23 of the day before; today's 0 is of no earlier day
    }

    [Fact]
    public void Of_earlier_days_the_last_twenty_values_count()
    {
        var state = new EarlierDays(Hours, TimeSpan.Zero);
        for (var i = 0; i < 25; i++)
        {
            Assert.Null(Next(state, i, i));
        }

        Assert.Equal(85.5, Next(state, Day, 100)); // of 5 to 24
    }

    [Fact]
    public void Values_that_no_event_can_look_at_any_more_are_forgotten()
    {
        var state = new EarlierDays(Hours, TimeSpan.FromHours(2));
        for (var i = 0; i < 200_000; i++)
        {
            Next(state, i * 20_000L, i); // 46 days, 180 events an hour
        }

        Assert.InRange(state.Kept, 24 * EarlierDays.Most, 24 * 4 * EarlierDays.Most);
    }

    [Fact]
    public void Panes_that_do_not_divide_a_day_are_refused()
    {
        Assert.True(EarlierDays.Divides(new PaneGrid(TimeSpan.FromDays(1))));
        Assert.True(EarlierDays.Divides(new PaneGrid(TimeSpan.FromSeconds(1))));
        Assert.False(EarlierDays.Divides(new PaneGrid(TimeSpan.FromMinutes(7))));
        Assert.False(EarlierDays.Divides(new PaneGrid(TimeSpan.FromDays(2))));
        Assert.False(EarlierDays.Divides(new PaneGrid(TimeSpan.FromMilliseconds(100))));
        Assert.Throws<ArgumentException>(() => new EarlierDays(new PaneGrid(TimeSpan.FromMinutes(7)), TimeSpan.Zero));
    }

    [Fact]
    public void A_median_is_of_finite_numbers()
    {
        Assert.Throws<ArgumentException>(() => new RunningMedian(3).Add(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RunningMedian(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RunningMedian(RunningMedian.Longest + 1));
        Assert.Equal(double.MaxValue, RunningMedian.MedianOf([double.MaxValue, double.MaxValue]));
    }

    [Property(MaxTest = 300)]
    public Property A_running_median_is_that_of_the_last_numbers_sorted() => Prop.ForAll(
        (from length in Gen.Frequency((5, Gen.Choose(1, 12)), (1, Gen.Choose(900, RunningMedian.Longest)))
         from spread in Gen.Elements(2, 10, 1_000_000) // few values: many ties
         from numbers in Gen.Choose(-spread, spread).ArrayOf(3 * length)
         select (Length: length, Numbers: numbers)).ToArbitrary(),
        given =>
        {
            var median = new RunningMedian(given.Length);
            for (var i = 0; i < given.Numbers.Length; i++)
            {
                median.Add(given.Numbers[i] / 4.0);
                double[] last = [.. given.Numbers[..(i + 1)].TakeLast(given.Length).Select(number => number / 4.0).Order()];
                Assert.Equal((last[(last.Length - 1) / 2] + last[last.Length / 2]) / 2, median.Value);
                Assert.Equal(last.Length, median.Count);
            }
        });

    // Time goes forward, and an event lies back from there as far as it may.
    [Property(MaxTest = 120)]
    public Property A_deviation_from_earlier_days_is_that_from_the_whole_history() => Prop.ForAll(
        (from hours in Gen.Elements(1 / 12.0, 1, 4, 8, 12, 24)
         from lateness in Gen.Elements(0, 1, 30, 100)
         from longest in Gen.Elements(30, 600, 10_000) // minutes
         from steps in Gen.Choose(0, longest).ArrayOf(600)
         from back in Gen.Choose(0, 60 * lateness).ArrayOf(600)
         from values in Gen.Choose(-20, 20).ArrayOf(600)
         select (Hours: hours, Lateness: lateness, Steps: steps, Back: back, Values: values)).ToArbitrary(),
        given =>
        {
            var pane = new PaneGrid(TimeSpan.FromHours(given.Hours));
            var limited = new EarlierDays(pane, TimeSpan.FromHours(given.Lateness));
            var unlimited = new EarlierDays(pane, lateness: null);
            var history = new List<(long Time, double X)>();
            var now = -5 * Day;
            for (var i = 0; i < given.Steps.Length; i++)
            {
                now += given.Steps[i] * 60_000L;
                var time = now - given.Back[i] * 60_000L;
                var expected = FromEarlierDays(history, time, given.Values[i], (long)pane.Length.TotalMilliseconds);
                Assert.Equal(expected, Next(limited, time, given.Values[i]));
                Assert.Equal(expected, Next(unlimited, time, given.Values[i]));
                history.Add((time, given.Values[i]));
            }
        });

    private static double? FromEarlierDays(List<(long Time, double X)> history, long time, double x, long pane)
    {
        var panes = Day / pane;
        double[] earlier = [.. history.Where(past => IsEarlierDay(past.Time) && IsBeside(past.Time)).Select(past => past.X)];
        double[] last = [.. earlier.TakeLast(20).Order()];
        return last.Length < 3 ? null : x - (last[(last.Length - 1) / 2] + last[last.Length / 2]) / 2;

        bool IsEarlierDay(long other) => Floor(other, Day) < Floor(time, Day);

        bool IsBeside(long other) => Modulo(PaneOfDay(other) - PaneOfDay(time), panes) is var apart && (apart <= 1 || apart == panes - 1);

        long PaneOfDay(long other) => Modulo(other, Day) / pane;
    }

    private static long Modulo(long number, long by) => (number % by + by) % by;

    private static long Floor(long number, long by) => (number - Modulo(number, by)) / by;

    private static Derivation FromLast(int n) => new(DerivedKind.DeviationFromLast, n);

    private static double?[] Derive(Derivation derivation, params double[] numbers)
    {
        var state = derivation.CreateState(Hours, lateness: null);
        return [.. numbers.Select(number => Next(state, 0, number))];
    }

    private static double? Next(DerivedState state, long time, double x) =>
        state.TryNext(new EventTime(time), x, out var value) ? value : null;
}
