using System.Text;
using DriftMonitor.Commands;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Commands;

/// <summary><c>replay</c> for people.</summary>
public sealed class ReplayTableTests
{
    [Fact]
    public void A_calibrated_reading_says_how_seldom_the_reference_shows_one_like_it()
    {
        var lines = TableOf(isCalibrated: true, segments: null);

        Assert.Equal("time                  monitor  window     events    KL nats     noise    excess        z       once in", lines[0]);
        Assert.Matches("^2013-02-09T01:00:00Z  delay    60m +8 +1.3[0-9]{4} +[0-9.]{7} +[0-9.]{7} +[0-9.]+ +[0-9]+ (years|days)$", lines[1]);
        Assert.Equal(lines[0].Length, lines[1].Length);
        Assert.Equal("2013-02-09T01:00:00Z  delay    2h              8  window_incomplete", lines[2]);
        Assert.DoesNotContain("once in", TableOf(isCalibrated: false, segments: null)[0]);
    }

    [Fact]
    public void A_long_segment_is_cut_and_wide_letters_keep_the_columns_in_their_places()
    {
        var lines = TableOf(isCalibrated: false, ["short", new string('s', 1000), "two\nlines", "東京"]);

        Assert.Equal(lines[0].Length - "  window     events    KL nats     noise    excess        z".Length, "2013-02-09T01:00:00Z  delay    ".Length + 40);
        Assert.Contains(lines, line => line.Contains($"  {new string('s', 39)}…  60m ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains($"  two·lines{new string(' ', 31)}  60m ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains($"  東京{new string(' ', 36)}  60m ", StringComparison.Ordinal)); // two cells each
    }

    private static string[] TableOf(bool isCalibrated, string[]? segments)
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
        new ReplayTable(output, [binding]).Write([(0, binding.Monitor.CloseAtEnd()!)]);
        return output.ToString().Split('\n');
    }
}
