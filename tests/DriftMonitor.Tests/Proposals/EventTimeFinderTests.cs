using System.Globalization;
using DriftMonitor.Core.Time;
using DriftMonitor.Proposals;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Tests.Proposals;

/// <summary>Which fields are times, in which form, and which of them is the time of the event.</summary>
public sealed class EventTimeFinderTests
{
    private const int Events = 400;

    [Theory]
    [InlineData("2013-02-09T08:15:00Z", null)]
    [InlineData("2013-02-09 08:15", null)]
    [InlineData("20130209T081500Z", null)]
    [InlineData("31.01.2013 08:15:00", "dd.MM.yyyy HH:mm:ss")]
    [InlineData("31/01/2013 08:15", "dd/MM/yyyy HH:mm")]
    [InlineData("01/31/2013 08:15", "MM/dd/yyyy HH:mm")]
    [InlineData("1/31/2013 8:15:00 PM", "M/d/yyyy h:mm:ss tt")]
    [InlineData("31/Jan/2013:08:15:00 +0100", "dd/MMM/yyyy:HH:mm:ss zzz")]
    [InlineData("Thu, 31 Jan 2013 08:15:00 GMT", "ddd, dd MMM yyyy HH:mm:ss 'GMT'")]
    [InlineData("20130131081500", "yyyyMMddHHmmss")]
    [InlineData("20130131", "yyyyMMdd")]
    public void A_text_is_a_time_in_a_usual_form(string text, string? format)
    {
        var candidate = Assert.Single(Find($$"""{"time":"{{text}}"}"""));

        Assert.Equal(format, candidate.Format?.Text);
        Assert.Equal((1, 1), (candidate.ShareOfEvents, candidate.ShareOfValues));
    }

    [Theory]
    [InlineData("ts", "1360397700", true)] // seconds, milliseconds, microseconds and nanoseconds of February 2013
    [InlineData("ts", "1360397700250", true)]
    [InlineData("ts", "1360397700250000", true)]
    [InlineData("ts", "1360397700250000000", true)]
    [InlineData("ts", "1360397700.25", true)]
    [InlineData("ts", "\"1360397700\"", true)]
    [InlineData("account", "1360397700", false)] // the name says that it is no time
    [InlineData("ts", "5000", false)] // in 1970: a duration
    [InlineData("ts", "99999999999999", false)] // after 2100
    [InlineData("born", "\"1985-03-04\"", false)] // before 1990
    [InlineData("time", "\"08:15\"", false)] // no date
    [InlineData("time", "\"soon\"", false)]
    [InlineData("time", "true", false)]
    [InlineData("time", "[1360397700]", false)]
    public void A_number_is_a_time_if_its_name_and_size_say_so(string field, string value, bool isTime) =>
        Assert.Equal(isTime ? 1 : 0, Find($$"""{"{{field}}":{{value}}}""").Count);

    [Fact]
    public void Days_since_1970_are_a_time_in_a_field_named_so()
    {
        Assert.Equal("days", Assert.Single(Find("""{"date":15745}""")).Format?.Text);
        Assert.Empty(Find("""{"stock":15745}"""));
    }

    [Theory]
    [InlineData(19, 1)] // of 400: 95.25 % have one
    [InlineData(21, 0)]
    public void A_field_is_a_time_if_19_of_20_values_are(int others, int expected) =>
        Assert.Equal(expected, Find(
            [.. Enumerable.Range(0, Events).Select(i => i < others ? """{"time":"n/a"}""" : """{"time":"2013-02-09T08:15:00Z"}""")]).Count);

    [Fact]
    public void Dates_that_can_be_read_with_day_and_month_in_either_order_are_not_guessed()
    {
        var unsure = new List<FieldPath>();
        var events = Enumerable.Range(0, Events).Select(i => string.Create(
            CultureInfo.InvariantCulture, $$"""{"date":"{{1 + i % 12:00}}/{{1 + i / 12 % 12:00}}/2013 08:15"}""")).ToArray();

        Assert.Empty(Find(events, unsure: unsure));
        Assert.Equal(["date"], unsure.Select(field => field.Text));

        // One day after the 12th decides.
        unsure.Clear();
        Assert.Equal("MM/dd/yyyy HH:mm", Assert.Single(Find(
            ["""{"date":"02/13/2013 08:15"}""", .. events], unsure: unsure)).Format?.Text);
        Assert.Empty(unsure);
    }

