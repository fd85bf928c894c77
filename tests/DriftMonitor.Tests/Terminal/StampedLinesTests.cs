using System.Text.RegularExpressions;
using DriftMonitor.Terminal;
using FsCheck;
using FsCheck.Fluent;

namespace DriftMonitor.Tests.Terminal;

/// <summary>The demonstration's lines on a terminal and in a pipe.</summary>
public sealed partial class StampedLinesTests
{
    private const string Firing =
        "FIRING    order-country: KL 0.154 nats over 15s (noise 0.0015, 2944 events); moved most: PL 5.7 % → 18.8 % (0.094 nats)";

    [Fact]
    public void A_long_line_continues_below_its_text_and_keeps_a_percent_sign_with_its_number() => Assert.Equal(
        """
        01:09  FIRING    order-country: KL 0.154 nats over 15s (noise 0.0015,
               2944 events); moved most: PL 5.7 % → 18.8 % (0.094 nats)

        """,
        Written(Firing, width: 72));

    [Fact]
    public void No_line_is_wider_than_the_terminal_and_no_word_is_lost() => Prop.ForAll(Gen.Choose(30, 200).ToArbitrary(), width =>
    {
        var written = Written(Firing, width);
        return written.TrimEnd('\n').Split('\n').All(line => line.Length <= width)
            && Blanks().Replace(written, " ").Trim() == Blanks().Replace($"01:09  {Firing}", " ");
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void In_a_pipe_a_message_is_one_line() => Assert.Equal($"01:09  {Firing}\n", Written(Firing, width: null));

    [Fact]
    public void A_URL_is_not_broken_even_if_it_is_wider_than_the_terminal()
    {
        var url = $"http://localhost:9464/{new string('x', 60)}";

        Assert.Equal($"01:09  page and metrics at\n       {url}\n", Written($"page and metrics at {url}", width: 20));
    }

    [Theory]
    [InlineData(Emphasis.Alarm, "\u001b[1;31mFIRING\u001b[0m    order-country")]
    [InlineData(Emphasis.Warning, "\u001b[33mFIRING\u001b[0m    order-country")]
    [InlineData(Emphasis.Good, "\u001b[32mFIRING\u001b[0m    order-country")]
    [InlineData(Emphasis.None, "FIRING    order-country")]
    internal void Only_the_first_word_has_the_colour(Emphasis emphasis, string shown)
    {
        Assert.Equal($"01:09  {shown}\n", Written("FIRING    order-country", width: 80, emphasis, isColoured: true));
        Assert.Equal("01:09  FIRING    order-country\n", Written("FIRING    order-country", width: 80, emphasis, isColoured: false));
    }

    private static string Written(string text, int? width, Emphasis emphasis = Emphasis.None, bool isColoured = false)
    {
        using var output = new StringWriter { NewLine = "\n" };
        new StampedLines(output, width, isColoured).Write("01:09", text, emphasis);
        return output.ToString();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
