using DriftMonitor.Configuration;
using DriftMonitor.Planning;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Tests.Planning;

/// <summary>Which events a monitor counts, and for which segment: the keys <c>Where</c> and <c>SegmentBy</c>.</summary>
public sealed class CountedEventsTests
{
    private const string Monitor = "DriftMonitor:Monitors:0";

    [Theory]
    [InlineData("\"origin\"", "origin")]
    [InlineData("[\"origin\"]", "origin")]
    [InlineData("[\"origin\", \"a.b[0]\"]", "origin/a.b[0]")]
    public void A_segment_is_of_one_field_or_of_several(string json, string text)
    {
        using var configuration = With($"\"SegmentBy\": {json}");

        Assert.Empty(configuration.Faults(Needs.Topics));
        var plan = configuration.Plan(Needs.Topics);
        Assert.Equal(text, Assert.Single(plan.Monitors).SegmentBy?.Text);
        Assert.Contains(
            $"\"SegmentBy\":{(text == "origin" ? "\"origin\"" : json.Replace(" ", "", StringComparison.Ordinal))}",
            EffectiveOptions.ToJson(plan.Options).ToJsonString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_filter_is_planned_with_its_values_and_the_reference_says_whether_it_has_the_same()
    {
        const string Where = "\"Where\": { \"Field\": \"carrier\", \"In\": [\"UA\", 17] }";
        using var configuration = With(Where);
        configuration.Add("departure-delay.json", Reference("\"where\": { \"field\": \"carrier\", \"in\": [\"17\", \"UA\"] },"));

        Assert.Empty(configuration.Faults());
        Assert.Empty(configuration.Plan().Warnings);
        Assert.Equal(
            new EventFilter(FieldPath.Parse("carrier"), ["UA", "17"]),
            Assert.Single(configuration.Plan().Monitors).Bind().Where);
    }

    [Fact]
    public void A_reference_of_other_events_is_refused_and_one_that_does_not_say_is_warned_of()
    {
        using var configuration = With("\"Where\": { \"Field\": \"carrier\", \"In\": [\"UA\"] }");
        configuration.Add("departure-delay.json", Reference("\"where\": { \"field\": \"carrier\", \"in\": [\"B6\"] },"));
        Assert.Equal(
            [
                $"{Monitor}:Reference:File was made of the events with carrier in [B6], "
                + "and the monitor \"departure-delay\" counts the events with carrier in [UA]: rebuild it with "
                + "`driftmonitor reference build`",
            ],
            configuration.Faults());

        configuration.Add("departure-delay.json", Reference(""));
        Assert.Empty(configuration.Faults());
        Assert.StartsWith(
            $"{Monitor}:Reference:File does not say that it was made of the events "
            + "with carrier in [UA]",
            $"{Assert.Single(configuration.Plan().Warnings)}"
                .Replace(configuration.Folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("\"SegmentBy\": \"\"",
        ":SegmentBy is empty: write the field whose values are the segments, or remove the key to have one series")]
    [InlineData("\"SegmentBy\": [\"a\", \"\"]",
        ":SegmentBy:1 is empty: write a field whose values are part of the segment, or remove the entry")]
    [InlineData("\"SegmentBy\": [\"a\", \"a\"]", ":SegmentBy:1 is \"a\" again: remove it")]
    [InlineData("\"SegmentBy\": 7.5", null)] // as text: columns may have any name
    [InlineData("\"SegmentBy\": {}", ":SegmentBy is an object: write a list, [ … ]")]
    [InlineData("\"Where\": { \"Field\": \"a\" }", ":Where:In is missing: add it. Values of the events that are counted")]
    [InlineData("\"Where\": { \"Field\": \"a\", \"In\": [] }", ":Where:In is empty: fill it in. Values of the events that are counted")]
    [InlineData("\"Where\": { \"In\": [\"x\"] }", ":Where:Field is missing: add it. Field that decides")]
    [InlineData("\"Where\": { \"Field\": \"gap()\", \"In\": [\"1\"] }",
        ":Where:Field is \"gap()\", a derived field, which only Field can be")]
    [InlineData("\"Where\": \"a = 1\"", ":Where is a single value: write an object, { … }")]
    public void Each_mistake_gets_one_line_with_its_remedy(string key, string? fault)
    {
        using var configuration = With(key);

        var faults = configuration.Faults(Needs.Topics);
        if (fault is null)
        {
            Assert.Empty(faults);
        }
        else
        {
            Assert.StartsWith(Monitor + fault, Assert.Single(faults));
        }
    }

    private static Configuration With(string key) =>
        new(Configuration.Good.Replace("\"Pane\"", $"{key}, \"Pane\"", StringComparison.Ordinal));

    private static string Reference(string key) =>
        Configuration.Reference("dep_delay", "2013-01-01T00:00:00Z").Replace("\"bins\"", $"{key} \"bins\"", StringComparison.Ordinal);
}