    [Fact]
    public void Of_several_times_the_one_with_a_usual_name_is_the_event_s() =>
        Assert.Equal("time", Choose("""{"scheduled":"2013-02-09T08:10:00Z","time":"2013-02-09T08:15:00Z","created_at":1360397700}"""));

    [Fact]
    public void A_date_without_a_time_of_day_is_taken_only_where_there_is_nothing_better()
    {
        Assert.Equal("created_at", Choose("""{"date":"2013-02-09","created_at":"2013-02-09T08:15:00Z"}"""));
        Assert.Equal("date", Choose("""{"date":"2013-02-09"}"""));
        Assert.Null(Choose(Stream(i => ("""{"date":"2013-02-09"}""", Held.Minute(i))))); // the record's own time is better
    }

    [Fact]
    public void A_time_that_some_events_lack_is_not_the_event_s() =>
        Assert.Equal("logged", Choose(
            [.. Enumerable.Range(0, Events).Select(i => i % 10 == 0
                ? """{"time":null,"logged":"2013-02-09T08:15:00Z"}"""
                : """{"time":"2013-02-09T08:15:00Z","logged":"2013-02-09T08:15:00Z"}""")]));

    [Fact]
    public void A_time_after_the_record_s_own_is_not_the_event_s()
    {
        Assert.Equal("start", Choose(Stream(i =>
            ($$"""{"due":"{{Held.Minute(i + 10)}}","start":"{{Held.Minute(i - 10)}}"}""", Held.Minute(i)))));
        Assert.Null(Choose(Stream(i => ($$"""{"due":"{{Held.Minute(i + 10)}}"}""", Held.Minute(i)))));
        Assert.Equal("due", Choose(Stream(i => ($$"""{"due":"{{Held.Minute(i + 4)}}"}""", Held.Minute(i))))); // within MaxAhead
    }

    [Fact]
    public void A_time_that_does_not_follow_the_records_is_not_the_event_s()
    {
        // Birthdays, and when each customer was created.
        var random = new Random(1);
        Assert.Null(Choose(Stream(i => ($$"""{"created":"{{Held.Minute(-random.Next(1_000_000))}}"}""", Held.Minute(i)))));

        // Many producers, each of them late by up to an hour.
        Assert.Equal("created", Choose(Stream(i => ($$"""{"created":"{{Held.Minute(i - random.Next(60))}}"}""", Held.Minute(i)))));
    }

    [Fact]
    public void A_history_that_was_produced_in_one_go_has_event_times_far_before_the_records() =>
        Assert.Equal("time", Choose(Stream(i => ($$"""{"time":"{{Held.Minute(i - 1_000_000)}}"}""", Held.Minute(i / 1000.0)))));

    private static IEnumerable<(string, int, EventTime?)> Stream(Func<int, (string Text, EventTime RecordTime)> each) =>
        Enumerable.Range(0, Events).Select(each).Select(one => (one.Text, 0, (EventTime?)one.RecordTime));

    private static IReadOnlyList<EventTimeCandidate> Find(string json) => Find([.. Enumerable.Repeat(json, Events)]);

    private static IReadOnlyList<EventTimeCandidate> Find(string[] events, List<FieldPath>? unsure = null) =>
        Find(Held.Of(events), unsure ?? [], out _);

    private static string? Choose(params string[] events) =>
        Choose((events.Length == 1 ? Enumerable.Repeat(events[0], Events) : events).Select(text => (text, 0, (EventTime?)null)));

    private static string? Choose(IEnumerable<(string Text, int Partition, EventTime? RecordTime)> events)
    {
        var held = Held.Of(events);
        var candidates = Find(held, [], out var fields);
        return EventTimeFinder.Choose(candidates, fields, held[0].RecordTime is not null) is { } chosen ? fields[chosen.Field].Text : null;
    }

    private static IReadOnlyList<EventTimeCandidate> Find(HeldEvents held, List<FieldPath> unsure, out IReadOnlyList<FieldPath> fields)
    {
        var tree = new FieldTree();
        var places = held.Spread(int.MaxValue).ToList();
        places.ForEach(place => tree.Add(held[place]));
        fields = tree.Fields;
        return EventTimeFinder.Find(held, places, new RecordDecoder(fields, null), fields, unsure);
    }
}
