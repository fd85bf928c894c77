using DriftMonitor.Core.Readings;
using DriftMonitor.Wording;

namespace DriftMonitor.Tests.Wording;

/// <summary>Numbers and durations in sentences and tables.</summary>
public sealed class PhrasesTests
{
    [Theory]
    [InlineData(0, "0 events")]
    [InlineData(1, "1 event")]
    [InlineData(12_345, "12345 events")]
    public void One_thing_is_singular_and_any_other_number_is_plural(long count, string phrase) =>
        Assert.Equal(phrase, Phrases.Count(count, "event"));

    [Fact]
    public void The_page_groups_thousands_and_irregular_plurals_are_given()
    {
        Assert.Equal("12,345 panes", Phrases.GroupedCount(12_345, "pane"));
        Assert.Equal("1 value is", Phrases.Count(1, "value is", "values are"));
        Assert.Equal("2 values are", Phrases.Count(2, "value is", "values are"));
    }

    [Theory]
    [InlineData(0, "0 seconds")]
    [InlineData(0.5, "500 milliseconds")]
    [InlineData(1, "1 second")]
    [InlineData(1.5, "1.5 seconds")]
    [InlineData(6, "6 seconds")]
    [InlineData(90, "90 seconds")]
    [InlineData(180, "3 minutes")]
    [InlineData(3_600, "60 minutes")]
    [InlineData(147_600, "41 hours")]
    [InlineData(437 * 86_400, "437 days")]
    [InlineData(21 * 365.25 * 86_400, "21 years")]
    [InlineData(5_000 * 365.25 * 86_400, "5000 years")]
    public void A_duration_is_written_in_the_unit_that_people_use_for_it(double seconds, string phrase) =>
        Assert.Equal(phrase, Phrases.Duration(seconds));

    [Theory]
    [InlineData(0.999, "999 years")]
    [InlineData(1, "≥ 1000 years")]
    [InlineData(7, "≥ 1000 years")]
    public void A_return_period_at_the_cap_is_a_lower_bound(double ofTheCap, string phrase) =>
        Assert.Equal(phrase, Phrases.ReturnPeriod(ofTheCap * Measurement.MostReturnPeriodSeconds));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.00001, "<0.0001")]
    [InlineData(0.00982, "0.0098")]
    [InlineData(0.412, "0.412")]
    [InlineData(23.14, "23.1")]
    public void A_divergence_has_the_digits_that_people_compare(double nats, string figure) => Assert.Equal(figure, Figures.Nats(nats));
}
