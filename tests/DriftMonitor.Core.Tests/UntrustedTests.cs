using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.References;
using static DriftMonitor.Core.Tests.Times;

namespace DriftMonitor.Core.Tests;

/// <summary>Readings of windows in which too many events were rejected, and the alert that waits for better ones.</summary>
public sealed class UntrustedTests
{
    [Fact]
    public void A_window_is_untrusted_where_more_than_a_fifth_of_its_events_were_rejected_and_not_where_it_is_a_fifth()
    {
        var monitor = new FieldMonitor(Spec(1, 2), Even);
        Count(monitor, minute: 0, events: 4);
        Reject(monitor, 1); // 1 of 5
        Count(monitor, minute: 1, events: 7);
        Reject(monitor, 2); // 2 of 9, and 3 of 14 with the minute before
        Count(monitor, minute: 2, events: 10); // with the minute before, 2 of 19

        Assert.Equal(
            [
                (Unavailable.None, Unavailable.WindowIncomplete),
                (Unavailable.Untrusted, Unavailable.Untrusted),
                (Unavailable.None, Unavailable.None),
            ],
            All(monitor).Select(report => (report.Readings[0].Unavailable, report.Readings[1].Unavailable)));
    }

    [Fact]
    public void What_is_rejected_counts_in_the_pane_of_the_largest_event_time_of_its_partition()
    {
        var monitor = new FieldMonitor(Spec(1) with { AllowedLateness = Minutes(1) }, Even);
        monitor.ExpectPartitions(2);
        Reject(monitor, 2, partition: 1); // before its first event, which is in minute 0
        Count(monitor, minute: 3, events: 4, partition: 0);
        Count(monitor, minute: 0, events: 4, partition: 1);
        Count(monitor, minute: 3, events: 4, partition: 1);
        Assert.Equal(Rejection.Late, monitor.Add(1, At(minute: 1), null, 0)); // in minute 3, as are the next two
        monitor.Reject(0);
        Assert.Equal(Rejection.NoEventTime, monitor.Add(0, null, null, 0));
        monitor.Add(0, At(minute: 2), null, 0); // not late, and does not move the largest time back
        monitor.Reject(0);

        var shares = new List<double>();
        while ((monitor.CloseDue() ?? monitor.CloseAtEnd()) is not null)
        {
            shares.Add(monitor.RejectedShareOf(0));
        }

        Assert.Equal([2 / 6.0, 0, 0, 4 / 12.0], shares);
        Assert.Equal((0, 0), monitor.Open);
    }

    [Fact]
    public void A_firing_alert_is_held_while_readings_are_untrusted_and_a_resolved_one_does_not_fire()
    {
        var monitor = new FieldMonitor(Spec(1).WithThreshold(fire: 0.3, resolve: 0.1), Even);
        int[] seconds = [0, 0, 1, 1, 0, 0]; // the events of a minute are even (0) or drifted (1); in minutes 2 and 4, a third is rejected
        for (var minute = 0; minute < seconds.Length; minute++)
        {
            for (var i = 0; i < 60; i++)
            {
                monitor.Add(0, At(minute, i), null, seconds[minute] == 1 ? 1 : i % 2);
            }

            Reject(monitor, minute is 2 or 4 ? 30 : 0);
        }

        Assert.Equal(
            [
                new AlertTransition(At(minute: 4), AlertState.Inactive, AlertState.Firing), // not at 3, whose reading is untrusted
                new AlertTransition(At(minute: 6), AlertState.Firing, AlertState.Inactive), // nor at 5
            ],
            All(monitor).Select(report => report.Transition).OfType<AlertTransition>());
    }

    [Fact]
    public void With_MaxRejected_1_every_window_is_trusted_and_with_0_none_that_lost_an_event()
    {
        foreach (var (max, reason) in new[] { (1.0, Unavailable.None), (0.0, Unavailable.Untrusted) })
        {
            var monitor = new FieldMonitor(Spec(1) with { MaxRejected = max }, Even);
            Count(monitor, minute: 0, events: 1000);
            Reject(monitor, max == 1 ? 1_000_000 : 1);
            Assert.Equal(reason, All(monitor).Single().Readings[0].Unavailable);
        }
    }

    [Fact]
    public void Segments_share_what_was_rejected_as_nobody_knows_whose_it_was()
    {
        var whole = new CalibratedReference(Even);
        var monitor = new FieldMonitor(Spec(1), whole, new Dictionary<string, CalibratedReference> { ["a"] = whole, ["b"] = whole });
        for (var i = 0; i < 40; i++)
        {
            monitor.Add(0, At(minute: 0, second: i), null, i % 2, i % 20 == 0 ? "b"u8 : "a"u8);
        }

        Reject(monitor, 10); // 10 of 50: not above a fifth, although b has only two events
        Assert.All(All(monitor), report => Assert.Equal(Unavailable.None, report.Readings[0].Unavailable));
    }

    [Fact]
    public void What_is_rejected_of_the_topic_that_windows_are_compared_with_makes_readings_untrusted_too()
    {
        var spec = Spec(1);
        var companion = new CompanionWindow(Even.Binning, spec.WindowPanes, 0.5, "the topic training");
        var monitor = new FieldMonitor(spec, companion, new GivenCalibration(null), hasReferenceTopic: true);
        monitor.ExpectPartitions(1);
        monitor.ExpectPartitions(1, isReference: true);
        Count(monitor, minute: 0, events: 10);
        for (var i = 0; i < 10; i++)
        {
            monitor.AddToReference(0, At(minute: 0, second: i), null, i % 2);
        }

        for (var i = 0; i < 3; i++)
        {
            monitor.Reject(0, isReference: true);
        }

        Assert.Equal(Unavailable.Untrusted, All(monitor).Single().Readings[0].Unavailable);
        Assert.Equal(3 / 13.0, monitor.RejectedShareOf(0));
    }

    [Fact]
    public void A_partition_that_comes_back_with_nothing_but_rejected_events_counts_them_in_the_first_open_pane()
    {
        var monitor = new FieldMonitor(Spec(1), Even);
        monitor.ExpectPartitions(2);
        Count(monitor, minute: 0, events: 4, partition: 0);
        monitor.LeaveOut(1);
        Count(monitor, minute: 1, events: 4, partition: 0);
        Assert.NotNull(monitor.CloseDue());
        Reject(monitor, 4, partition: 1);
        Assert.Equal((4, 4), monitor.Open);
        Assert.Equal(Unavailable.Untrusted, All(monitor).Single().Readings[0].Unavailable);
    }

    private static void Count(FieldMonitor monitor, int minute, int events, int partition = 0)
    {
        for (var i = 0; i < events; i++)
        {
            monitor.Add(partition, At(minute, i * 0.001), null, i % 2);
        }
    }

    private static void Reject(FieldMonitor monitor, int events, int partition = 0)
    {
        for (var i = 0; i < events; i++)
        {
            monitor.Reject(partition);
        }
    }

    private static List<SeriesReport> All(FieldMonitor monitor)
    {
        var reports = new List<SeriesReport>();
        while ((monitor.CloseDue() ?? monitor.CloseAtEnd()) is { } closed)
        {
            reports.AddRange(closed);
        }

        return reports;
    }
}
