using System.Text;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using static DriftMonitor.Core.Tests.Times;

namespace DriftMonitor.Core.Tests;

public sealed class SegmentTests
{
    [Fact]
    public void Each_segment_has_its_own_windows_and_its_own_reference()
    {
        // EWR is normally in the first bin and JFK in the second: normal for one is drift for the other, and the sum of both shows no
        // drift.
        var monitor = Monitor(Spec(1), ("EWR", [1000, 0, 0, 0, 0, 0, 0]), ("JFK", [0, 1000, 0, 0, 0, 0, 0]));
        for (var i = 0; i < 100; i++)
        {
            Add(monitor, "EWR", At(minute: 0), 0);
            Add(monitor, "JFK", At(minute: 0), 0);
        }

        var reports = monitor.CloseAtEnd()!;
        Assert.Equal(["EWR", "JFK"], reports.Select(report => report.Segment));
        Assert.Equal([100, 100], reports.Select(report => report.Readings[0].Events));
        Assert.InRange(reports[0].Readings[0].Measurement!.KlNats, 0, 0.01);
        Assert.InRange(reports[1].Readings[0].Measurement!.KlNats, 5, 10);
    }

    [Fact]
    public void Segments_of_the_reference_exist_from_the_start_and_others_from_the_pane_of_their_first_event()
    {
        var monitor = Monitor(Spec(1), ("b", Even.Counts.ToArray()));
        Add(monitor, "b", At(minute: 0), 0);
        Add(monitor, "c", At(minute: 2), 0);
        Add(monitor, "a", At(minute: 3), 0);

        Assert.Equal(
            ["0:b 1", "1:b 0", "2:b 0", "2:c 1", "3:a 1", "3:b 0", "3:c 0"],
            All(monitor).Select(report => $"{Minute(report)}:{report.Segment} {report.Readings[0].Events}"));
    }

    [Fact]
    public void A_window_is_full_when_the_monitor_has_closed_its_panes_even_if_the_segment_is_newer()
    {
        var monitor = Monitor(Spec(1, 3));
        Add(monitor, "early", At(minute: 0), 0);
        Add(monitor, "late", At(minute: 2), 0);
        var last = All(monitor).FindAll(report => Minute(report) == 2);

        Assert.Equal(["early", "late"], last.Select(report => report.Segment));
        Assert.All(last, report => Assert.Equal((Unavailable.None, 1), (report.Readings[1].Unavailable, report.Readings[1].Events)));
    }

    [Fact]
    public void A_segment_without_a_reference_is_compared_with_the_whole_and_counted_but_raises_no_alert()
    {
        var monitor = Monitor(Spec(1).WithThreshold(fire: 0.1, resolve: 0.05), ("known", [0, 1000, 0, 0, 0, 0, 0]));
        for (var i = 0; i < 100; i++)
        {
            Add(monitor, "known", At(minute: 0), 0);
            Add(monitor, "unknown", At(minute: 0), i % 2);
        }

        var reports = monitor.CloseAtEnd()!;
        Assert.Equal([AlertState.Firing, null], reports.Select(report => report.Alert?.State));
        Assert.InRange(reports[1].Readings[0].Measurement!.KlNats, 0, 0.01); // half and half, as Even is
        Assert.Equal(100, monitor.UnknownSegment);
        Assert.Equal([true, false], monitor.Series.Select(series => series.IsKnown));
    }

    [Fact]
    public void Events_of_segments_beyond_the_limit_are_dropped_and_counted_but_advance_time()
    {
        var monitor = Monitor(Spec(1) with { MostSegments = 2 }, ("a", Even.Counts.ToArray()));
        Add(monitor, "b", At(minute: 0), 0);
        Add(monitor, "c", At(minute: 1), 0);
        Add(monitor, "a", At(minute: 1), 0);
        Add(monitor, new string('x', FieldMonitor.LongestSegment + 1), At(minute: 3), 0);

        Assert.Equal(["a", "b"], monitor.Series.Select(series => series.Segment));
        Assert.Equal((2, 2), (monitor.Dropped, monitor.Counted));
        Assert.Equal(4, All(monitor).Select(report => report.Time).Distinct().Count());

        // The segments of the reference are all kept.
        var known = Monitor(Spec(1) with { MostSegments = 2 }, [.. "abcd".Select(name => ($"{name}", Even.Counts.ToArray()))]);
        Assert.Equal(["a", "b", "c", "d"], known.Series.Select(series => series.Segment));
    }

