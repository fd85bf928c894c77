using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Wording;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests;

/// <summary>Derived fields in a monitor: what is counted, when windows begin, and what is remembered.</summary>
public sealed class DerivedPipelineTests
{
    private static readonly NumericBinning Numbers = new([-100, -1, 0, 1, 2, 3, 100]);

    [Fact]
    public void An_event_without_enough_before_it_is_not_counted_and_leaves_a_trace()
    {
        var binding = Derived("deviation(x, 2)");
        var source = new ScriptedSource().Partitions(1)
            .Event(0, """{"x":1}""", At("2013-02-09T00:10Z"))
            .Event(0, """{"x":2}""", At("2013-02-09T01:10Z"))
            .Event(0, """{"x":3}""", At("2013-02-09T02:10Z"))
            .Event(0, """{"x":1}""", At("2013-02-09T03:10Z"))
            .End();

        var reports = Play(source, binding);

        // The monitor begins with its first counted event: 3 − 1.5, then 1 − 2.5.
        Assert.Equal(["2013-02-09T03:00:00Z", "2013-02-09T04:00:00Z"], reports.Select(report => $"{report.Time}"));
        Assert.Equal([1, 1], reports.Select(report => report.Readings[0].Events));
        Assert.Equal([Unavailable.WindowIncomplete, Unavailable.None], reports.Select(report => report.Readings[1].Unavailable));
        Assert.Equal((2, 2), (binding.Monitor.Counted, binding.Monitor.WithoutHistory));
        Assert.Equal([1, 0, 0, 1, 0, 0], binding.Monitor.Series[0].Histogram(1).Counts().Take(6));
    }

    [Fact]
    public void Nulls_wrong_types_and_late_events_leave_no_trace()
    {
        var binding = Derived("difference(x)");
        var source = new ScriptedSource().Partitions(1)
            .Event(0, """{"x":5}""", At("2013-02-09T01:10Z"))
            .Event(0, """{"x":null}""", At("2013-02-09T01:11Z"))
            .Event(0, """{"x":"7"}""", At("2013-02-09T01:12Z"))
            .Event(0, """{"x":50}""", At("2013-02-09T00:10Z")) // late
            .Event(0, """{"x":7.5}""", At("2013-02-09T01:13Z"))
            .Event(0, """{}""", At("2013-02-09T01:14Z"))
            .End();

        Play(source, binding);

        Assert.Equal(1, binding.Monitor.Rejected[Rejection.Late]);
        Assert.Equal([0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 1], binding.Monitor.Series[0].Histogram(0).Counts()); // 7.5 − 5
    }

