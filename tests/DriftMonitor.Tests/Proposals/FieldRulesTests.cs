using DriftMonitor.Proposals;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.References;

namespace DriftMonitor.Tests.Proposals;

/// <summary>Which fields are worth watching: the rules of deploy/docs/first-use.md, each at its bound.</summary>
public sealed class FieldRulesTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    // A quantity in 1000 events over ten days, in random order.
    private static readonly FieldFacts Number = new()
    {
        Field = FieldPath.Parse("amount"),
        Events = 1000,
        IsNumeric = true,
        Distinct = 700,
        DistinctForMost = 600,
        RisingShare = 0.5,
        Changes = 990,
        ChangesAtRandom = 990,
        Span = TimeSpan.FromDays(10),
    };

    // Five names, equally frequent.
    private static readonly FieldFacts Name = Number with
    {
        Field = FieldPath.Parse("country"),
        IsNumeric = false,
        Distinct = 5,
        DistinctForMost = 5,
        MeanWords = 1,
        Changes = 800,
        ChangesAtRandom = 800,
    };

    [Fact]
    public void A_quantity_is_watched_as_numbers_with_the_bins_of_a_build_without_a_choice()
    {
        var decision = Decide(Number);
        Assert.True(decision is { IsWatched: true, IsNumeric: true });
        Assert.Equal(BinsChoice.Auto, decision.Bins);
    }

    [Fact]
    public void A_name_is_watched_as_categories()
    {
        var decision = Decide(Name);
        Assert.True(decision is { IsWatched: true, IsNumeric: false });
        Assert.Equal(BinsChoice.Auto, decision.Bins);
    }

    [Fact]
    public void A_field_that_never_has_a_value_is_left_out() =>
        IsLeftOut("it never has a value", Number with { Missing = 1000, Distinct = 0 });

    [Theory]
    [InlineData(900, null)]
    [InlineData(901, "it is missing from 90.1 % of the events")]
    public void A_field_that_more_than_nine_events_of_ten_lack_is_left_out(long missing, string? reason) =>
        Is(reason, Name with { Missing = missing });

    [Theory]
    [InlineData(500, null)]
    [InlineData(501, "it is an array or an object: watch an element, such as country[0], or length(country)")]
    public void A_field_with_more_objects_and_arrays_than_values_is_left_out(long composites, string? reason) =>
        Is(reason, Name with { Composites = composites });

    [Fact]
    public void A_time_is_left_out() => IsLeftOut("it is a time, which never stays the same", Number with { IsTime = true });

    [Fact]
    public void A_constant_is_left_out_unless_it_is_sometimes_missing()
    {
        var constant = Name with { Distinct = 1, DistinctForMost = 1, Changes = 0, ChangesAtRandom = 0 };
        IsLeftOut("it is constant: all events have the same value", constant);
        Is(null, constant with { Missing = 1 });
        Is(null, constant with { Missing = 1, IsNumeric = true });
    }

    [Theory]
    [InlineData("amount", 900, 0.89, null)] // wanders, and does not repeat itself
    [InlineData("amount", 899, 0.95, null)] // rises, and repeats itself: a price, for example
    [InlineData("amount", 900, 0.90, "it only rises, as a counter does: its steps are difference(amount)")]
    public void Numbers_that_rise_and_hardly_repeat_themselves_are_a_counter(string field, long distinct, double rising, string? reason) =>
        Is(reason, Number with { Field = FieldPath.Parse(field), Distinct = distinct, RisingShare = rising });

    [Theory]
    [InlineData(9_007_199_254_740_992, 900, null)] // nanoseconds may all be different
    [InlineData(9_007_199_254_740_994, 899, null)]
    [InlineData(9_007_199_254_740_994, 900, "it is an identifier: 900 different values in 1000 events")]
    public void Whole_numbers_beyond_the_exact_doubles_that_hardly_repeat_are_identifiers(double largest, long distinct, string? reason) =>
        Is(reason, Number with { IsWhole = true, Largest = largest, Distinct = distinct });

    [Theory]
    [InlineData("user_id", 700, 600, "it is an identifier: 700 different values in 1000 events")]
    [InlineData("status_code", 5, 2, null)]
    public void Numbers_whose_name_is_that_of_a_code_are_judged_as_categories(string field, long distinct, long most, string? reason)
    {
        var facts = Number with { Field = FieldPath.Parse(field), Distinct = distinct, DistinctForMost = most };
        Is(reason, facts);
        if (reason is null)
        {
            Assert.True(Decide(facts) is { IsNumeric: false, HasNumbersAsCategories: true });
            Assert.Equal(BinsChoice.Parse("categories:20"), Decide(facts).Bins);
        }
    }

    [Theory]
    [InlineData(300, 100, 1, null)]
    [InlineData(300, 101, 1, "it is an identifier: 300 different values in 1000 events")]
    [InlineData(300, 101, 2.9, "it is an identifier: 300 different values in 1000 events")]
    [InlineData(300, 101, 3, "it is free text: 300 different values in 1000 events")]
    [InlineData(900, 90, 1, "it is an identifier: 900 different values in 1000 events")]
    public void Texts_of_which_a_hundred_do_not_hold_nine_tenths_are_identifiers_or_free_text(
        long distinct, long most, double words, string? reason) =>
        Is(reason, Name with { Distinct = distinct, DistinctForMost = most, MeanWords = words });

    [Theory]
    [InlineData(20, "categories:20")] // as without a choice
    [InlineData(21, "categories:21")]
    [InlineData(100, "categories:100")]
    public void There_are_as_many_categories_as_hold_nine_tenths_of_the_values(long most, string bins) =>
        Assert.Equal(
            most == 20 ? BinsChoice.Auto : BinsChoice.Parse(bins),
            Decide(Name with { Distinct = 300, DistinctForMost = most }).Bins);

    [Theory]
    [InlineData(9, null)]
    [InlineData(10, "it is an identifier: 10 different values in 10 events")]
    public void Of_fewer_than_ten_values_nothing_is_said_that_depends_on_how_many_differ(long events, string? reason) =>
        Is(reason, Name with { Events = events, Distinct = events, DistinctForMost = events, Changes = 9, ChangesAtRandom = 9 });

    [Theory]
    [InlineData(39, 800, null)] // stretches of six hours: a day holds several of them
    [InlineData(19, 800, "it follows the time: 19 changes in 10 days, in stretches that are too long for the windows")] // twelve hours
    [InlineData(0, 19, null)] // a rare value, which may be absent by chance
    [InlineData(9, 180, null)] // a twentieth of the changes at random
    [InlineData(8, 180, "it follows the time: 8 changes in 10 days, in stretches that are too long for the windows")]
    public void Values_that_come_in_stretches_of_half_a_long_window_follow_the_time(long changes, double atRandom, string? reason) =>
        Is(reason, Name with { Changes = changes, ChangesAtRandom = atRandom });

    private static FieldDecision Decide(FieldFacts facts) => FieldRules.Decide(facts, Longest);

    private static void IsLeftOut(string reason, FieldFacts facts) => Is(reason, facts);

    private static void Is(string? reason, FieldFacts facts) =>
        Assert.Equal((reason ?? "", reason is null), (Decide(facts).Reason, Decide(facts).IsWatched));
}
