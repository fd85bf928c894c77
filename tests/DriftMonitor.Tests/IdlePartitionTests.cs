using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;
using Microsoft.Extensions.Time.Testing;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests;

/// <summary>Which partitions panes wait for: time is moved by hand.</summary>
public sealed class IdlePartitionTests
{
    private static readonly EventTime Start = At("2013-02-09T00:00Z");
    private static readonly TimeSpan IdleAfter = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _clock = new();
    private readonly ScriptedSource _source = new ScriptedSource { MayHaveUnread = true }.Partitions(2);
    private readonly MonitorBinding _watched = Watch();
    private readonly Pipeline _pipeline;

    public IdlePartitionTests() => _pipeline = new Pipeline(_source, [_watched], _clock, IdleAfter, []);

    private long Late => _watched.Monitor.Rejected[Rejection.Late];

    [Fact] // D08
    public void A_producer_of_bursts_that_are_farther_apart_than_IdleAfter_loses_nothing()
    {
        for (var burst = 0; burst < 50; burst++)
        {
            // All of one partition's events are read before the other's.
            _source.Events(100, burst % 2, """{"x":5}""", Start + burst * TimeSpan.FromHours(1)).CaughtUp(burst % 2);
            Step();
            _source.Events(100, 1 - burst % 2, """{"x":5}""", Start + burst * TimeSpan.FromHours(1)).CaughtUp(1 - burst % 2);
            Wait(TimeSpan.FromSeconds(40));
        }

        Assert.Equal((0, 10_000, 49), (Late, _watched.Monitor.Counted, _watched.Monitor.ClosedPanes));
    }

    [Fact]
    public void A_partition_that_holds_the_others_back_for_IdleAfter_is_left_out_once_the_source_says_that_it_is_at_its_end()
    {
        _source.Events(3, 0, """{"x":5}""", Start).CaughtUp(0).Events(3, 1, """{"x":5}""", Start).CaughtUp(1);
        Step();
        Wait(TimeSpan.FromMinutes(10)); // silent, both, and nobody waits
        _source.Events(3, 0, """{"x":5}""", Start + TimeSpan.FromHours(2)).CaughtUp(0);
        Step();
        Wait(TimeSpan.FromSeconds(29));
        Assert.Equal((0, 0), (_watched.Monitor.ClosedPanes, _source.EndsAsked));

        Wait(TimeSpan.FromSeconds(2));
        Assert.Equal(0, _watched.Monitor.ClosedPanes);
        Assert.InRange(_source.EndsAsked, 1, 4);

        _source.CaughtUp(0).CaughtUp(1);
        Step();
        Assert.Equal(2, _watched.Monitor.ClosedPanes);
        Assert.Equal(0, Late);
    }

    [Fact]
    public void A_partition_of_a_topic_that_was_deleted_is_neither_waited_for_nor_asked_about_also_after_trouble()
    {
        _source.Events(3, 0, """{"x":5}""", Start).CaughtUp(0).Events(3, 1, """{"x":5}""", Start).CaughtUp(1);
        Step();
        _source.CaughtUp(1).PartitionEnded(1).Event(0, """{"x":5}""", Start + TimeSpan.FromHours(2)).CaughtUp(0);
        Step();
        Assert.Equal(2, _watched.Monitor.ClosedPanes);

        _source.Troubled("the network").Troubled(null);
        Step();
        _source.Event(0, """{"x":5}""", Start + TimeSpan.FromHours(4)).CaughtUp(0);
        Step();
        Assert.Equal(4, _watched.Monitor.ClosedPanes);
        Wait(TimeSpan.FromMinutes(10));
        Assert.Equal(0, _source.EndsAsked);
    }

