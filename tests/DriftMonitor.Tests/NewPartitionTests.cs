using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;
using Microsoft.Extensions.Time.Testing;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests;

/// <summary>Panes wait until the source has said which partitions there are: time is moved by hand.</summary>
public sealed class NewPartitionTests
{
    private static readonly EventTime Start = At("2013-02-09T00:00Z");

    private readonly FakeTimeProvider _clock = new();
    private readonly ScriptedSource _source = new ScriptedSource { MayGrow = true }.Partitions(1);
    private readonly MonitorBinding _watched = Watch();
    private readonly Pipeline _pipeline;

    public NewPartitionTests() => _pipeline = new Pipeline(_source, [_watched], _clock, TimeSpan.FromSeconds(30), []);

    private FieldMonitor Monitor => _watched.Monitor;

    [Fact]
    public void Events_of_a_partition_that_was_added_before_a_pane_was_due_are_in_the_pane()
    {
        Events(3, 0, hours: 0);
        Events(1, 0, hours: 1);
        Step();
        Assert.Equal(0, Monitor.ClosedPanes);

        _source.Partitions(2).PartitionsConfirmed();
        Step();
        Assert.Equal(0, Monitor.ClosedPanes); // the new one has not been read yet
        Events(2, 1, hours: 0);
        Events(1, 1, hours: 1);
        Step();

        Assert.Equal((1, 5), (Monitor.ClosedPanes, Monitor.LastReports[0].Readings[0].Events));
        Assert.Equal(0, Monitor.Rejected.Total);
    }

    [Fact]
    public void Without_new_partitions_the_pane_closes_as_soon_as_the_source_says_so()
    {
        Events(3, 0, hours: 0);
        Events(1, 0, hours: 1);
        Step();
        _source.PartitionsConfirmed();
        Step();

        Assert.Equal((1, 3), (Monitor.ClosedPanes, Monitor.LastReports[0].Readings[0].Events));
    }

    [Fact]
    public void A_pane_that_was_due_when_a_process_ended_closes_in_the_next_one_although_no_event_comes()
    {
        Events(3, 0, hours: 0);
        Events(1, 0, hours: 1);
        Step();
        Assert.Equal(0, Monitor.ClosedPanes); // the answer comes too late
        var next = Watch();
        next.Monitor.Load(Monitor.Save());
        var source = new ScriptedSource { MayGrow = true }.Partitions(1).CaughtUp(0);
        var pipeline = new Pipeline(source, [next], _clock, TimeSpan.FromSeconds(30), []);
        var before = source.PartitionsAsked;

        pipeline.Step(TimeSpan.Zero);
        pipeline.Step(TimeSpan.Zero);
        Assert.InRange(source.PartitionsAsked - before, 1, 2);
        source.PartitionsConfirmed();
        while (!source.IsUsedUp)
        {
            pipeline.Step(TimeSpan.Zero);
        }

        Assert.Equal((1, 3), (next.Monitor.ClosedPanes, next.Monitor.LastReports[0].Readings[0].Events));
    }

    [Fact]
    public void An_answer_counts_for_what_had_been_read_when_the_source_was_asked()
    {
        Events(3, 0, hours: 0);
        Events(1, 0, hours: 1);
        Step();
        Events(1, 0, hours: 2);
        Step(); // before the answer
        _source.PartitionsConfirmed();
        Step();
        Assert.Equal(1, Monitor.ClosedPanes);

        Wait(TimeSpan.FromSeconds(1));
        _source.PartitionsConfirmed();
        Step();
        Assert.Equal(2, Monitor.ClosedPanes);
    }

    [Fact]
    public void The_source_is_asked_at_most_ten_times_a_second_and_only_while_a_pane_is_due()
    {
        var before = _source.PartitionsAsked;
        Events(3, 0, hours: 0);
        Wait(TimeSpan.FromSeconds(100));
        Assert.Equal(0, _source.PartitionsAsked - before);

        Events(1, 0, hours: 1);
        Wait(TimeSpan.FromSeconds(1));
        Assert.InRange(_source.PartitionsAsked - before, 10, 11);
        before = _source.PartitionsAsked;
        _source.PartitionsConfirmed();
        Step();
        Wait(TimeSpan.FromSeconds(100));
        Assert.Equal((1, 0), (Monitor.ClosedPanes, _source.PartitionsAsked - before));
    }

    [Fact]
    public void The_source_is_not_asked_while_it_has_trouble_but_afterwards_even_without_an_event()
    {
        var before = _source.PartitionsAsked;
        _source.Troubled("no broker answers");
        Events(3, 0, hours: 0);
        Events(1, 0, hours: 1);
        Wait(TimeSpan.FromSeconds(10));
        Assert.Equal(0, _source.PartitionsAsked - before);

        _source.Troubled(null);
        Step();
        Assert.Equal(1, _source.PartitionsAsked - before);
    }

    private void Events(int count, int partition, int hours) =>
        _source.Events(count, partition, """{"x":5}""", Start + TimeSpan.FromHours(hours));

    private void Step()
    {
        while (!_source.IsUsedUp)
        {
            _pipeline.Step(TimeSpan.Zero);
        }

        _pipeline.Step(TimeSpan.Zero);
    }

    private void Wait(TimeSpan time)
    {
        Step();
        for (var waited = TimeSpan.Zero; waited < time; waited += TimeSpan.FromMilliseconds(20))
        {
            _clock.Advance(TimeSpan.FromMilliseconds(20));
            Step();
        }
    }
}
