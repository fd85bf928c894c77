using System.Text;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.References;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.References;

/// <summary>References of derived fields: which events are values, and which leave a trace.</summary>
public sealed class DerivedReferenceTests
{
    [Fact]
    public void Events_before_the_period_and_in_an_excluded_one_leave_a_trace_but_are_no_values()
    {
        var builder = Builder(
            "difference(x)", "-50,-5,0,5,50",
            new Period(At("2013-02-09T01:00Z"), At("2013-02-09T04:00Z")),
            new Period(At("2013-02-09T02:00Z"), At("2013-02-09T03:00Z")));

        var reference = Fed(builder, Event("00:10", "10"), Event("01:10", "12"), Event("02:10", "100"), Event("03:10", "101")).Build();

        Assert.Equal([0, 0, 2, 0], Regular(reference)); // 12 − 10 and 101 − 100
        Assert.Equal(0, builder.WithoutHistory);
    }

    [Fact]
    public void A_reference_begins_with_the_first_event_that_has_a_value()
    {
        var builder = Builder("deviation(x, 2)", "-50,0,50");

        var reference = Fed(builder, Event("00:10", "1"), Event("01:10", "2"), Event("02:10", "3"), Event("03:10", "1")).Build();

        Assert.Equal(At("2013-02-09T02:00Z"), reference.Reference.Period!.Value.From);
        Assert.Equal([1, 1], Regular(reference));
        Assert.Equal(2, builder.WithoutHistory);
        Assert.Equal("deviation(x, 2)", reference.Field);
    }

    [Fact]
    public void Each_partition_and_segment_has_values_of_its_own_and_nulls_leave_no_trace()
    {
        var builder = Builder("difference(x)", "-50,-5,0,5,50", segmentBy: "k");
        Fed(builder, Event("00:10", "1", "a"), Event("00:11", "20", "b"), Event("00:12", "null", "a"), Event("00:13", "true", "a"));
        Fed(builder, partition: 1, Event("00:14", "100", "a"));

        var reference = Fed(builder, Event("00:15", "3", "a"), Event("00:16", "21", "b"), Event("00:17", "1", "b")).Build();

        Assert.Equal([1, 0, 2, 0], Regular(reference));
        Assert.Equal([0, 0, 1, 0, 0, 0, 0, 1, 1], reference.Segments["a"].Reference.Counts.ToArray());
        Assert.Equal([1, 0, 1, 0, 0, 0, 0, 0, 0], reference.Segments["b"].Reference.Counts.ToArray());
    }

    [Fact]
    public void A_segment_without_a_value_has_no_reference()
    {
        var builder = Builder("gap()", "0,60,600", segmentBy: "k");

        var reference = Fed(builder, Event("00:10", "1", "a"), Event("00:11", "1", "once"), Event("00:12", "1", "a")).Build();

        Assert.Equal(["a"], reference.Segments.Keys);
        Assert.Equal([0, 1], Regular(reference));
        Assert.Equal(0, builder.SegmentsLeftOut);
    }

    [Fact]
    public void Numbers_in_strings_leave_a_trace_where_most_strings_are_numbers()
    {
        var builder = Builder("difference(x)", bins: null);

        string[] events = [Event("00:10", "\"1\""), Event("00:11", "\"5\""), Event("00:12", "\"n/a\""), Event("00:13", "7")];
        var reference = Fed(builder, events).Build();

        Assert.True(((NumericBinning)reference.Reference.Binning).ReadsTextNumbers);
        Assert.Equal(["2 of 3 strings are numbers and are read as numbers (text_numbers)"], builder.Notes);
        Assert.Equal(2, Regular(reference).Sum()); // 5 − 1 and 7 − 5
        Assert.Equal(1, reference.Reference.Counts[reference.Reference.Binning.WrongType]);
    }

    [Fact]
    public void Volume_has_a_value_for_each_pane_also_an_empty_one_but_not_an_excluded_one()
    {
        var builder = Builder(
            "volume()", "0,1,2,3",
            new Period(At("2013-02-09T00:00Z"), At("2013-02-09T06:00Z")),
            new Period(At("2013-02-09T04:00Z"), At("2013-02-09T05:00Z")));

        Fed(builder, Event("00:10", "1"), Event("00:20", "1"), Event("03:20", "null"), Event("04:10", "1"));
        var reference = Fed(builder, partition: 1, Event("00:30", "1")).Build();

        Assert.Equal([3, 1, 1], Regular(reference)); // 0 at 1, 2 and 5 o'clock; 1 at 3; 3 at 0, from both partitions
        Assert.Equal(1, reference.Reference.EventsPerPane);
    }

    [Fact]
    public void Volume_of_segments_has_a_value_for_each_pane_of_those_with_the_most_events()
    {
        var builder = Builder("volume()", "0,1,2,3", segmentBy: "k", most: 2);

        var reference = Fed(
            builder,
            [
                Event("00:10", "1", "a"), Event("00:10", "1", "b"), Event("00:20", "1", "b"), Event("00:20", "1", "c"),
                Event("02:20", "1", "b"),
            ]).Build();

        Assert.Equal(["a", "b"], reference.Segments.Keys.Order());
        Assert.Equal([2, 1, 0], reference.Segments["a"].Reference.Counts[..3].ToArray());
        Assert.Equal([1, 1, 1], reference.Segments["b"].Reference.Counts[..3].ToArray());
        Assert.Equal([3, 2, 1], Regular(reference));
        Assert.Equal(1, builder.SegmentsLeftOut);
    }

