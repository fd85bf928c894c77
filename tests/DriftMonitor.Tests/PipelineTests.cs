using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Events;
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

    private static Pipeline PipelineOf(ScriptedSource source, MonitorBinding binding, List<EventTime> times) =>
        new(source, [binding], TimeProvider.System, TimeSpan.FromHours(1), [new Times(times)]);

    private sealed class Times(List<EventTime> times) : IReportSink
    {
        public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports) =>
            times.AddRange(reports.Select(report => report.Time));
    }
}
