using System.Text;
using DriftMonitor.Core.Time;
using DriftMonitor.Commands;
using DriftMonitor.Live;
using DriftMonitor.Reports;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Commands;

/// <summary>The text output of <c>replay</c>.</summary>
public sealed class ReplayTableTests
{
    [Fact]
    public void A_calibrated_reading_says_how_seldom_the_reference_shows_one_like_it()
    {
        var lines = TableOf(isCalibrated: true, segments: null);

        Assert.Equal("time                  monitor  window     events    KL nats     noise    excess        z       once in", lines[0]);
        Assert.Matches(
            "^2013-02-09T01:00:00Z  delay    60m +8 +1.3[0-9]{4} +[0-9.]{7} +[0-9.]{7} +[0-9.]+ +[0-9]+ (years|days)$", lines[1]);
        Assert.Equal(lines[0].Length, lines[1].Length);
        Assert.Equal("2013-02-09T01:00:00Z  delay    2h              8  window_incomplete", lines[2]);
        Assert.DoesNotContain("once in", TableOf(isCalibrated: false, segments: null)[0]);
    }

    [Theory]
    [InlineData(100, "time                  window     events    KL nats     noise    excess        z       once in", "")]
    [InlineData(90, "time                  window     events    KL nats    excess        z       once in",
        "(90 columns have no room for monitor, noise: use a wider terminal or --output json)")]
    [InlineData(60, "time                  window     KL nats        z",
        "(60 columns have no room for monitor, noise, excess, events, once in: use a wider terminal or --output json)")]
    public void A_narrow_terminal_goes_without_whole_columns(int width, string header, string note)
    {
        var lines = TableOf(isCalibrated: true, segments: null, width);

        Assert.Equal(header, lines[0]);
        Assert.All(lines[..3], line => Assert.InRange(line.Length, 0, width));
        Assert.Equal("2013-02-09T01:00:00Z  2h", lines[2][..24]);
        Assert.EndsWith("  window_incomplete", lines[2]);
        Assert.True(note.Length == 0 || lines[^2] == note, lines[^2]);
    }

    [Fact]
    public void Two_monitors_keep_their_names_in_a_narrow_terminal()
    {
        using var output = new StringWriter { NewLine = "\n" };
        var (delay, distance) = (Watch(), Watch(name: "distance"));
        delay.Monitor.Add(0, At("2013-02-09T00:10Z"), null, 0, default);
        new ReplayTable(output, [delay, distance], width: 60).Write([(delay, delay.Monitor.CloseAtEnd()!)]);

        Assert.Equal("time                  monitor   window     KL nats        z", output.ToString().Split('\n')[0]);
    }

    [Fact]
    public void A_long_segment_is_cut_and_wide_letters_keep_the_columns_in_their_places()
    {
        var lines = TableOf(isCalibrated: false, ["short", new string('s', 1000), "two\nlines", "東京"]);

        Assert.Equal(
            "2013-02-09T01:00:00Z  delay    ".Length + 40,
            lines[0].Length - "  window     events    KL nats     noise    excess        z".Length);
        Assert.Contains(lines, line => line.Contains($"  {new string('s', 39)}…  60m ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains($"  two·lines{new string(' ', 31)}  60m ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains($"  東京{new string(' ', 36)}  60m ", StringComparison.Ordinal)); // two cells each
    }

    private static AlertEpisodes NoAlerts => new(new Period(EventTime.Earliest, EventTime.Latest));

    [Theory]
    [InlineData("2013-02-09T02:10Z", false)] // as long as the longest window
    [InlineData("2013-02-19T00:10Z", true)]
    public void A_step_in_time_that_empties_every_window_is_reported(string second, bool isReported)
    {
        var binding = Watch();
        binding.Monitor.Add(0, At("2013-02-09T00:10Z"), null, 0);
        binding.Monitor.Add(0, At(second), null, 0);
        using var output = new StringWriter { NewLine = "\n" };

        new ReplayTable(output, [binding], width: null).WriteSummary(new ReplayTotals(2, []), NoAlerts);

        Assert.Equal(
            "2 events read; rejected: none\n" + (isReported
                ? "delay: an event was 10 days ahead of all earlier events: "
                    + "the stream paused or a date is wrong; the windows in between are empty\n"
                : ""),
            output.ToString());
    }

    private static string[] TableOf(bool isCalibrated, string[]? segments, int? width = null)
    {
        var binding = Watch(isCalibrated: isCalibrated, segments: segments);
        foreach (var segment in segments ?? [""])
        {
            for (var i = 0; i < 8; i++)
            {
                binding.Monitor.Add(0, At("2013-02-09T00:10Z"), null, 0, Encoding.UTF8.GetBytes(segment));
            }
        }

        using var output = new StringWriter { NewLine = "\n" };
        var table = new ReplayTable(output, [binding], width);
        table.Write([(binding, binding.Monitor.CloseAtEnd()!)]);
        table.WriteSummary(new ReplayTotals(8, []), NoAlerts);
        return output.ToString().Split('\n');
    }
}
