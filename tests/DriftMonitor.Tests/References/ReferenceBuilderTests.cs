using System.Text;
using DriftMonitor.Core;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Windows;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.References;
using DriftMonitor.Streaming.Sources;
using FsCheck;
using FsCheck.Fluent;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.References;

public sealed class ReferenceBuilderTests
{
    private static readonly MonitorSpec Spec = new()
    {
        Name = "x",
        Pane = new PaneGrid(TimeSpan.FromHours(1)),
        Windows = [new WindowSpec(TimeSpan.FromHours(1), "1h"), new WindowSpec(TimeSpan.FromHours(2), "2h")],
    };

    [Fact]
    public void The_order_of_the_events_does_not_matter() => Prop.ForAll(
        (from events in (from minute in Gen.Choose(0, 600)
                         from value in Gen.OneOf(Gen.Choose(-3, 40).Select(number => $"{number}"), Gen.Elements("\"a\"", "\"b\"", "\"ä\"", "null", "true", "{}", "1e400", "1.0"))
                         select $$"""{"t":{{At("2013-02-09T00:00Z").Milliseconds + minute * 60_000L}},"x":{{value}}}""").NonEmptyListOf()
         from shuffled in Gen.Shuffle(events.ToArray())
         from bins in Gen.Elements(BinsChoice.Auto, BinsChoice.Parse("categories:3"), BinsChoice.Edges("0,10,20"))
         select (Sorted: events.Order(StringComparer.Ordinal).ToList(), Shuffled: shuffled.ToList(), Bins: bins)).ToArbitrary(),
        given => Outcome(given.Bins, given.Sorted) == Outcome(given.Bins, given.Shuffled)).QuickCheckThrowOnFailure();

    [Fact]
    public void The_period_the_rate_and_the_windows_volume_are_those_of_the_panes()
    {
        // Panes 0h: 3 events, 1h: none, 2h: 1, 3h: 4.
        var file = Build(BinsChoice.Edges("0,10"), [.. Events("00:00", 3), .. Events("02:59", 1), .. Events("03:30", 4)]);

        Assert.Equal(new Period(At("2013-02-09T00:00Z"), At("2013-02-09T04:00Z")), file.Reference.Period);
        Assert.Equal(2.0, file.Reference.EventsPerPane); // 8 in 4
        Assert.Equal((3 + 1 + 5) / 3.0, file.Reference.MeanEvents); // windows of 2h that end at 2h, 3h, 4h
    }

    [Fact]
    public void What_is_excluded_counts_neither_in_the_bins_nor_in_the_rate_nor_in_a_window_that_touches_it()
    {
        var file = Build(
            BinsChoice.Edges("0,10"), [.. Events("00:00", 3), .. Events("01:00", 1), .. Events("02:00", 100), .. Events("03:00", 5), .. Events("04:00", 7)],
            excluded: [new Period(At("2013-02-09T02:00Z"), At("2013-02-09T03:00Z"))]);

        Assert.Equal(16, file.Reference.Events);
        Assert.Equal(4.0, file.Reference.EventsPerPane); // 16 in 4 of 5 panes
        Assert.Equal((4 + 12) / 2.0, file.Reference.MeanEvents); // the windows from 0h and from 3h
        Assert.Equal([new Period(At("2013-02-09T02:00Z"), At("2013-02-09T03:00Z"))], file.Reference.Excluded);
    }