    [Property]
    public Property Segments_are_in_ordinal_order_for_any_order_of_events() => Prop.ForAll(
        Gen.Elements("", "a", "B", "b", "ä", "aa", "\uFFFD", "😀", "1", "10", "2").ListOf().ToArbitrary(),
        names =>
        {
            var monitor = Monitor(Spec(1));
            foreach (var name in names)
            {
                Add(monitor, name, At(minute: 0), 0);
            }

            return monitor.Series.Select(series => series.Segment).SequenceEqual(names.Distinct().Order(StringComparer.Ordinal))
                && names.All(name => monitor.Find(name)?.Segment == name) && monitor.Find("nowhere") is null;
        });

    [Property]
    public Property A_segment_has_the_readings_of_a_monitor_of_only_its_events_once_both_have_begun() => Prop.ForAll(
        (from second in Gen.Choose(0, 900)
         from segment in Gen.Elements("a", "b", "c")
         from bin in Gen.Choose(0, 6)
         select (Second: second, Segment: segment, Bin: bin)).ArrayOf(100).ToArbitrary(),
        events =>
        {
            var spec = Spec(1, 4) with { AllowedLateness = Minutes(20) }; // so no event is late in either monitor
            var segmented = Monitor(spec, ("a", [3, 2, 1, 0, 0, 0, 1]));
            var alone = new FieldMonitor(spec, new Reference(Even.Binning, [3, 2, 1, 0, 0, 0, 1]));
            foreach (var (second, segment, bin) in events)
            {
                Add(segmented, segment, At(0, second), bin);
                if (segment == "a")
                {
                    alone.Add(0, At(0, second), null, bin);
                }
            }

            var own = All(alone).Where(report => report.Readings[1].Unavailable != Unavailable.WindowIncomplete)
                .ToDictionary(report => report.Time, report => report.Readings);
            return All(segmented).Where(report => report.Segment == "a" && own.ContainsKey(report.Time))
                .All(report => report.Readings.SequenceEqual(own[report.Time]));
        });

    [Property]
    public Property Any_interleaving_of_the_partitions_gives_the_same_series() => Prop.ForAll(
        (from events in (from partition in Gen.Choose(0, 2)
                         from second in Gen.Choose(0, 900)
                         from segment in Gen.Elements("a", "b", "c", "d")
                         select (Partition: partition, Second: second, Segment: segment)).ArrayOf(80)
         from order in Gen.Shuffle(events.Select(e => e.Partition).ToArray())
         select (Events: events, Order: order)).ToArbitrary(),
        stream => Run(stream.Events, stream.Order).SequenceEqual(Run(stream.Events, [.. stream.Order.Order()])));

    // The events of each partition stay in their order; `order` gives the partition of each next event.
    private static List<string> Run((int Partition, int Second, string Segment)[] events, int[] order)
    {
        var monitor = Monitor(Spec(1, 4) with { AllowedLateness = Minutes(2) }, ("b", Even.Counts.ToArray()));
        monitor.ExpectPartitions(3);
        var queues = Enumerable.Range(0, 3)
            .Select(p => new Queue<(int Partition, int Second, string Segment)>(events.Where(e => e.Partition == p))).ToArray();
        var seen = new List<string>();
        foreach (var partition in order)
        {
            var (_, second, segment) = queues[partition].Dequeue();
            monitor.Add(partition, At(0, second), null, second % 2, Encoding.UTF8.GetBytes(segment));
            while (monitor.CloseDue() is { } closed)
            {
                seen.AddRange(closed.SelectMany(OneByOne).OrderBy(report => report.Time).Select(Describe));
            }
        }

        seen.AddRange(All(monitor).SelectMany(OneByOne).OrderBy(report => report.Time).Select(Describe));
        return seen;

        static string Describe(SeriesReport report) => $"{report.Time} {report.Segment} {string.Join(" | ", report.Readings)}";
    }

    private static FieldMonitor Monitor(MonitorSpec spec, params (string Segment, long[] Counts)[] segments)
    {
        var references = segments.ToDictionary(
            segment => segment.Segment, segment => new CalibratedReference(new Reference(Even.Binning, segment.Counts)));
        return new FieldMonitor(spec, new CalibratedReference(Even), references);
    }

    private static void Add(FieldMonitor monitor, string segment, EventTime time, int bin) =>
        monitor.Add(0, time, null, bin, Encoding.UTF8.GetBytes(segment));

    private static int Minute(SeriesReport report) => (int)((report.Time - At(minute: 1)).TotalMinutes);

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