    [Fact]
    public void A_null_without_enough_before_it_is_not_counted_either()
    {
        var binding = Derived("deviation(x, 2)");
        var source = new ScriptedSource().Partitions(1);
        foreach (var x in new[] { "null", "1", "\"a\"", "2", "null", "\"a\"" })
        {
            source.Event(0, $$"""{"x":{{x}}}""", At("2013-02-09T00:10Z"));
        }

        Play(source.End(), binding);

        Assert.Equal((2, 4), (binding.Monitor.Counted, binding.Monitor.WithoutHistory));
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1], binding.Monitor.Series[0].Histogram(0).Counts());
    }

    [Fact]
    public void A_field_that_is_never_there_is_reported_though_nothing_is_counted()
    {
        var binding = Derived("difference(x)");
        Play(new ScriptedSource().Partitions(1).Events(3, 0, """{"y":1}""", At("2013-02-09T00:10Z")).End(), binding);

        Assert.Equal(
            "the monitor \"delay\" found no value of the field \"difference(x)\" in any of 3 events: is the name right?",
            BlindMonitor.Describe(binding, []));
    }

    [Fact]
    public void Only_segments_with_a_series_are_remembered()
    {
        var binding = Derived("difference(x)", segments: ["a"], mostSegments: 2);
        var source = new ScriptedSource().Partitions(1);
        foreach (var segment in new[] { "b", "c", "d", "a", "b", "c", "d", "a" })
        {
            source.Event(0, $$"""{"x":1,"segment":"{{segment}}"}""", At("2013-02-09T00:10Z"));
        }

        var reports = Play(source.End(), binding);

        Assert.Equal(["a", "b"], reports.Select(report => report.Segment));
        Assert.Equal((2, 2, 4), (binding.Monitor.Counted, binding.Monitor.WithoutHistory, binding.Monitor.Dropped));
        Assert.Equal(1, binding.Monitor.UnknownSegment);
    }

    [Fact]
    public void An_empty_pane_has_the_volume_zero()
    {
        var binding = Derived("volume()");
        var source = new ScriptedSource().Partitions(2)
            .Events(2, 0, """{"x":1}""", At("2013-02-09T00:10Z"))
            .Event(1, "{}", At("2013-02-09T00:20Z"))
            .Event(0, "[]", At("2013-02-09T02:10Z"))
            .End();

        var reports = Play(source, binding);

        Assert.Equal(3, reports.Count);
        Assert.All(reports, report => Assert.Equal(1, report.Readings[0].Events)); // a window of one pane has one value
        Assert.Equal([0, 0, 1, 1, 0, 0], binding.Monitor.Series[0].Histogram(1).Counts().Take(6)); // 0, then 1
        Assert.Equal(4, binding.Monitor.Counted); // events, of which shares are taken
    }

    [Fact]
    public void A_segment_has_volumes_from_its_first_event_on_and_one_of_the_reference_from_the_start()
    {
        var binding = Derived("volume()", segments: ["known"], mostSegments: 10);
        var source = new ScriptedSource().Partitions(1)
            .Event(0, """{"segment":"first"}""", At("2013-02-09T00:10Z"))
            .Event(0, """{"segment":"late"}""", At("2013-02-09T01:10Z"))
            .Event(0, """{"segment":"first"}""", At("2013-02-09T02:10Z"))
            .End();

        var volumes = Play(source, binding).Select(report => (At($"{report.Time}").Milliseconds / 3_600_000 % 24, report.Segment));

        Assert.Equal(
            [(1, "first"), (1, "known"), (2, "first"), (2, "known"), (2, "late"), (3, "first"), (3, "known"), (3, "late")], volumes);
        Assert.Equal([0, 0, 2], binding.Monitor.Find("known")!.Histogram(1).Counts().Take(3));
        Assert.Equal([0, 0, 1, 1], binding.Monitor.Find("first")!.Histogram(1).Counts().Take(4));
    }

    [Theory]
    [InlineData("difference(x)", 3, 2)]
    [InlineData("volume()", 4, 4)]
    public void The_other_topic_of_a_reference_is_derived_in_the_same_way(string field, int own, int other)
    {
        var binding = Derived(field);
        var spec = binding.Monitor.Spec;
        binding = binding with
        {
            ReferenceTopic = "other",
            Monitor = new FieldMonitor(
                spec, new CompanionWindow(Numbers, spec.WindowPanes, 0.5, "the topic other"), new GivenCalibration(null),
                hasReferenceTopic: true),
        };
        var source = new ScriptedSource().Partitions(1).On("other").Partitions(1);
        for (var minute = 0; minute < 4; minute++)
        {
            source.On("events").Event(0, $$"""{"x":{{3 * minute}}}""", At($"2013-02-09T00:1{minute}Z"));
            source.On("other").Event(0, $$"""{"x":{{2 * minute}}}""", At($"2013-02-09T00:1{minute}Z"));
        }

        var reports = Play(source.End(), binding);

        // Differences of 3 and of 2, three of each; or one volume of 4 on both sides.
        var series = binding.Monitor.Series[0];
        var histogram = series.Histogram(0);
        Assert.Equal(field == "volume()" ? 1 : 3, Assert.Single(reports).Readings[0].Events);
        Assert.Equal(Numbers.BinOf(own), histogram.Counts().Index().Single(bin => bin.Item > 0).Index);
        Assert.Equal(Numbers.BinOf(other), histogram.Reference!.Counts.ToArray().Index().Single(bin => bin.Item > 0).Index);
    }

    [Fact]
    public void A_monitor_that_counts_nothing_says_what_it_waits_for()
    {
        var binding = Derived("deviation(x, day)");
        var source = new ScriptedSource().Partitions(1).Events(5, 0, """{"x":1}""", At("2013-02-09T00:10Z")).End();

        Assert.Empty(Play(source, binding));
        Assert.Equal(
            "the monitor \"delay\" counted none of 5 events, as not enough came before any of them for deviation(x, day): "
                + "replay a longer period, or wait",
            BlindMonitor.Describe(binding, []));
    }

    [Theory]
    [InlineData("difference(x)", 1L)]
    [InlineData("hour()", 0L)]
    [InlineData("length(x)", null)]
    [InlineData("volume()", null)]
    public void Events_left_out_are_counted_where_there_can_be_some(string field, long? withoutHistory)
    {
        var binding = Derived(field);
        Play(new ScriptedSource().Partitions(1).Event(0, """{"x":1}""", At("2013-02-09T00:10Z")).End(), binding);

        Assert.Equal(withoutHistory, Live.MonitorSnapshot.Of(binding, []).WithoutHistory);
    }

    [Fact]
    public void Rejected_events_of_panes_before_the_first_counted_event_are_in_no_window_and_do_not_pile_up()
    {
        var binding = Derived("deviation(x, 50)");
        var source = new ScriptedSource().Partitions(1);
        for (var hour = 0; hour < 60; hour++)
        {
            source.Event(0, """{"x":1}""", At("2013-02-09T00:10Z") + TimeSpan.FromHours(hour));
            source.Event(0, "no JSON", At("2013-02-09T00:10Z") + TimeSpan.FromHours(hour));
        }

        var pipeline = new Pipeline(source.End(), [binding], TimeProvider.System, TimeSpan.FromHours(1), []);
        var most = 0L;
        while (pipeline.Step(TimeSpan.Zero) != SourceSignal.End)
        {
            most = Math.Max(most, binding.Monitor.Open.Rejected);
        }

        Assert.InRange(most, 1, 3);
        Assert.Equal((10, 50), (binding.Monitor.Counted, binding.Monitor.WithoutHistory));
        Assert.Equal(0.5, binding.Monitor.RejectedShareOf(0));
        Assert.Equal((0, 0), binding.Monitor.Open);
    }

    private static List<SeriesReport> Play(ScriptedSource source, MonitorBinding binding)
    {
        var sink = new Reports();
        var pipeline = new Pipeline(source, [binding], TimeProvider.System, TimeSpan.FromHours(1), [sink]);
        while (pipeline.Step(TimeSpan.Zero) != SourceSignal.End)
        {
        }

        return sink.All;
    }

    private static MonitorBinding Derived(string field, string[]? segments = null, int mostSegments = 100)
    {
        var derived = DerivedField.Parse(field)!;
        var plain = Watch(binning: Numbers, segments: segments);
        var spec = plain.Monitor.Spec with { Derivation = derived.Derivation, MostSegments = mostSegments };
        var whole = new CalibratedReference(new Reference(Numbers, [.. Enumerable.Repeat(100L, Numbers.Count)]));
        var monitor = segments is null
            ? new FieldMonitor(spec, whole)
            : new FieldMonitor(spec, whole, segments.ToDictionary(segment => segment, _ => whole));
        return plain with { Monitor = monitor, Field = FieldPath.OfColumn(field), DerivedFrom = derived.From };
    }

    private sealed class Reports : IReportSink
    {
        public List<SeriesReport> All { get; } = [];

        public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports) => All.AddRange(reports);
    }
}