    [Fact]
    public void A_partition_with_unread_events_is_never_idle()
    {
        _source.Events(3, 0, """{"x":5}""", Start).CaughtUp(0).Events(3, 1, """{"x":5}""", Start).CaughtUp(1);
        Step();
        _source.Events(3, 0, """{"x":5}""", Start + TimeSpan.FromHours(2)).CaughtUp(0);
        Wait(TimeSpan.FromHours(1));

        // What was unread comes, and is counted.
        _source.Events(3, 1, """{"x":5}""", Start + TimeSpan.FromMinutes(59)).Events(3, 1, """{"x":5}""", Start + TimeSpan.FromHours(2));
        Step();
        Assert.Equal((0, 15, 2), (Late, _watched.Monitor.Counted, _watched.Monitor.ClosedPanes));
    }

    [Fact]
    public void A_partition_without_an_event_holds_the_others_back_until_it_is_idle()
    {
        _source.Events(3, 0, """{"x":5}""", Start).CaughtUp(0).CaughtUp(1).Event(0, """{"x":5}""", Start + TimeSpan.FromHours(2));
        Step();
        Wait(TimeSpan.FromSeconds(29));
        Assert.Equal(0, _watched.Monitor.ClosedPanes);

        Wait(TimeSpan.FromSeconds(2));
        _source.CaughtUp(1);
        Step();
        Assert.Equal(2, _watched.Monitor.ClosedPanes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void After_an_interruption_a_partition_that_was_idle_is_read_to_its_end_before_panes_close(bool isTrouble)
    {
        LeaveOutTheSecond();
        if (isTrouble)
        {
            _source.Troubled("no broker answers").Troubled(null);
            Step();
        }
        else
        {
            _clock.Advance(TimeSpan.FromSeconds(5)); // the process was stopped
        }

        // The first partition's events are read before the second's, which came meanwhile.
        _source.Events(3, 0, """{"x":5}""", Start + TimeSpan.FromHours(3));
        Step();
        Assert.Equal(1, _watched.Monitor.ClosedPanes);
        _source.Events(3, 1, """{"x":5}""", Start + TimeSpan.FromHours(2)).CaughtUp(0).CaughtUp(1);
        Step();
        Assert.Equal((0, 15, 2), (Late, _watched.Monitor.Counted, _watched.Monitor.ClosedPanes));
    }

    [Fact] // D03
    public void Without_an_interruption_panes_do_not_wait_for_a_partition_that_is_idle()
    {
        LeaveOutTheSecond();
        _source.Events(3, 0, """{"x":5}""", Start + TimeSpan.FromHours(3));
        Step();
        Assert.Equal(3, _watched.Monitor.ClosedPanes);
        _source.Events(3, 1, """{"x":5}""", Start + TimeSpan.FromHours(2));
        Step();
        Assert.Equal(3, Late);
    }

    [Fact]
    public void After_an_interruption_a_partition_that_is_still_idle_is_left_out_as_soon_as_the_source_says_that_it_is_at_its_end()
    {
        LeaveOutTheSecond();
        _source.Troubled("no broker answers").Troubled(null);
        Step();
        _source.Events(3, 0, """{"x":5}""", Start + TimeSpan.FromHours(3)).CaughtUp(0);
        Step();
        Assert.Equal(1, _watched.Monitor.ClosedPanes);
        _source.CaughtUp(1);
        Step();
        Assert.Equal(3, _watched.Monitor.ClosedPanes);
    }

    private void LeaveOutTheSecond()
    {
        _source.Events(3, 0, """{"x":5}""", Start).CaughtUp(0).Events(3, 1, """{"x":5}""", Start).CaughtUp(1);
        _source.Events(3, 0, """{"x":5}""", Start + TimeSpan.FromHours(1)).CaughtUp(0);
        Step();
        Wait(TimeSpan.FromSeconds(31));
        _source.CaughtUp(1);
        Step();
        Assert.Equal(1, _watched.Monitor.ClosedPanes);
    }

    // In steps that are no pause.
    private void Wait(TimeSpan time)
    {
        for (var end = _clock.GetUtcNow() + time; _clock.GetUtcNow() < end;)
        {
            _clock.Advance(TimeSpan.FromSeconds(0.5));
            Step();
        }
    }

    private void Step()
    {
        do
        {
            _pipeline.Step(TimeSpan.Zero);
        }
        while (!_source.IsUsedUp);
    }
}
