using DriftMonitor.Proposals;
using DriftMonitor.Wording;

namespace DriftMonitor.Tests.Proposals;

/// <summary>Windows and panes from the rate of events and the length of the history.</summary>
public sealed class WindowChoiceTests
{
    [Theory]
    // 200 events a short window are enough; five minutes is the shortest, if the history has three hours.
    [InlineData(200 * 12 * 24, 1, "5m 1h 1m")]
    [InlineData(200 * 12 * 24 - 12, 1, "15m 1h 1m")]
    [InlineData(200 * 4 * 24 - 4, 1, "1h 6h 10m")]
    [InlineData(57_128, 61, "6h 24h 1h")] // the flights of April and May: 234 in six hours
    [InlineData(26_115, 364, "7d 28d 1d")] // the hours of the weather: 72 a day
    [InlineData(10, 364, "7d 28d 1d")] // the longest, however few
    // A history of a week has a long window of a day, which contains all hours alike; one of two days has six hours.
    [InlineData(10_000_000, 7, "5m 24h 1m")]
    [InlineData(10_000_000, 6.9, "5m 6h 1m")]
    [InlineData(10_000_000, 1.7, "5m 1h 1m")]
    public void A_short_window_has_at_least_200_events_on_average(long events, double days, string expected)
    {
        var choice = WindowChoice.For(events, TimeSpan.FromDays(days), TimeSpan.Zero);

        Assert.Equal(expected, $"{choice.Short} {choice.Long} {choice.Pane}");
    }

    [Theory]
    [InlineData(100_000, 180, "5m 1h", true)]
    [InlineData(100_000, 179, "1m 10m", true)] // three hours are needed for an hour
    [InlineData(100_000, 30, "1m 10m", true)]
    [InlineData(100_000, 29, "1m 10m", false)]
    [InlineData(8_000, 179, "5m 1h", false)] // 45 a minute: too few for windows of a minute
    public void A_reference_needs_three_long_windows(long events, double minutes, string windows, bool hasHistory)
    {
        var choice = WindowChoice.For(events, TimeSpan.FromMinutes(minutes), TimeSpan.Zero);

        Assert.Equal((windows, hasHistory), ($"{choice.Short} {choice.Long}", choice.HasHistory));
        Assert.Equal(3 * choice.Long.Span, choice.LearnOver.Span);
    }

    [Fact]
    public void Of_dates_without_a_time_of_day_no_pane_is_shorter_than_a_day()
    {
        var choice = WindowChoice.For(1_000_000, TimeSpan.FromDays(365), resolution: TimeSpan.FromDays(1));

        Assert.Equal("7d 28d 1d", $"{choice.Short} {choice.Long} {choice.Pane}");
    }

    [Fact]
    public void Windows_are_whole_numbers_of_panes_whatever_the_rate()
    {
        foreach (var events in new[] { 1L, 1_000, 30_000, 1_000_000, 100_000_000 })
        {
            foreach (var days in new[] { 0, 0.01, 0.1, 1, 10, 100 })
            {
                var choice = WindowChoice.For(events, TimeSpan.FromDays(days), TimeSpan.Zero);
                Assert.All<Duration>([choice.Short, choice.Long], window => Assert.Equal(0, window.Span.Ticks % choice.Pane.Span.Ticks));
                Assert.True(choice.Long.Span >= 4 * choice.Short.Span, $"{choice}");
            }
        }
    }
}
