using DriftMonitor.Commands;
using DriftMonitor.Tests.Kafka;

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
        Assert.Equal(text, ProgressLine.Text(events, TimeSpan.FromSeconds(seconds), share));

    [Fact]
    public void It_rewrites_itself_five_times_a_second_fits_the_width_and_goes_away()
    {
        using var terminal = new StringWriter();
        var time = new SteppedTime();
        using (var line = new ProgressLine(terminal, () => 20, time))
        {
            line.Read(1, () => 0.5);
            Assert.Equal("", terminal.ToString());

            time.Advance(TimeSpan.FromSeconds(1));
            line.Read(1000, () => 0.5);
            Assert.Equal("\r\e[K1 000 events  1 000", terminal.ToString());

            line.Read(100_000, () => 0.5); // at the same moment
            line.Show("calibrating");
        }

        Assert.Equal("\r\e[K1 000 events  1 000\r\e[Kcalibrating\r\e[K", terminal.ToString());
    }

    [Fact]
    public void Where_there_is_no_terminal_there_is_nothing()
    {
        using var line = new ProgressLine(null, () => 80, new SteppedTime());
        line.Read(1, () => throw new InvalidOperationException("nobody asks"));
        line.Show("calibrating");
    }
}
