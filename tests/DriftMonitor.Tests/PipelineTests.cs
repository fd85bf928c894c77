using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Files;
using DriftMonitor.Wording;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests;

public sealed class PipelineTests
{
    private static readonly EventTime First = At("2013-02-09T00:10Z");
    private static readonly EventTime YearsLater = At("2033-02-09T00:10Z");
    private const int PanesBetween = 20 * 8766; // hours

    [Fact]
    public void An_event_that_closes_many_panes_does_so_in_short_steps_and_the_next_event_waits_for_all_of_them()
    {
        var source = new ScriptedSource().Partitions(1)
            .Event(0, """{"x":5}""", First)
            .Event(0, """{"x":5}""", YearsLater)
            .Event(0, """{"x":15}""", YearsLater);
        var binding = Watch();
        var (times, most) = (new List<EventTime>(), 0);
        var pipeline = PipelineOf(source, binding, times);

        for (var taken = 0; taken < 3;)
        {
            var before = times.Count;
            taken += pipeline.Step(TimeSpan.Zero) == SourceSignal.Event ? 1 : 0;
            most = Math.Max(most, times.Count - before);
            Assert.True(taken < 3 || times.Count >= PanesBetween);
        }

        Assert.InRange(most, 1, 2000);
        Assert.Equal(Enumerable.Range(1, times.Count).Select(hour => At("2013-02-09T00:00Z") + hour * TimeSpan.FromHours(1)), times);
        Assert.Equal(3, binding.Monitor.Counted);
    }

