using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using static DriftMonitor.Core.Tests.Times;

namespace DriftMonitor.Core.Tests;

public sealed class FieldMonitorTests
{
    [Fact]
    public void Panes_close_in_order_with_the_empty_ones_and_readings_are_taken_at_their_ends()
    {
        var monitor = Monitor(Spec(1, 3));
        monitor.Add(0, At(minute: 10, second: 30), null, 0);
        monitor.Add(0, At(minute: 13, second: 10), null, 1);
        var reports = Due(monitor);
        Assert.Equal([At(minute: 11), At(minute: 12), At(minute: 13)], reports.Select(report => report.Time));
        Assert.Equal([1, 0, 0], reports.Select(report => report.Readings[0].Events));
        Assert.Equal(
            [Unavailable.WindowIncomplete, Unavailable.WindowIncomplete, Unavailable.None],
            reports.Select(report => report.Readings[1].Unavailable));
        Assert.Equal(
            [Unavailable.None, Unavailable.TooFewEvents, Unavailable.TooFewEvents],
            reports.Select(report => report.Readings[0].Unavailable));
    }

    [Fact]
    public void The_first_pane_is_the_earliest_with_an_event_when_it_closes()
    {
        var monitor = Monitor(Spec(1) with { AllowedLateness = Minutes(5) });
        monitor.Add(0, At(minute: 10), null, 0);
        monitor.Add(0, At(minute: 8), null, 0);
        Assert.Empty(Due(monitor));
        monitor.Add(0, At(minute: 14), null, 0);
        Assert.Equal([At(minute: 9)], Due(monitor).Select(report => report.Time));
    }

    [Fact]
    public void An_event_is_late_only_by_the_watermark_of_its_own_partition()
    {
        var monitor = Monitor(Spec(1) with { AllowedLateness = Minutes(1) });
        monitor.ExpectPartitions(2);
        Assert.Equal(Rejection.None, monitor.Add(0, At(minute: 10), null, 0));
        Assert.Equal(Rejection.None, monitor.Add(1, At(minute: 2), null, 0)); // far behind the other partition, but not late by its own
        Assert.Equal(Rejection.Late, monitor.Add(0, At(minute: 8), null, 0)); // its pane ends at 9, which is the watermark: late
        Assert.Equal(1, monitor.Rejected[Rejection.Late]);
    }

    [Fact]
    public void The_largest_step_forward_is_measured_within_each_partition()
    {
        var monitor = Monitor(Spec(1));
        monitor.ExpectPartitions(2);
        monitor.Add(0, At(minute: 1), null, 0);
        monitor.Add(1, At(minute: 10), null, 0); // its partition's first
        monitor.Add(1, At(minute: 12), null, 0);
        monitor.Add(0, At(minute: 4), null, 0);
        Assert.Equal(Minutes(3), monitor.LargestStepForward);
    }

    [Fact]
    public void An_event_too_far_ahead_of_its_record_does_not_advance_time()
    {
        var monitor = Monitor(Spec(1) with { MaxAhead = Minutes(5) });
        monitor.Add(0, At(minute: 10), At(minute: 10), 0);
        Assert.Equal(Rejection.Ahead, monitor.Add(0, At(minute: 16, second: 0.001), At(minute: 11), 0));
        Assert.Equal(Rejection.None, monitor.Add(0, At(minute: 16), At(minute: 11), 0));
        Assert.Equal(At(minute: 16), monitor.To);
        Assert.Equal(Minutes(6), monitor.LargestStepForward);
    }

    [Fact]
    public void An_event_without_a_valid_time_is_rejected()
    {
        var monitor = Monitor(Spec(1));
        Assert.Equal(Rejection.NoEventTime, monitor.Add(0, null, null, 0));
        Assert.Equal(Rejection.NoEventTime, monitor.Add(0, new EventTime(long.MaxValue), null, 0));
        Assert.Equal(2, monitor.Rejected[Rejection.NoEventTime]);
    }

    [Fact]
    public void A_partition_that_returns_after_its_silence_finds_panes_closed()
    {
        var monitor = Monitor(Spec(1));
        monitor.ExpectPartitions(2);
        monitor.Add(0, At(minute: 10), null, 0);
        monitor.LeaveOut(1);
        monitor.Add(0, At(minute: 12), null, 0);
        Assert.Equal(2, Due(monitor).Count);
        Assert.Equal(Rejection.Late, monitor.Add(1, At(minute: 11), null, 0));
        Assert.Equal(Rejection.None, monitor.Add(1, At(minute: 12), null, 0));
    }

    [Fact]
    public void At_the_end_every_pane_with_an_event_closes()
    {
        var monitor = Monitor(Spec(1) with { AllowedLateness = Minutes(30) });
        Assert.Null(monitor.CloseAtEnd());
        monitor.Add(0, At(minute: 3), null, 0);
        monitor.Add(0, At(minute: 5), null, 0);
        Assert.Equal([At(minute: 4), At(minute: 5), At(minute: 6)], All(monitor).Select(report => report.Time));
    }

    [Fact]
    public void A_shift_fires_and_resolves_at_the_ends_of_its_panes()
    {
        var monitor = Monitor(Spec(1).WithThreshold(fire: 0.3, resolve: 0.1));
        for (var minute = 0; minute < 9; minute++)
        {
            for (var i = 0; i < 60; i++)
            {
                // Even, except that in minutes 3 to 5 all events are in the second bin: KL = ln 2.
                monitor.Add(0, At(minute, i), null, minute is >= 3 and <= 5 ? 1 : i % 2);
            }
        }

        var reports = All(monitor);
        Assert.Equal(
            [
                new AlertTransition(At(minute: 4), AlertState.Inactive, AlertState.Firing),
                new AlertTransition(At(minute: 7), AlertState.Firing, AlertState.Inactive),
            ],
            reports.Select(report => report.Transition).OfType<AlertTransition>());
        Assert.Equal(Math.Log(2), reports[4].Readings[0].Measurement!.KlNats, 1e-3);
    }

