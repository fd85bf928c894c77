using System.Text;
using DriftMonitor.Proposals;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Tests.Proposals;

/// <summary>The facts of a field, from its values in the order of event time.</summary>
public sealed class FieldProfileTests
{
    [Fact]
    public void Values_missing_ones_and_objects_are_counted_apart()
    {
        var facts = Profile("1", "null", "{}", "[2]", "3", "3");

        Assert.Equal((6, 1, 2, 3, 2), (facts.Events, facts.Missing, facts.Composites, facts.Values, facts.Distinct));
    }

    [Theory]
    [InlineData("1 2 3", true, true, 3)]
    [InlineData("1 2.5 -30", true, false, 30)]
    [InlineData("\"1\" \"2\" \"3\"", true, true, 3)] // numbers in strings
    [InlineData("\"01\" \"2\" \"3\"", false, true, 3)] // postal codes
    [InlineData("\"a\" \"b\" 3", false, true, 3)]
    [InlineData("true false true", false, true, 0)]
    [InlineData("NaN 2 Infinity", true, true, 2)]
    public void A_field_is_numeric_where_a_reference_build_takes_it_for_numbers(string values, bool isNumeric, bool isWhole, double largest)
    {
        var facts = Profile(values.Split(' '));

        Assert.Equal((isNumeric, isWhole, largest), (facts.IsNumeric, facts.IsWhole, facts.Largest));
    }

    [Theory]
    [InlineData("1 1 1 1 1 1 1 1 1 2", 1)] // nine tenths
    [InlineData("1 1 1 1 1 1 1 1 3 2", 2)]
    [InlineData("1 2 3 4 5 6 7 8 9 10", 9)]
    public void The_most_frequent_values_that_hold_nine_tenths_are_counted(string values, long expected) =>
        Assert.Equal(expected, Profile(values.Split(' ')).DistinctForMost);

    [Fact]
    public void The_words_of_texts_are_counted() => Assert.Equal(2, Profile("\"one two  three\"", "\"four\"", "5").MeanWords);

    [Theory]
    [InlineData("1 2 2 3", 1)]
    [InlineData("4 3 2 1", 0)]
    [InlineData("1 5 2 6 3", 0.5)]
    public void The_share_of_steps_that_do_not_fall_is_known(string values, double share) =>
        Assert.Equal(share, Profile(values.Split(' ')).RisingShare);

    [Fact]
    public void Changes_are_compared_with_those_of_a_random_order()
    {
        // Half a and half b: a random order changes at half of the nine steps, and this one once.
        var facts = Profile([.. Enumerable.Repeat("\"a\"", 5), .. Enumerable.Repeat("\"b\"", 5)]);

        Assert.Equal((1, 4.5), (facts.Changes, facts.ChangesAtRandom));
        Assert.Equal(TimeSpan.FromMinutes(9), facts.Span);
    }

    [Fact]
    public void The_most_frequent_values_come_first_and_a_number_is_one_however_it_is_written()
    {
        var profile = Fill("17", "17.0", "1.7e1", "4", "9", "9");

        Assert.Equal(["17", "9", "4"], profile.MostFrequent(5));
        Assert.Equal(["17"], profile.MostFrequent(1));
    }

    private static FieldFacts Profile(params string[] values) => Fill(values).Conclude(isTime: false);

    private static FieldProfile Fill(params string[] values)
    {
        var field = FieldPath.Parse("x");
        var (profile, decoder) = (new FieldProfile(field), new EventDecoder([field]));
        foreach (var (minute, value) in values.Index())
        {
            var json = Encoding.UTF8.GetBytes($$"""{"x":{{value}}}""");
            decoder.Decode(new RawEvent { Value = json });
            profile.Add(Held.Minute(minute), decoder, 0, json);
        }

        return profile;
    }
}
