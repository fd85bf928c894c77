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
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private const int TwentyYears = 20 * 365 * 24 + 5 * 24; // hours

    [Fact]
    public void Twenty_years_without_events_close_in_one_step()
    {
        var source = new ScriptedSource().Partitions(1)
            .Events(3, 0, """{"x":5}""", First)
            .Events(4, 0, """{"x":5}""", YearsLater)
            .Event(0, """{"x":15}""", YearsLater + 2 * Hour);
        var (binding, reports) = (Watch(), new List<SeriesReport>());
        var pipeline = PipelineOf(source, [binding], reports);

        Play(pipeline, source);

        // Hours 1 and 2 hold the events, in windows of at most two hours; from 3 on, they are empty.
        var start = First - TimeSpan.FromMinutes(10);
        Assert.Equal([start + Hour, start + 2 * Hour, start + 3 * Hour, YearsLater + TimeSpan.FromMinutes(50)], Times(reports).Take(4));
        Assert.Equal([null, null, YearsLater - TimeSpan.FromMinutes(10), null], reports.Take(4).Select(report => report.Until));
        Assert.Equal((8, TwentyYears + 2), (binding.Monitor.Counted, binding.Monitor.ClosedPanes));
    }

    [Fact]
    public void While_an_event_closes_many_panes_the_source_is_read_on()
    {
        // Windows of 1000 panes; the next event makes 999 panes of 40 monitors due.
        var source = new ScriptedSource().Partitions(1)
            .Events(3, 0, """{"x":5}""", First)
            .Event(0, """{"x":5}""", First + 999 * Hour);
        for (var i = 0; i < 3; i++)
        {
            source.Event(0, """{"x":15}""", First + 999 * Hour);
        }

        var reports = new List<SeriesReport>();
        MonitorBinding[] bindings = [.. Enumerable.Range(0, 40).Select(i => WatchFor(1000, $"m{i}"))];
        var pipeline = PipelineOf(source, bindings, reports);
        var (most, closedAtLast) = (0, 0);
        while (!source.IsUsedUp)
        {
            closedAtLast = reports.Count;
            pipeline.Step(TimeSpan.Zero);
            most = Math.Max(most, reports.Count - closedAtLast);
        }

        Assert.InRange(most, 1, 20_000);
        Assert.InRange(closedAtLast, 1, 39_000); // the last event is read before all have closed
        Assert.Equal(7 * 40, bindings.Sum(binding => binding.Monitor.Counted));
        while (bindings.Sum(binding => binding.Monitor.ClosedPanes) < 40 * 999)
        {
            pipeline.Step(TimeSpan.Zero);
        }

        Assert.Equal(40 * 999, reports.Count);
        Assert.All(reports.GroupBy(report => report.Time), together => Assert.Equal(40, together.Count()));
    }

    [Fact]
    public void The_end_of_a_source_is_reported_after_the_last_pane_has_closed()
    {
        var source = new ScriptedSource().Partitions(2).Event(0, """{"x":5}""", First).Event(1, """{"x":5}""", First + 30_000 * Hour).End();
        var reports = new List<SeriesReport>();
        var pipeline = PipelineOf(source, [WatchFor(40_000)], reports);

        var steps = 1;
        while (pipeline.Step(TimeSpan.Zero) != SourceSignal.End)
        {
            steps++;
        }

        Assert.Equal(First - TimeSpan.FromMinutes(10) + 30_001 * Hour, reports[^1].Time);
        Assert.Equal(30_001, reports.Count);
        Assert.InRange(steps, 4, 10);
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

    private static MonitorBinding WatchFor(int hours, string name = "delay")
    {
        var watched = Watch(name);
        var spec = watched.Monitor.Spec with { Windows = [new WindowSpec(hours * Hour, $"{hours}h")] };
        return watched with { Monitor = new FieldMonitor(spec, watched.Monitor.Against.Whole!) };
    }

    private static IEnumerable<EventTime> Times(IEnumerable<SeriesReport> reports) => reports.Select(report => report.Time);

    private static void Play(Pipeline pipeline, ScriptedSource source)
    {
        while (!source.IsUsedUp)
        {
            pipeline.Step(TimeSpan.Zero);
        }
    }

    private static Pipeline PipelineOf(ScriptedSource source, MonitorBinding[] bindings, List<SeriesReport> reports) =>
        new(source, bindings, TimeProvider.System, TimeSpan.FromHours(1), [new Kept(reports)]);

    private sealed class Kept(List<SeriesReport> kept) : IReportSink
    {
        public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports) => kept.AddRange(reports);
    }
}