    [Fact]
    public void A_window_within_the_reference_is_less_noisy_than_one_beside_it()
    {
        var within = new Reference(Even.Binning, Even.Counts) { Period = new Period(At(minute: 0), At(minute: 100)) };
        var excluded = new Reference(Even.Binning, Even.Counts)
        {
            Period = within.Period,
            Excluded = [new Period(At(minute: 2), At(minute: 3))],
        };
        var readings = new[] { within, excluded, Even }.Select(reference =>
        {
            var monitor = new FieldMonitor(Spec(1), reference);
            foreach (var i in Enumerable.Range(0, 100))
            {
                monitor.Add(0, At(minute: 2), null, i % 2);
            }

            return All(monitor).Single().Readings[0].Measurement!;
        }).ToList();
        Assert.Equal(0.5 * (1 / 100.0 - 1 / 1000.0), readings[0].NoiseNats, 15);
        Assert.Equal(0.5 * (1 / 100.0 + 1 / 1000.0), readings[1].NoiseNats, 15);
        Assert.Equal(readings[1], readings[2]);
    }

    [Fact]
    public void Z_is_taken_at_the_volume_of_the_reference_and_KL_and_noise_are_not()
    {
        var usual = new Reference(Even.Binning, Even.Counts) { MeanEvents = 50 };
        var (plain, scaled) = (Single(Even), Single(usual));
        Assert.Equal((plain.KlNats, plain.NoiseNats, plain.ExcessNats), (scaled.KlNats, scaled.NoiseNats, scaled.ExcessNats));
        Assert.Equal(2 * plain.KlNats / (1 / 50.0 + 1 / 1000.0), scaled.Z, 12);
        Assert.Equal(plain.Z, Single(new Reference(Even.Binning, Even.Counts) { MeanEvents = 500 }).Z); // a smaller volume is not scaled

        static Measurement Single(Reference reference)
        {
            var monitor = new FieldMonitor(Spec(1), reference);
            foreach (var i in Enumerable.Range(0, 100))
            {
                monitor.Add(0, At(minute: 2), null, i % 3 == 0 ? 1 : 0);
            }

            return All(monitor).Single().Readings[0].Measurement!;
        }
    }

    [Fact]
    public void With_only_one_occupied_bin_there_is_neither_noise_nor_z()
    {
        var monitor = new FieldMonitor(Spec(1), new Reference(Even.Binning, [1000, 0, 0, 0, 0, 0, 0]));
        monitor.Add(0, At(minute: 0), null, 0);
        var measurement = All(monitor).Single().Readings[0].Measurement!;
        Assert.Equal((0.0, 0.0, 1), (measurement.NoiseNats, measurement.Z, measurement.OccupiedBins));
    }

    [Property]
    public Property Any_interleaving_of_the_partitions_gives_the_same_readings_and_rejections() => Prop.ForAll(
        (from events in (from partition in Gen.Choose(0, 2)
                         from second in Gen.Choose(0, 900)
                         from bin in Gen.Choose(0, 6)
                         select (Partition: partition, Second: second, Bin: bin)).ArrayOf(120)
         from order in Gen.Shuffle(events.Index().Select(e => e.Item.Partition).ToArray())
         select (Events: events, Order: order)).ToArbitrary(),
        stream =>
        {
            var one = Run(stream.Events, stream.Order);
            var other = Run(stream.Events, [.. stream.Order.Order()]); // partition after partition
            return one.SequenceEqual(other);
        });

    // The events of each partition stay in their order; `order` gives the partition of each next event.
    private static List<string> Run((int Partition, int Second, int Bin)[] events, int[] order)
    {
        var monitor = Monitor((Spec(1, 4) with { AllowedLateness = Minutes(2) }).WithThreshold(0.2, 0.1));
        monitor.ExpectPartitions(3);
        var queues = Enumerable.Range(0, 3)
            .Select(p => new Queue<(int Partition, int Second, int Bin)>(events.Where(e => e.Partition == p))).ToArray();
        var seen = new List<string>();
        foreach (var partition in order)
        {
            var (_, second, bin) = queues[partition].Dequeue();
            monitor.Add(partition, At(0, second), null, bin);
            seen.AddRange(Due(monitor).SelectMany(OneByOne).Select(Describe));
        }

        seen.AddRange(All(monitor).SelectMany(OneByOne).Select(Describe));
        seen.Add($"late {monitor.Rejected[Rejection.Late]}, counted {monitor.Counted}");
        return seen;

        static string Describe(SeriesReport report) => $"{report.Time} {string.Join(" | ", report.Readings)} {report.Transition}";
    }

    private static FieldMonitor Monitor(MonitorSpec spec) => new(spec, Even);

    private static List<SeriesReport> Due(FieldMonitor monitor)
    {
        var reports = new List<SeriesReport>();
        while (monitor.CloseDue() is { } closed)
        {
            reports.AddRange(closed);
        }

        return reports;
    }

    private static List<SeriesReport> All(FieldMonitor monitor)
    {
        var reports = Due(monitor);
        while (monitor.CloseAtEnd() is { } closed)
        {
            reports.AddRange(closed);
        }

        return reports;
    }
}
