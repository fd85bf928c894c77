using DriftMonitor.Wording;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Tests.Planning;

/// <summary>Durations in configurations.</summary>
public sealed class DurationTests
{
    private static readonly Arbitrary<long> Milliseconds =
        ArbMap.Default.GeneratorFor<long>().Select(number => Math.Abs(number % (36_525L * 86_400_000))).ToArbitrary();

    [Property]
    public Property A_printed_duration_reads_back_as_the_same_length() =>
        Prop.ForAll(Milliseconds, milliseconds =>
        {
            var duration = new Duration(TimeSpan.FromMilliseconds(milliseconds));
            return Duration.TryParse(duration.ToString(), out var again) && again == duration;
        });

    [Property]
    public Property A_duration_is_shown_as_it_was_written() =>
        Prop.ForAll(Gen.Choose(0, 36_525).ToArbitrary(), Gen.Elements("ms", "s", "m", "h", "d").ToArbitrary(), (count, unit) =>
            Duration.TryParse($"{count}{unit}", out var duration) && duration.ToString() == $"{count}{unit}");

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("10s", 10_000)]
    [InlineData("5m", 300_000)]
    [InlineData("6h", 21_600_000)]
    [InlineData("30d", 2_592_000_000)]
    [InlineData("36525d", 3_155_760_000_000)]
    public void A_duration_is_a_whole_number_and_a_unit(string text, long milliseconds)
    {
        Assert.True(Duration.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration.Span);
        Assert.Matches(Duration.Pattern, text);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1.5h")]
    [InlineData("1 h")]
    [InlineData("1H")]
    [InlineData("1w")]
    [InlineData("00:05:00")]
    [InlineData("36526d")]
    [InlineData("99999999999999999999s")]
    public void Any_other_text_is_not_a_duration(string? text) => Assert.False(Duration.TryParse(text, out _));

    [Fact]
    public void Durations_in_different_units_can_be_equal()
    {
        Assert.True(Duration.TryParse("24h", out var hours));
        Assert.True(Duration.TryParse("1d", out var day));

        Assert.Equal(hours, day);
        Assert.Equal(hours.GetHashCode(), day.GetHashCode());
    }
}