    [Fact]
    public void A_field_is_present_or_not()
    {
        var builder = Builder("present(x)", bins: null);

        var reference = Fed(builder, Event("00:10", "1"), Event("00:20", "null"), Event("00:30", "\"\"")).Build();

        Assert.Equal(["true", "false"], ((CategoricalBinning)reference.Reference.Binning).Values);
        Assert.Equal([2, 1, 0, 0, 0], reference.Reference.Counts.ToArray());
    }

    [Fact]
    public void Fields_of_two_fields_are_read_as_a_monitor_reads_them()
    {
        var loss = Fed(
            Builder("logloss(x, k)", "0,0.5,1,40"),
            Event("00:10", "0.5", "1"), Event("00:20", "0.9", "1"), Event("00:30", "1", "0"),
            Event("00:40", "2", "1"), Event("00:50", "0.5", "cat"), Event("01:10", "null", "1")).Build();
        Assert.Equal("logloss(x, k)", loss.Field);
        Assert.Equal([1, 1, 1, 0, 0, 0, 2, 1], loss.Reference.Counts.ToArray()); // 0.105; 0.693; 34.5; two without; 2 is no probability

        var match = Fed(
            Builder("match(x, k)", bins: null), Event("00:10", "1", "1"), Event("00:20", "1.0", "1"), Event("00:30", "1", "2")).Build();
        Assert.Equal(["true", "false"], ((CategoricalBinning)match.Reference.Binning).Values);
        Assert.Equal([2, 1, 0, 0, 0], match.Reference.Counts.ToArray());

        // Most strings are numbers, so that they are read as numbers.
        var residual = Fed(
            Builder("residual(x, k)", bins: null), Event("00:10", "3", "1"), Event("00:20", "5", "1"), Event("00:30", "5", "a")).Build();
        Assert.True(((NumericBinning)residual.Reference.Binning).ReadsTextNumbers);
        Assert.Equal(2, Regular(residual).Sum());
        Assert.Equal(1, residual.Reference.Counts[residual.Reference.Binning.WrongType]);
    }

    [Fact]
    public void Without_enough_before_any_event_there_is_no_reference()
    {
        var builder = Fed(Builder("deviation(x, day)", bins: null), Event("00:10", "1"), Event("00:20", "2"));

        Assert.Equal(
            "no events to build a reference from: 2 read, and none has enough before it for deviation(x, day); use a longer period",
            Assert.Throws<ReferenceException>(builder.Build).Message);
    }

    [Fact]
    public void A_field_that_is_never_there_is_named()
    {
        var builder = Fed(Builder("difference(x)", bins: null), Event("00:10", "null"), Event("00:20", "null"));

        Assert.Equal(
            "no events to build a reference from: 2 read, and the field of difference(x) is missing from all of them; is its name right?",
            Assert.Throws<ReferenceException>(builder.Build).Message);
    }

    private static string Event(string time, string value, string segment = "") =>
        $$"""{"t":"2013-02-09T{{time}}Z","x":{{value}},"k":"{{segment}}"}""";

    private static long[] Regular(ReferenceFile file) => file.Reference.Counts[..file.Reference.Binning.Regular].ToArray();

    private static ReferenceBuilder Builder(string field, string? bins, Period? period = null, params Period[] excluded) =>
        Builder(field, bins, segmentBy: null, most: 100, period, excluded);

    private static ReferenceBuilder Builder(
        string field, string? bins, string? segmentBy, int most = 100, Period? period = null, params Period[] excluded)
    {
        var derived = DerivedField.Parse(field)!;
        var spec = new MonitorSpec
        {
            Name = "x",
            Pane = new PaneGrid(TimeSpan.FromHours(1)),
            Windows = [new WindowSpec(TimeSpan.FromHours(1), "1h")],
            MinimumEvents = 1,
            MostSegments = most,
            Derivation = derived.Derivation,
        };
        return new ReferenceBuilder(new ReferenceRecipe(spec, FieldPath.OfColumn(field))
        {
            EventTime = FieldPath.Parse("t"),
            Period = period,
            Excluded = excluded,
            Bins = bins is null ? BinsChoice.Auto : BinsChoice.Edges(bins),
            SegmentBy = segmentBy is null ? null : FieldPath.Parse(segmentBy),
            DerivedFrom = derived.From,
            Second = derived.With,
        });
    }

    private static ReferenceBuilder Fed(ReferenceBuilder builder, params string[] events) => Fed(builder, partition: 0, events);

    private static ReferenceBuilder Fed(ReferenceBuilder builder, int partition, params string[] events)
    {
        foreach (var json in events)
        {
            builder.Add(new RawEvent { Partition = partition, Value = Encoding.UTF8.GetBytes(json) });
        }

        return builder;
    }
}