    [Fact]
    public void Segments_have_counts_of_their_own_in_the_bins_of_all_and_sum_to_them() => Prop.ForAll(
        (from minute in Gen.Choose(0, 600)
         from value in Gen.Choose(-3, 40)
         from segment in Gen.Elements("\"a\"", "\"b\"", "\"ä\"", "7", "true", "null", "{}", "\"\\u0061\"")
         select $$"""{"t":{{At("2013-02-09T00:00Z").Milliseconds + minute * 60_000L}},"x":{{value}},"s":{{segment}}}""").NonEmptyListOf().ToArbitrary(),
        events =>
        {
            var file = BuildSegments(100, events);
            var sum = new long[file.Reference.Counts.Length];
            foreach (var segment in file.Segments.Values)
            {
                Assert.Same(file.Reference.Binning, segment.Reference.Binning);
                Assert.Equal(file.Reference.Period, segment.Reference.Period);
                for (var bin = 0; bin < sum.Length; bin++)
                {
                    sum[bin] += segment.Reference.Counts[bin];
                }
            }

            Assert.Subset(new HashSet<string> { "a", "b", "ä", "7", "true", "" }, file.Segments.Keys.ToHashSet());
            Assert.Equal(file.Reference.Counts.ToArray(), sum);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Of_more_segments_than_the_monitor_follows_those_with_the_most_events_have_a_reference()
    {
        var file = BuildSegments(2, "b b c c c a a".Split(' ').Select(segment => $$"""{"t":"2013-02-09T00:00Z","x":1,"s":"{{segment}}"}"""));

        Assert.Equal(["a", "c"], file.Segments.Keys.Order(StringComparer.Ordinal)); // a and b have as many: ordinal order decides
        Assert.Equal((7, "s"), (file.Reference.Events, file.SegmentBy));
    }

    [Fact]
    public void A_given_period_is_from_its_start_to_before_its_end()
    {
        var file = Build(
            BinsChoice.Edges("0,10"), [.. Events("00:59:59.999", 1), .. Events("01:00", 2), .. Events("02:59:59.999", 4), .. Events("03:00", 8)],
            period: new Period(At("2013-02-09T01:00Z"), At("2013-02-09T03:00Z")));

        Assert.Equal(6, file.Reference.Events);
        Assert.Equal(new Period(At("2013-02-09T01:00Z"), At("2013-02-09T03:00Z")), file.Reference.Period);
    }

    [Theory]
    [InlineData("1 2 3", "[1, 1.2) [1.2, 1.4) [1.4, 1.6) [1.6, 1.8) [1.8, 2) [2, 2.2) [2.2, 2.4) [2.4, 2.6) [2.6, 2.8) [2.8, 3]")]
    [InlineData("\"1\" \"2\" \"1\"", "1 2")] // strings, also of digits
    [InlineData("1 2 \"a\"", "[1, 1.1) [1.1, 1.2) [1.2, 1.3) [1.3, 1.4) [1.4, 1.5) [1.5, 1.6) [1.6, 1.7) [1.7, 1.8) [1.8, 1.9) [1.9, 2]")] // most are numbers
    [InlineData("1 \"a\" \"a\"", "a 1")] // most are strings: the number is a category by its text
    [InlineData("1 \"a\"", "1 a")] // as many
    [InlineData("true false true", "true false")]
    [InlineData("1 2 null null null", "[1, 1.1) [1.1, 1.2) [1.2, 1.3) [1.3, 1.4) [1.4, 1.5) [1.5, 1.6) [1.6, 1.7) [1.7, 1.8) [1.8, 1.9) [1.9, 2]")] // what is missing does not vote
    [InlineData("1 2 [] {} []", "[1, 1.1) [1.1, 1.2) [1.2, 1.3) [1.3, 1.4) [1.4, 1.5) [1.5, 1.6) [1.6, 1.7) [1.7, 1.8) [1.8, 1.9) [1.9, 2]")] // nor what has no type for either
    public void Without_a_choice_the_values_decide(string values, string bins) => Assert.Equal(bins, Labels(Build(BinsChoice.Auto, [.. values.Split(' ').Select(value => Event("00:00", value))])));

    [Theory]
    [InlineData("1 2 3", "[1, 1.2) [1.2, 1.4) [1.4, 1.6) [1.6, 1.8) [1.8, 2) [2, 2.2) [2.2, 2.4) [2.4, 2.6) [2.6, 2.8) [2.8, 3]")]
    [InlineData("UA DL UA", "UA DL")]
    [InlineData("1 2 n/a", "[1, 1.1) [1.1, 1.2) [1.2, 1.3) [1.3, 1.4) [1.4, 1.5) [1.5, 1.6) [1.6, 1.7) [1.7, 1.8) [1.8, 1.9) [1.9, 2]")]
    [InlineData("true 1 true", "true 1")]
    public void Cells_of_CSV_that_read_as_numbers_are_numbers(string cells, string bins)
    {
        var header = new CsvHeader(["t", "x"]);
        var builder = new ReferenceBuilder(Spec, FieldPath.Parse("x"), FieldPath.Parse("t"), period: null, [], BinsChoice.Auto, Reference.DefaultPseudoCount);
        foreach (var cell in cells.Split(' '))
        {
            builder.Add(new RawEvent { Value = Encoding.UTF8.GetBytes($"2013-02-09T00:00Z,{cell}"), Header = header });
        }

        Assert.Equal(bins, Labels(builder.Build()));
    }

    [Fact]
    public void The_most_frequent_categories_come_first_and_ties_in_ordinal_order_the_others_are_unseen()
    {
        var file = Build(BinsChoice.Parse("categories:3"), [.. "b b ä a a z z z B".Split(' ').Select(value => Event("00:00", $"\"{value}\"")), Event("00:00", "null"), Event("00:00", "[]")]);

        Assert.Equal("z a b", Labels(file));
        Assert.Equal([3, 2, 2, 2, 1, 1], file.Reference.Counts.ToArray()); // B and ä are unseen; then missing, wrong type
        Assert.Equal("B a", Labels(Build(BinsChoice.Parse("categories:2"), [.. "a B ä".Split(' ').Select(value => Event("00:00", $"\"{value}\""))])));
    }

    [Fact]
    public void A_constant_column_has_the_narrowest_bin_that_holds_it()
    {
        var file = Build(BinsChoice.Auto, [.. Events("00:00", 5, "7")]);

        Assert.Equal([7, Math.BitIncrement(7.0)], ((NumericBinning)file.Reference.Binning).Edges.ToArray());
        Assert.Equal([5, 0, 0, 0, 0, 0], file.Reference.Counts.ToArray());
    }

    [Theory]
    [InlineData("", "no event to make a reference of: 0 read, none of them within the period; check --from, --to, the field of the event time, and the source")]
    [InlineData("""{"t":"2013-02-08T00:00Z","x":1}""", "no event to make a reference of: 1 read, none of them within the period; check --from, --to, the field of the event time, and the source")]
    [InlineData("""{"x":1}|nonsense|{"x":2}""", "no event to make a reference of: 3 read, 1 malformed, 2 no_event_time; check --from, --to, the field of the event time, and the source")]
    [InlineData("""{"t":"2013-02-09T02:00Z","x":1}""", "no event to make a reference of: 1 read, none of them within the period; check --from, --to, the field of the event time, and the source")] // excluded
    [InlineData("""{"t":"2013-02-09T01:00Z","y":1}""", "no bins can be made of the field \"x\": none of 1 events has a value of the kind that they need; is the field's name right?")]
    public void An_empty_selection_tells_what_was_read_instead(string events, string message)
    {
        var period = new Period(At("2013-02-09T00:00Z"), At("2013-02-10T00:00Z"));
        var excluded = new Period(At("2013-02-09T02:00Z"), At("2013-02-09T03:00Z"));
        Assert.Equal(message, Assert.Throws<ReferenceException>(() => Build(BinsChoice.Auto, events.Split('|', StringSplitOptions.RemoveEmptyEntries), period, excluded)).Message);
    }

    [Theory]
    [InlineData("quantiles:10")]
    [InlineData("quantiles")]
    public void Quantiles_of_a_field_without_numbers_are_refused(string bins) => Assert.Equal(
        "no bins can be made of the field \"x\": none of 2 events has a value of the kind that they need; is the field's name right?",
        Assert.Throws<ReferenceException>(() => Build(BinsChoice.Parse(bins), [Event("00:00", "\"a\""), Event("00:00", "1e400")])).Message);

    [Theory]
    [InlineData("deciles", "\"deciles\" names no bins: write quantiles:10 or categories:20 (1 to 1000), or give --edges")]
    [InlineData("quantiles:0", "\"quantiles:0\" names no bins: write quantiles:10 or categories:20 (1 to 1000), or give --edges")]
    [InlineData("quantiles:1001", "\"quantiles:1001\" names no bins: write quantiles:10 or categories:20 (1 to 1000), or give --edges")]
    [InlineData("categories:-1", "\"categories:-1\" names no bins: write quantiles:10 or categories:20 (1 to 1000), or give --edges")]
    [InlineData("categories:", "\"categories:\" names no bins: write quantiles:10 or categories:20 (1 to 1000), or give --edges")]
    public void A_choice_that_names_no_bins_is_told_what_there_is(string bins, string message) => Assert.Equal(message, Assert.Throws<FormatException>(() => BinsChoice.Parse(bins)).Message);

    [Theory]
    [InlineData("0,x,2", "edge 1 is \"x\": write numbers with commas between them, such as -15,0,15,60")]
    [InlineData("", "edge 0 is \"\": write numbers with commas between them, such as -15,0,15,60")]
    [InlineData("0,2,1", "edges must increase, and edge 2 (1) is not above edge 1 (2)")]
    [InlineData("0", "edges need at least two values, and there is 1")]
    [InlineData("0,NaN", "edge 1 is NaN: edges are finite, since values beyond them have bins of their own")]
    [InlineData("0,Infinity", "edge 1 is Infinity: edges are finite, since values beyond them have bins of their own")]
    public void Edges_that_cannot_be_are_told(string edges, string message) => Assert.Equal(message, Assert.Throws<FormatException>(() => BinsChoice.Edges(edges)).Message);

    private static string Event(string time, string value) => $$"""{"t":"2013-02-09T{{time}}Z","x":{{value}}}""";

    private static IEnumerable<string> Events(string time, int count, string value = "5") => Enumerable.Repeat(Event(time, value), count);

    private static ReferenceFile Build(BinsChoice bins, IEnumerable<string> events, Period? period = null, params Period[] excluded)
    {
        var builder = new ReferenceBuilder(Spec, FieldPath.Parse("x"), FieldPath.Parse("t"), period, excluded, bins, Reference.DefaultPseudoCount);
        foreach (var json in events)
        {
            builder.Add(new RawEvent { Value = Encoding.UTF8.GetBytes(json) });
        }

        return builder.Build();
    }

    private static ReferenceFile BuildSegments(int most, IEnumerable<string> events)
    {
        var builder = new ReferenceBuilder(
            Spec with { MostSegments = most }, FieldPath.Parse("x"), FieldPath.Parse("t"), period: null, [], BinsChoice.Edges("0,10,20"), Reference.DefaultPseudoCount, FieldPath.Parse("s"));
        foreach (var json in events)
        {
            builder.Add(new RawEvent { Value = Encoding.UTF8.GetBytes(json) });
        }

        return builder.Build();
    }

    private static string Outcome(BinsChoice bins, IEnumerable<string> events)
    {
        try
        {
            return Build(bins, events).ToJson();
        }
        catch (ReferenceException e)
        {
            return e.Message;
        }
    }

    private static string Labels(ReferenceFile file) => string.Join(' ', Enumerable.Range(0, file.Reference.Binning.Regular).Select(file.Reference.Binning.Label));
}