    [Fact]
    public void The_end_of_a_source_is_reported_after_the_last_pane_has_closed()
    {
        var source = new ScriptedSource().Partitions(2).Event(0, """{"x":5}""", First).Event(1, """{"x":5}""", YearsLater).End();
        var times = new List<EventTime>();
        var pipeline = PipelineOf(source, Watch(), times);

        var steps = 1;
        while (pipeline.Step(TimeSpan.Zero) != SourceSignal.End)
        {
            steps++;
        }

        Assert.Equal(At("2033-02-09T01:00Z"), times[^1]);
        Assert.InRange(times.Count, PanesBetween, PanesBetween + 24);
        Assert.InRange(steps, times.Count / 2000, times.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_field_of_two_columns_is_refused_in_the_same_words_by_any_number_of_workers(int workers)
    {
        byte[][] rows = [.. Enumerable.Repeat("1,5"u8.ToArray(), MemorySource.BatchSize)];
        using var source = new MemorySource(rows, First, new CsvHeader(["x", "x"]));
        var pipeline = new Pipeline(source, [Watch()], TimeProvider.System, TimeSpan.FromHours(1), [], workers);

        var refused = Assert.Throws<SourceException>(() => pipeline.Step(TimeSpan.Zero));

        Assert.Equal("the CSV header has two columns named \"x\": rename one of them", refused.Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Monitors_of_a_topic_may_differ_in_what_an_event_is(int workers)
    {
        var source = new ScriptedSource().Partitions(1)
            .Event(0, """{"x":1,"records":[{"x":1},{"x":2},{}],"other":[{"x":3}]}""", First)
            .Event(0, """{"x":1,"records":[]}""", First)
            .Event(0, """{"x":1,"records":[{"x":4}]""", First) // cut off
            .Event(0, """{"x":1,"records":{"x":5}}""", First)
            .Event(0, "", First)
            .End();
        MonitorBinding[] bindings =
        [
            Watch("whole"),
            Watch("records") with { Unpack = FieldPath.ParseArray("records") },
            Watch("other") with { Unpack = FieldPath.ParseArray("other") },
            Watch("also records") with { Unpack = FieldPath.ParseArray("records"), EventTime = FieldPath.Parse("t") },
        ];
        var pipeline = new Pipeline(source, bindings, TimeProvider.System, TimeSpan.FromHours(1), [], workers);
        while (pipeline.Step(TimeSpan.Zero) != SourceSignal.End)
        {
        }

        Assert.Equal([3, 3, 1, 0], bindings.Select(binding => binding.Monitor.Counted));
        Assert.Equal(["", "1 schema", "2 schema", "1 schema, 3 no_event_time"], bindings.Select(
            binding => RejectionNames.List(binding.Monitor.Rejected)));
        var tally = pipeline.Tallies[0];
        Assert.Equal((5, "1 malformed, 1 empty"), (tally.Events, RejectionNames.List(tally.Rejected)));

        // Each share is of what the monitor got: records that cannot be read count once.
        Assert.Equal([5, 5, 6, 6, 5], pipeline.Losses.Select(losses => losses.Events));
        var lost = Assert.Single(pipeline.Losses, losses => losses.Monitor == bindings[1]);
        Assert.Equal("has no array at \"records\" (see Unpack)", lost.First[Rejection.Schema]!.Fault);
        Assert.Equal(3, lost.First[Rejection.Schema]!.Offset);
    }

    [Fact]
    public void A_monitor_may_watch_the_array_that_another_unpacks()
    {
        var source = new ScriptedSource().Partitions(1).Event(0, """{"records":[{"x":5},{"x":15}]}""", First).End();
        MonitorBinding[] bindings = [Watch("array", field: "records"), Watch("x") with { Unpack = FieldPath.ParseArray("records") }];
        var pipeline = new Pipeline(source, bindings, TimeProvider.System, TimeSpan.FromHours(1), []);
        while (pipeline.Step(TimeSpan.Zero) != SourceSignal.End)
        {
        }

        Assert.Equal([1, 2], bindings.Select(binding => binding.Monitor.Counted));
        Assert.False(bindings[0].Monitor.IsAlwaysMissing); // an array is of the wrong type, but there
    }

    [Fact]
    public void An_element_without_a_time_is_shown_itself_and_not_its_record()
    {
        using var folder = new Sources.InputFolder();
        var path = folder.Write("x.ndjson", """{"records":[{"t":"2013-02-09T00:10Z"}, {"t":"then"},{"u":1}]}""");
        using var source = new FileSource([path], 1000, () => Stream.Null);
        var binding = Watch() with { Unpack = FieldPath.ParseArray("records"), EventTime = FieldPath.Parse("t") };
        var pipeline = new Pipeline(source, [binding], TimeProvider.System, TimeSpan.FromHours(1), []);
        while (pipeline.Step(TimeSpan.Zero) != SourceSignal.End)
        {
        }

        Assert.Equal(
            $"the monitor \"delay\" rejected 2 of 3 events (66.7 %): 2 no_event_time (check EventTime), the first at {path} line 1: "
                + "time `then`",
            RejectionText.Describe(pipeline.Losses[1]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Rows_of_CSV_cannot_be_unpacked(int workers)
    {
        byte[][] rows = [.. Enumerable.Repeat("1"u8.ToArray(), MemorySource.BatchSize)];
        using var source = new MemorySource(rows, First, new CsvHeader(["x"]));
        MonitorBinding[] bindings = [Watch() with { Unpack = FieldPath.ParseArray("[]") }];
        var pipeline = new Pipeline(source, bindings, TimeProvider.System, TimeSpan.FromHours(1), [], workers);

        var refused = Assert.Throws<SourceException>(() => pipeline.Step(TimeSpan.Zero));

        Assert.StartsWith("the events are CSV, and Unpack is []", refused.Message, StringComparison.Ordinal);
    }

    private static Pipeline PipelineOf(ScriptedSource source, MonitorBinding binding, List<EventTime> times) =>
        new(source, [binding], TimeProvider.System, TimeSpan.FromHours(1), [new Times(times)]);

    private sealed class Times(List<EventTime> times) : IReportSink
    {
        public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports) =>
            times.AddRange(reports.Select(report => report.Time));
    }
}
