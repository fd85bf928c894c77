using System.Text;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Metrics;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.References;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
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

    [Property]
    public Property The_order_of_the_events_does_not_matter() => Prop.ForAll(
        (from events in (from minute in Gen.Choose(0, 600)
                         from value in Gen.OneOf(
                             Gen.Choose(-3, 40).Select(number => $"{number}"),
                             Gen.Elements("\"a\"", "\"b\"", "\"ä\"", "null", "true", "{}", "1e400", "1.0"))
                         select $$"""{"t":{{At("2013-02-09T00:00Z").Milliseconds + minute * 60_000L}},"x":{{value}}}""").NonEmptyListOf()
         from shuffled in Gen.Shuffle(events.ToArray())
         from bins in Gen.Elements(
             BinsChoice.Auto, BinsChoice.Parse("categories:3"), BinsChoice.Edges("0,10,20"), BinsChoice.Parse("equal"),
             BinsChoice.Parse("log"), BinsChoice.Parse("integers"), BinsChoice.Parse("fd"), BinsChoice.Parse("doane"))
         select (Sorted: events.Order(StringComparer.Ordinal).ToList(), Shuffled: shuffled.ToList(), Bins: bins)).ToArbitrary(),
        given => Outcome(given.Bins, given.Sorted) == Outcome(given.Bins, given.Shuffled));

    [Theory]
    [InlineData("true", "\"\\u00e4\"", "null")]
    [InlineData("\"\u00e4\"", "null", "true")]
    public void The_order_does_not_matter_for_the_report_about_a_field_without_numbers_either(params string[] values) =>
        Assert.Contains(
            "2 texts such as \"true\"",
            Outcome(BinsChoice.Parse("equal"), values.Select(value => $$"""{"t":"2013-02-09T00:00Z","x":{{value}}}""")));

    [Fact]
    public void A_frequent_number_among_many_texts_is_a_category_at_any_position()
    {
        // There are more texts than numbers, and more than the limit for distinct numbers.
        string[] texts = [.. Enumerable.Range(0, FieldSample.MostNumberTexts + 100).Select(i => $"\"s{i}\"")];
        string[] zeros = [.. Enumerable.Repeat("0", 5000)];
        foreach (string[] values in (string[][])[[.. texts, .. zeros], [.. zeros, .. texts]])
        {
            var file = Build(BinsChoice.Auto, [.. values.Select(value => Event("00:00", value))]);

            Assert.Equal("0", ((CategoricalBinning)file.Reference.Binning).Values[0]);
            Assert.Equal(5000, file.Reference.Counts[0]);
        }
    }

    [Fact]
    public void Numbers_that_are_not_kept_as_categories_are_reported()
    {
        string[] numbers = [.. Enumerable.Range(0, FieldSample.MostNumberTexts + 7).Select(i => $"{i}")];
        string[] texts = [.. Enumerable.Repeat("\"n/a\"", numbers.Length)];

        Assert.Contains(
            "7 numbers count as unseen, because they came after 10000 distinct ones: use --bins categories:20 to count each",
            NotesOf(BinsChoice.Auto, [.. numbers, .. texts]));
        Assert.Empty(NotesOf(BinsChoice.Parse("categories:20"), [.. numbers, .. texts]));
        Assert.Empty(NotesOf(BinsChoice.Auto, numbers));
    }

    [Theory]
    [InlineData("records", 1)]
    [InlineData("records", 7)]
    [InlineData("[]", 1000)]
    public void A_reference_is_the_same_if_records_hold_several_events(string unpack, int size)
    {
        string[] events = [.. Enumerable.Range(0, 600).Select(i => Event($"{i / 60:00}:{i % 60:00}", $"{i * 7 % 50}"))];
        var packed = events.Chunk(size).Select(chunk => $"[{string.Join(", ", chunk)}]")
            .Select(array => unpack == "[]" ? array : $"{{\"records\":{array},\"x\":-1}}");
        var builder = new ReferenceBuilder(Recipe with { Unpack = FieldPath.ParseArray(unpack) });

        Assert.Equal(Build(BinsChoice.Auto, events).ToJson(), Fed(builder, packed).Build().ToJson());
        Assert.Equal(600, builder.Events);

        Fed(builder, ["{\"records\":1}", "{}", "[", "{\"records\":[{}]}"]);
        Assert.Equal(604, builder.Events);
        Assert.Equal(
            unpack == "[]" ? [(Rejection.Malformed, 1), (Rejection.Schema, 3)]
                : [(Rejection.Malformed, 1), (Rejection.Schema, 2), (Rejection.NoEventTime, 1)],
            builder.Rejected.Occurred.Select(reason => (reason.Key, (int)reason.Value)));
    }

    [Fact]
    public void A_single_wrong_date_is_refused_at_once()
    {
        var builder = new ReferenceBuilder(Recipe with
        {
            Spec = Spec with { Pane = new PaneGrid(TimeSpan.FromMinutes(1)) },
            Bins = BinsChoice.Edges("0,10"),
        });

        var refused = Assert.Throws<ReferenceException>(Fed(builder, [.. Events("00:00", 3), """{"t":"0001-01-01T00:00Z","x":1}"""]).Build);

        Assert.Equal(
            "the reference would have 1058266081 panes, from 0001-01-01T00:00:00Z to 2013-02-09T00:01:00Z, but the most is 50000000: one "
                + "of its events probably has a wrong time; give --from and --to, or a longer Pane",
            refused.Message);
    }

    [Theory]
    [InlineData("00:00 05:30", null, "01 05")]
    [InlineData("00:00 02:00 05:30", null, "03 05")]
    [InlineData("00:00 02:00 05:30", "03 04", "01 02")] // the first of equal ones
    [InlineData("00:00 01:00 02:30", null, null)]
    public void The_longest_period_without_an_event_is_found(string times, string? excluded, string? silence)
    {
        var builder = Fed(
            Builder(BinsChoice.Edges("0,10"), period: null, excluded is null ? [] : [HoursOf(excluded)]),
            times.Split(' ').Select(time => Event(time, "1")));

        builder.Build();

        Assert.Equal(silence is null ? null : HoursOf(silence), builder.LongestSilence);

        static Period HoursOf(string text) => new(At($"2013-02-09T{text[..2]}:00Z"), At($"2013-02-09T{text[^2..]}:00Z"));
    }

    [Fact]
    public void Period_rate_and_volume_of_the_windows_follow_from_the_panes()
    {
        // Panes 0h: 3 events, 1h: none, 2h: 1, 3h: 4.
        var file = Build(BinsChoice.Edges("0,10"), [.. Events("00:00", 3), .. Events("02:59", 1), .. Events("03:30", 4)]);

        Assert.Equal(new Period(At("2013-02-09T00:00Z"), At("2013-02-09T04:00Z")), file.Reference.Period);
        Assert.Equal(2.0, file.Reference.EventsPerPane); // 8 in 4
        Assert.Equal((3 + 1 + 5) / 3.0, file.Reference.MeanEvents); // windows of 2h that end at 2h, 3h, 4h
    }

    [Fact]
    public void Excluded_panes_count_in_no_bin_no_rate_and_no_window_that_contains_one()
    {
        var file = Build(
            BinsChoice.Edges("0,10"),
            [.. Events("00:00", 3), .. Events("01:00", 1), .. Events("02:00", 100), .. Events("03:00", 5), .. Events("04:00", 7)],
            excluded: [new Period(At("2013-02-09T02:00Z"), At("2013-02-09T03:00Z"))]);

        Assert.Equal(16, file.Reference.Events);
        Assert.Equal(4.0, file.Reference.EventsPerPane); // 16 in 4 of 5 panes
        Assert.Equal((4 + 12) / 2.0, file.Reference.MeanEvents); // the windows from 0h and from 3h
        Assert.Equal([new Period(At("2013-02-09T02:00Z"), At("2013-02-09T03:00Z"))], file.Reference.Excluded);
    }

    [Property]
    public Property Segments_have_their_own_counts_in_the_common_bins_and_sum_to_the_whole() => Prop.ForAll(
        (from minute in Gen.Choose(0, 600)
         from value in Gen.Choose(-3, 40)
         from segment in Gen.Elements("\"a\"", "\"b\"", "\"ä\"", "7", "true", "null", "{}", "\"\\u0061\"")
         let time = At("2013-02-09T00:00Z").Milliseconds + minute * 60_000L
         select $$"""{"t":{{time}},"x":{{value}},"s":{{segment}}}""").NonEmptyListOf().ToArbitrary(),
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
        });

    [Theory]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    public void A_segment_whose_name_is_too_long_for_a_series_has_no_reference(int length, bool hasOne)
    {
        var file = BuildSegments(100, [$$"""{"t":"2013-02-09T00:00Z","x":1,"s":"{{new string('s', length)}}"}"""]);

        Assert.Equal(hasOne ? 1 : 0, file.Segments.Count);
        Assert.Equal(1, file.Reference.Events);
    }

    [Fact]
    public void If_there_are_too_many_segments_those_with_the_most_events_have_a_reference()
    {
        var file = BuildSegments(
            2, "b b c c c a a".Split(' ').Select(segment => $$"""{"t":"2013-02-09T00:00Z","x":1,"s":"{{segment}}"}"""));

        Assert.Equal(["a", "c"], file.Segments.Keys.Order(StringComparer.Ordinal)); // a and b have equal counts: ordinal order decides
        Assert.Equal((7, "s"), (file.Reference.Events, file.SegmentBy));
    }

    [Fact]
    public void A_given_period_includes_its_start_and_excludes_its_end()
    {
        var file = Build(
            BinsChoice.Edges("0,10"),
            [.. Events("00:59:59.999", 1), .. Events("01:00", 2), .. Events("02:59:59.999", 4), .. Events("03:00", 8)],
            period: new Period(At("2013-02-09T01:00Z"), At("2013-02-09T03:00Z")));

        Assert.Equal(6, file.Reference.Events);
        Assert.Equal(new Period(At("2013-02-09T01:00Z"), At("2013-02-09T03:00Z")), file.Reference.Period);
    }

    [Theory]
    [InlineData("1 2 3", "[1, 1.5) [1.5, 2.5) [2.5, 3]")]
    [InlineData("\"1\" \"02\" \"1\"", "1 02")] // as postal codes are
    [InlineData("\"1\" \"2\" \"+1\"", "+1 1 2")] // fewer than 95 % are numbers of JSON
    // Most are numbers.
    [InlineData("1 2 \"a\"", "[1, 1.5) [1.5, 2]")]
    [InlineData("1 \"a\" \"a\"", "a 1")] // Most are strings, so the number is a category, by its text.
    [InlineData("1 2 \"02\"", "[1, 1.5) [1.5, 2]")]
    [InlineData("1 \"a\"", "1 a")] // equal numbers of both
    [InlineData("true false true", "true false")]
    // Missing values do not count.
    [InlineData("1 2 null null null", "[1, 1.5) [1.5, 2]")]
    // Values that are neither do not count.
    [InlineData("1 2 [] {} []", "[1, 1.5) [1.5, 2]")]
    public void Without_a_choice_the_values_decide_about_the_bins(string values, string bins) =>
        Assert.Equal(bins, Labels(Build(BinsChoice.Auto, [.. values.Split(' ').Select(value => Event("00:00", value))])));

    [Theory]
    [InlineData("1 2 3", "[1, 1.5) [1.5, 2.5) [2.5, 3]")]
    [InlineData("UA DL UA", "UA DL")]
    [InlineData("1 2 n/a", "[1, 1.5) [1.5, 2]")]
    [InlineData("true 1 true", "true 1")]
    [InlineData(".5 5. +5", "[0.5, 2.75) [2.75, 5]")]
    [InlineData("1 2 007", "007 1 2")] // a leading zero
    public void Cells_of_CSV_that_read_as_numbers_are_numbers(string cells, string bins) =>
        Assert.Equal(bins, Labels(BuildCells(BinsChoice.Auto, cells.Split(' '))));

    [Fact]
    public void Numbers_in_strings_are_numbers_where_nearly_all_strings_are_and_the_build_says_so()
    {
        var builder = Fed(Builder(BinsChoice.Auto, period: null), [.. Events("00:00", 19, "\"100\""), Event("00:00", "\"n/a\"")]);
        var file = builder.Build();

        Assert.True(Assert.IsType<NumericBinning>(file.Reference.Binning).ReadsTextNumbers);
        Assert.Equal([19, 0, 0, 0, 0, 1], file.Reference.Counts.ToArray()); // n/a has the wrong type
        Assert.Contains("\"text_numbers\": true", file.ToJson(), StringComparison.Ordinal);
        Assert.Contains(
            "19 of 20 strings are numbers and are read as numbers (text_numbers): use --bins categories:20 to count them as categories",
            builder.Notes);

        var fewer = Build(BinsChoice.Auto, [.. Events("00:00", 18, "\"100\""), Event("00:00", "\"n/a\""), Event("00:00", "\"\"")]);
        Assert.IsType<CategoricalBinning>(fewer.Reference.Binning);
    }

    [Fact]
    public void A_leading_zero_makes_categories_unless_bins_are_chosen()
    {
        string[] codes = ["\"1067\"", "\"01067\"", "\"80331\""];
        var builder = Fed(Builder(BinsChoice.Auto, period: null), codes.Select(code => Event("00:00", code)));
        var chosen = Build(BinsChoice.Parse("integers"), codes.Take(2).Select(code => Event("00:00", code)));

        Assert.Equal("01067 1067 80331", Labels(builder.Build()));
        Assert.Contains(
            "numbers with leading zeros, such as \"01067\", are taken for categories: use --bins quantiles:10 to read them as numbers",
            builder.Notes);
        Assert.Equal("[1066.5, 1067.5]", Labels(chosen));
        Assert.Equal(2, chosen.Reference.Counts[0]);
    }

    [Fact]
    public void Chosen_categories_keep_numbers_in_strings_as_texts()
    {
        string[] values = ["\"17\"", "\"17.0\"", "17.0", "1.7e1"];
        var file = Build(BinsChoice.Parse("categories:3"), values.Select(value => Event("00:00", value)));

        Assert.Equal("17 17.0", Labels(file));
        Assert.Equal([3, 1, 0, 0, 0], file.Reference.Counts.ToArray()); // the label of 17.0 and 1.7e1 is 17
        Assert.DoesNotContain("number_labels", file.ToJson(), StringComparison.Ordinal);
        Assert.DoesNotContain("text_numbers", file.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_numbers_in_cells_are_one_category_where_the_column_is_one_of_numbers()
    {
        var codes = BuildCells(BinsChoice.Parse("categories:5"), "17", "17.0", " 17", "1.7e1", "31", "");
        var versions = BuildCells(BinsChoice.Parse("categories:5"), "1.1", "1.10", "1.10", "1.2.3");
        var postal = BuildCells(BinsChoice.Parse("categories:5"), "1067", "01067");

        Assert.Equal(("17 31", 4L), (Labels(codes), codes.Reference.Counts[0]));
        Assert.Contains("\"number_labels\": true", codes.ToJson(), StringComparison.Ordinal);
        Assert.Equal("1.10 1.1 1.2.3", Labels(versions));
        Assert.DoesNotContain("number_labels", versions.ToJson(), StringComparison.Ordinal);
        Assert.Equal("01067 1067", Labels(postal));
    }

    [Fact]
    public void Times_of_another_form_are_shown_with_the_forms_that_are_read()
    {
        string[] events = ["""{"t":"09.02.2013 08:15","x":1}""", """{"t":"09.02.2013 08:16","x":2}"""];
        var refused = Assert.Throws<ReferenceException>(() => Build(BinsChoice.Auto, events));
        var german = new ReferenceBuilder(Recipe with { EventTimeFormat = EventTimeFormat.Parse("dd.MM.yyyy HH:mm") });

        Assert.Equal(
            "no events to build a reference from: 2 read, 2 without an event time: the event time in the field \"t\" is "
                + "\"09.02.2013 08:15\", which can't be read: it must be ISO 8601, such as 2013-02-09T08:15:00Z, or a number since 1970 "
                + "in seconds, milliseconds, microseconds or nanoseconds; for others write EventTimeFormat, such as dd.MM.yyyy HH:mm:ss",
            refused.Message);
        Assert.Equal(new Period(At("2013-02-09T08:00Z"), At("2013-02-09T09:00Z")), Fed(german, events).Build().Reference.Period);
    }

    [Fact]
    public void Of_two_columns_with_the_same_name_neither_is_the_field()
    {
        var builder = Builder(BinsChoice.Auto, period: null);

        var refused = Assert.Throws<SourceException>(
            () => builder.Add(new RawEvent { Value = "2013-02-09T00:00Z,1,5"u8, Header = new CsvHeader(["t", "x", "x"]) }));
        builder.Add(new RawEvent { Value = "2013-02-09T00:00Z,1,5,5"u8, Header = new CsvHeader(["t", "x", "y", "y"]) });

        Assert.Equal("the CSV header has two columns named \"x\": rename one of them", refused.Message);
        Assert.Equal(1, builder.Build().Reference.Events);
    }

    [Fact]
    public void Categories_are_sorted_by_frequency_then_ordinally_and_the_others_are_unseen()
    {
        var file = Build(
            BinsChoice.Parse("categories:3"),
            [
                .. "b b ä a a z z z B".Split(' ').Select(value => Event("00:00", $"\"{value}\"")),
                Event("00:00", "null"), Event("00:00", "[]"),
            ]);

        Assert.Equal("z a b", Labels(file));
        Assert.Equal([3, 2, 2, 2, 1, 1], file.Reference.Counts.ToArray()); // B and ä are unseen; then missing, wrong type
        Assert.Equal(
            "B a",
            Labels(Build(BinsChoice.Parse("categories:2"), [.. "a B ä".Split(' ').Select(value => Event("00:00", $"\"{value}\""))])));
    }

    [Fact]
    public void A_constant_column_has_the_narrowest_bin_that_contains_it()
    {
        var file = Build(BinsChoice.Auto, [.. Events("00:00", 5, "7")]);

        Assert.Equal([7, Math.BitIncrement(7.0)], ((NumericBinning)file.Reference.Binning).Edges.ToArray());
        Assert.Equal([5, 0, 0, 0, 0, 0], file.Reference.Counts.ToArray());
    }

    [Theory]
    [InlineData("", "no events to build a reference from: none were read; check the source")]
    [InlineData(
        """{"t":"2013-02-08T00:00Z","x":1}""",
        "no events to build a reference from: 1 read, none of them within the period; check --from, --to, the field of the event time, and "
            + "the source")]
    [InlineData(
        """{"x":1}|nonsense|{"x":2}""",
        "no events to build a reference from: 3 read, 1 malformed, 2 without an event time; check --from, --to, the field of the event "
            + "time, and the source")]
    [InlineData(
        "nonsense|[",
        "no events to build a reference from: 2 read, and all are malformed: an event is a JSON object on its own line, or a CSV row below "
            + "a header")]
    // The event is excluded.
    [InlineData(
        """{"t":"2013-02-09T02:00Z","x":1}""",
        "no events to build a reference from: 1 read, none of them within the period; check --from, --to, the field of the event time, and "
            + "the source")]
    [InlineData(
        """{"t":"2013-02-09T01:00Z","y":1}""",
        "no bins can be made for the field \"x\": it is missing from all 1 events; is the name right?")]
    public void The_error_of_an_empty_selection_says_what_was_read(string events, string message)
    {
        var period = new Period(At("2013-02-09T00:00Z"), At("2013-02-10T00:00Z"));
        var excluded = new Period(At("2013-02-09T02:00Z"), At("2013-02-09T03:00Z"));
        var lines = events.Split('|', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(message, Assert.Throws<ReferenceException>(() => Build(BinsChoice.Auto, lines, period, excluded)).Message);
    }

    [Theory]
    [InlineData(
        "quantiles:10", "\"a\" 1e400",
        "quantiles bins need finite numbers, but its 2 events contain 1 text such as \"a\", 1 infinite or NaN; use --bins categories:20")]
    [InlineData(
        "fd", "\"UA\" \"DL\" null true {}",
        "fd bins need finite numbers, but its 5 events contain 3 texts such as \"DL\", 1 objects or arrays, 1 missing; use --bins "
            + "categories:20")]
    [InlineData("integers", "1e400", "integers bins need finite numbers, but its 1 events contain 1 infinite or NaN; is the name right?")]
    [InlineData(
        "categories", "{} [] null",
        "categories need strings, numbers or booleans, but its 3 events contain 2 objects or arrays, 1 missing; name a field within the "
            + "object")]
    [InlineData("categories", "null null", "it is missing from all 2 events; is the name right?")]
    [InlineData(
        "log", "-1 0 5 1e400",
        "bins of equal ratio need numbers above 0, and 2 of 3 are not (the least is -1); use --bins quantiles:10, or give --edges")]
    [InlineData(
        "integers", "1 2.5",
        "bins of single integers need whole numbers, and 1 of 2 are not, such as 2.5; use --bins quantiles:10, or give --edges")]
    [InlineData("integers", "0 1000", "the integers from 0 to 1000 are more than 1000 bins; use --bins quantiles:10, or give --edges")]
    public void Bins_that_do_not_suit_the_values_are_reported_with_the_values_and_the_remedy(
        string bins, string values, string message)
    {
        var events = values.Split(' ').Select(value => Event("00:00", value));
        Assert.Equal(
            $"no bins can be made for the field \"x\": {message}",
            Assert.Throws<ReferenceException>(() => Build(BinsChoice.Parse(bins), events)).Message);
    }

    [Theory]
    [InlineData(
        "deciles",
        "there is no such kind of bins: write quantiles:10, equal:20, log:20, integers, fd, doane or categories:20, or give --edges")]
    [InlineData(
        "", "there is no such kind of bins: write quantiles:10, equal:20, log:20, integers, fd, doane or categories:20, or give --edges")]
    [InlineData(
        "Equal:3",
        "there is no such kind of bins: write quantiles:10, equal:20, log:20, integers, fd, doane or categories:20, or give --edges")]
    [InlineData("quantiles:0", "the number of bins must be 1 to 1000: write quantiles:10, for example")]
    [InlineData("quantiles:1001", "the number of bins must be 1 to 1000: write quantiles:10, for example")]
    [InlineData("equal:2.5", "the number of bins must be 1 to 1000: write equal:20, for example")]
    [InlineData("log:9999999999", "the number of bins must be 1 to 1000: write log:20, for example")]
    [InlineData("categories:-1", "the number of bins must be 1 to 1000: write categories:20, for example")]
    [InlineData("categories:", "the number of bins must be 1 to 1000: write categories:20, for example")]
    [InlineData("integers:5", "integers finds the number of bins itself: write integers")]
    [InlineData("fd:20", "fd finds the number of bins itself: write fd")]
    public void An_unknown_choice_of_bins_is_reported_with_the_possible_ones(string bins, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => BinsChoice.Parse(bins)).Message);

    [Theory]
    [InlineData("equal:4", "0 1 8", "[0, 2) [2, 4) [4, 6) [6, 8]")]
    [InlineData("log:3", "1 5 1000", "[1, 10) [10, 100) [100, 1000]")]
    [InlineData("integers", "4 2 2", "[1.5, 2.5) [2.5, 3.5) [3.5, 4.5]")]
    [InlineData("categories:1", "4 2 2", "2")]
    [InlineData("equal:4", "7 7", "[7, 7.000000000000001]")] // a constant column, of each kind
    [InlineData("log", "7 7", "[7, 7.000000000000001]")]
    [InlineData("integers", "7 7", "[6.5, 7.5]")]
    [InlineData("fd", "7.5 7.5", "[7.5, 7.500000000000001]")]
    [InlineData("doane", "7 7", "[6.5, 7.5]")]
    [InlineData("equal:2", "0 \"a\" null 1e400 1", "[0, 0.5) [0.5, 1]")] // a value that is not a finite number has a bin of its own
    public void The_chosen_kind_decides_the_bins(string bins, string values, string labels) =>
        Assert.Equal(
            labels,
            Labels(Build(BinsChoice.Parse(bins) with { MinExpected = 0 }, [.. values.Split(' ').Select(value => Event("00:00", value))])));

    [Fact]
    public void The_default_is_10_quantiles_or_20_bins_of_the_other_kinds() => Assert.Equal(
        [10, 20, 20, 20],
        new[] { "quantiles", "equal", "log", "categories" }.Select(
            kind => Build(BinsChoice.Parse(kind), Enumerable.Range(1, 100).Select(i => Event("00:00", $"{i}.5")))
                .Reference.Binning.Regular));

    // Panes of an hour, windows of one and of two: 40 events in two hours are 20 in the shortest window.
    [Theory]
    [InlineData("equal:4", 0, "[0, 2) [2, 4) [4, 6) [6, 8]", "")]
    [InlineData(
        "equal:4", 2, "[0, 2) [2, 6) [6, 8]", "4 bins are pooled to 3, so that each expects at least 2 events in the shortest window")]
    [InlineData(
        "equal:4", 19, "[0, 8]", "4 bins are pooled to one, because no two bins would each expect 19 events in the shortest window")]
    [InlineData("categories:4", 0, "8 1 3 5", "")]
    [InlineData("categories:4", 2, "8 1", "2 of 4 values count as unseen: each expects fewer than 2 events in the shortest window")]
    [InlineData("categories:4", 19, "8", "3 of 4 values count as unseen: each expects fewer than 19 events in the shortest window")]
    [InlineData("quantiles:10", 0, "[0, 0.5) [0.5, 2) [2, 4) [4, 6.5) [6.5, 8]", "")] // each of few values
    public void Bins_that_expect_too_few_events_in_the_shortest_window_are_pooled(string bins, int minExpected, string labels, string note)
    {
        var builder = Builder(BinsChoice.Parse(bins) with { MinExpected = minExpected }, period: null);
        IEnumerable<string> events =
        [
            .. Events("00:00", 4, "1"), .. Events("00:10", 3, "3"), .. Events("01:20", 2, "5"), .. Events("01:30", 30, "8"),
            Event("00:00", "0"),
        ];
        foreach (var json in events)
        {
            builder.Add(new RawEvent { Value = Encoding.UTF8.GetBytes(json) });
        }

        Assert.Equal(labels, Labels(builder.Build()));
        Assert.Equal(note, string.Concat(builder.Notes));
    }

    [Fact]
    public void The_mean_rate_is_that_of_the_panes_that_are_not_excluded()
    {
        // 12 events in the two hours that count: 6 a window. With the excluded four hours they would be 2.
        IEnumerable<string> events = [.. Events("00:00", 6, "1"), .. Events("05:00", 6, "2")];
        var choice = BinsChoice.Parse("integers") with { MinExpected = 3 };

        Assert.Equal(
            "[0.5, 1.5) [1.5, 2.5]", Labels(Build(choice, events, null, new Period(At("2013-02-09T01:00Z"), At("2013-02-09T05:00Z")))));
        Assert.Equal("[0.5, 2.5]", Labels(Build(choice, events)));
    }

    [Theory]
    // 600 of 800 values are equal, including both quartiles
    [InlineData(
        "fd", 600,
        "at least half of the numbers are equal, so their interquartile range is 0 and fd gives no bin width: Doane's rule is used "
            + "instead")]
    [InlineData("doane", 0, "13 bins are pooled to 6, so that each expects at least 5 events in the shortest window")]
    public void Rules_pool_bins_by_default_and_report_it(string bins, int ties, string note)
    {
        var builder = Builder(BinsChoice.Parse(bins), period: null);
        foreach (var value in Enumerable.Repeat(5.5, ties).Concat(Enumerable.Range(0, 200).Select(i => Math.Pow(2, i / 10.0))))
        {
            builder.Add(new RawEvent { Value = Encoding.UTF8.GetBytes(Event("00:00", FormattableString.Invariant($"{value}"))) });
        }

        var reference = builder.Build().Reference;
        Assert.All(
            reference.Counts[..reference.Binning.Regular].ToArray(),
            count => Assert.InRange(count, BinsChoice.FewestExpected, long.MaxValue));
        Assert.Contains(note, builder.Notes);
    }

    [Fact]
    public void An_outlier_does_not_make_a_million_bins_and_whole_numbers_do_not_leave_empty_bins_in_between()
    {
        IEnumerable<string> Values(params IEnumerable<double> values) => values.Select(
            value => Event("00:00", FormattableString.Invariant($"{value}")));
        var unpooled = BinsChoice.Parse("fd") with { MinExpected = 0 };

        Assert.Equal(1000, Build(unpooled, Values([.. Enumerable.Range(0, 100).Select(i => i / 64.0), 1e12])).Reference.Binning.Regular);
        Assert.Equal(
            "[-0.5, 0.5) [0.5, 1.5) [1.5, 2.5]", Labels(Build(unpooled, Values(Enumerable.Range(0, 3000).Select(i => (double)(i % 3))))));

        // So large that there is no double between two integers for an edge, but equal widths still have edges.
        Assert.InRange(
            Build(unpooled, Values(Enumerable.Range(0, 3000).Select(i => Math.Pow(2, 53) + i % 3 * 2))).Reference.Binning.Regular, 2, 100);
    }

    [Theory]
    [InlineData("0,x,2", "edge 1 is \"x\": write numbers separated by commas, such as -15,0,15,60")]
    [InlineData("", "edge 0 is \"\": write numbers separated by commas, such as -15,0,15,60")]
    [InlineData("0,2,1", "edges must increase, and edge 2 (1) is not above edge 1 (2)")]
    [InlineData("0", "edges need at least two values, and there is 1")]
    [InlineData("0,NaN", "edge 1 is NaN: edges are finite, since values beyond them have bins of their own")]
    [InlineData("0,Infinity", "edge 1 is Infinity: edges are finite, since values beyond them have bins of their own")]
    public void Invalid_edges_are_reported(string edges, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => BinsChoice.Edges(edges)).Message);

    private static string Event(string time, string value) => $$"""{"t":"2013-02-09T{{time}}Z","x":{{value}}}""";

    private static IEnumerable<string> Events(string time, int count, string value = "5") => Enumerable.Repeat(Event(time, value), count);

    private static ReferenceFile Build(BinsChoice bins, IEnumerable<string> events, Period? period = null, params Period[] excluded) =>
        Fed(Builder(bins, period, excluded), events).Build();

    private static ReferenceFile BuildCells(BinsChoice bins, params string[] cells)
    {
        var header = new CsvHeader(["t", "x"]);
        var builder = Builder(bins, period: null);
        foreach (var cell in cells)
        {
            builder.Add(new RawEvent { Value = Encoding.UTF8.GetBytes($"2013-02-09T00:00Z,{cell}"), Header = header });
        }

        return builder.Build();
    }

    private static IReadOnlyList<string> NotesOf(BinsChoice bins, IEnumerable<string> values)
    {
        var builder = Fed(Builder(bins, period: null), values.Select(value => Event("00:00", value)));
        builder.Build();
        return builder.Notes;
    }

    private static ReferenceBuilder Fed(ReferenceBuilder builder, IEnumerable<string> events)
    {
        foreach (var json in events)
        {
            builder.Add(new RawEvent { Value = Encoding.UTF8.GetBytes(json) });
        }

        return builder;
    }

    private static ReferenceFile BuildSegments(int most, IEnumerable<string> events)
    {
        var builder = new ReferenceBuilder(Recipe with
        {
            Spec = Spec with { MostSegments = most },
            Bins = BinsChoice.Edges("0,10,20"),
            SegmentBy = FieldPath.Parse("s"),
        });
        return Fed(builder, events).Build();
    }

    private static ReferenceBuilder Builder(BinsChoice bins, Period? period, params Period[] excluded) =>
        new(Recipe with { Period = period, Excluded = excluded, Bins = bins });

    private static ReferenceRecipe Recipe => new(Spec, FieldPath.Parse("x")) { EventTime = FieldPath.Parse("t") };

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

    private static string Labels(ReferenceFile file) =>
        string.Join(' ', Enumerable.Range(0, file.Reference.Binning.Regular).Select(file.Reference.Binning.Label));
}
