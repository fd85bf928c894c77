using DriftMonitor.Commands;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Microsoft.Extensions.Time.Testing;

namespace DriftMonitor.Tests.Commands;

public sealed class ProgressLineTests
{
    [Theory]
    [InlineData(0, 0.0, null, "0 events  0/s")]
    [InlineData(1_234, 10.0, null, "1 234 events  123/s")] // a size that is not known: standard input
    [InlineData(1_234_567, 10.0, 0.25, "1 234 567 events  123 000/s  25 %  30 s left")]
    [InlineData(1_000, 1.0, 0.0, "1 000 events  1 000/s  0 %")] // nothing tells yet how long it takes
    [InlineData(1_000, 60.0, 0.125, "1 000 events  17/s  12 %  7 min left")]
    [InlineData(1_000, 3600.0, 0.1, "1 000 events  0/s  10 %  9 h left")]
    [InlineData(1_000, 60.0, 1.0, "1 000 events  17/s  100 %  0 s left")]
    public void It_tells_events_rate_percent_and_the_time_left(long events, double seconds, double? share, string text) =>
        Assert.Equal(text, ProgressLine.Line(events, TimeSpan.FromSeconds(seconds), share, most: 50));

    [Theory]
    [InlineData(120, "▕█████               ▏  1 234 567 events  123 000/s  25 %  30 s left")]
    [InlineData(80, "▕█████               ▏  1 234 567 events  123 000/s  25 %  30 s left")]
    [InlineData(59, "▕██      ▏  1 234 567 events  123 000/s  25 %  30 s left")]
    [InlineData(44, "1 234 567 events  123 000/s  25 %  30 s left")]
    [InlineData(43, "1 234 567 events  123 000/s  25 %")]
    [InlineData(30, "1 234 567 events  123 000/s")]
    [InlineData(20, "1 234 567 events")]
    public void Where_there_is_room_it_has_a_bar_and_where_there_is_little_it_tells_less(int most, string line) =>
        Assert.Equal(line, ProgressLine.Line(1_234_567, TimeSpan.FromSeconds(10), 0.25, most));

    [Property]
    public Property It_never_wraps() => Prop.ForAll(
        Gen.Choose(20, 200).ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), Gen.Choose(0, 1000).ToArbitrary(),
        (most, events, share) => ProgressLine.Line(events, TimeSpan.FromSeconds(77), share / 1000.0, most).Length <= most);

    [Fact]
    public void The_time_before_the_first_event_counts_for_nothing()
    {
        using var terminal = new StringWriter();
        var time = new FakeTimeProvider();
        using var line = new ProgressLine(terminal, () => 80, time);
        time.Advance(TimeSpan.FromSeconds(15));
        line.Read(0, () => null);
        line.Read(1, () => null);
        time.Advance(TimeSpan.FromSeconds(1));
        line.Read(500, () => null);

        Assert.Equal("\r\e[Kwaiting for the first event\r\e[K500 events  500/s", terminal.ToString());
    }

    [Fact]
    public void It_rewrites_itself_five_times_a_second_fits_the_width_and_goes_away()
    {
        using var terminal = new StringWriter();
        var time = new FakeTimeProvider();
        using (var line = new ProgressLine(terminal, () => 20, time))
        {
            line.Read(1, () => 0.5);
            Assert.Equal("", terminal.ToString());

            time.Advance(TimeSpan.FromSeconds(1));
            line.Read(1000, () => 0.5);
            Assert.Equal("\r\e[K1 000 events", terminal.ToString());

            line.Read(100_000, () => 0.5); // at the same moment
            line.Show("calibrating");
        }

        Assert.Equal("\r\e[K1 000 events\r\e[Kcalibrating\r\e[K", terminal.ToString());
    }

    [Fact]
    public void Where_there_is_no_terminal_there_is_nothing()
    {
        using var line = new ProgressLine(null, () => 80, new FakeTimeProvider());
        line.Read(1, () => throw new InvalidOperationException("nobody asks"));
        line.Show("calibrating");
    }
}
