using System.Text;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.References;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using static DriftMonitor.Core.Tests.Times;

namespace DriftMonitor.Core.Tests;

/// <summary>Each segment's window is compared with all other segments' events of the same window.</summary>
public sealed class RestOfSegmentsTests
{
    private const double Alpha = Reference.DefaultPseudoCount;

    private static readonly FieldBinning Bins = Even.Binning;

    // With room for three segments of five: the events of those without a series are in the rest all the same.
    [Property]
    public Property Each_window_is_compared_with_a_recount_of_all_other_events() => Prop.ForAll(Streams.ToArbitrary(), stream =>
    {
        foreach (var most in new[] { 3, 5 })
        {
            var monitor = Monitor(Spec(1, 3) with { MostSegments = most });
            foreach (var (second, bin, segment) in stream)
            {
                monitor.Add(0, At(0, second), null, bin, Encoding.UTF8.GetBytes(segment));
            }

            // As events come, so that a segment is new when panes have closed already, and at the end.
            if (All(monitor).Concat(AsTheyCome(stream, most)).Any(report => !IsRecount(stream, report, most)))
            {
                return false;
            }
        }

        return true;

        static List<SeriesReport> AsTheyCome((int Second, int Bin, string Segment)[] stream, int most)
        {
            var monitor = Monitor(Spec(1, 3) with { MostSegments = most });
            var reports = new List<SeriesReport>();
            foreach (var (second, bin, segment) in stream)
            {
                monitor.Add(0, At(0, second), null, bin, Encoding.UTF8.GetBytes(segment));
                reports.AddRange(All(monitor, monitor.CloseDue));
            }

            return reports;
        }

        static bool IsRecount((int Second, int Bin, string Segment)[] stream, SeriesReport report, int most) =>
            report.Readings.Zip([1, 3]).All(window =>
            {
                var (reading, length) = window;
                var own = Counts(stream, report, length, segment => segment == report.Segment);
                var rest = Counts(stream, report, length, segment => segment != report.Segment);
                var isFull = (report.Time - At(0, stream[0].Second / 60 * 60)) >= Minutes(length);
                return Agrees(reading, own, rest, isFull, mayLackEvents: most == 3);
            });
    });

    [Property]
    public Property A_monitor_that_was_saved_and_loaded_anywhere_goes_on_in_the_same_way() => Prop.ForAll(
        Streams.ToArbitrary(), Gen.Choose(0, 30).ToArbitrary(), (stream, cut) =>
    {
        var spec = Spec(1, 3) with { MostSegments = 3, Rule = new Alerts.FalseAlarmRate(600, 3, 0.01) };
        var (whole, monitor) = (Monitor(spec, minutes: 3), Monitor(spec, minutes: 3));
        var (expected, found) = (new List<string>(), new List<string>());
        foreach (var (place, (second, bin, segment)) in stream.Index())
        {
            if (place == cut)
            {
                var saved = monitor.Save();
                monitor = Monitor(spec, minutes: 3);
                monitor.Load(saved);
            }

            Add(whole, expected, second, bin, segment);
            Add(monitor, found, second, bin, segment);
        }

        Assert.Equal(expected, found);
        Assert.Equal(whole.Save().ToArray(), monitor.Save().ToArray());
    });

    [Fact]
    public void The_only_segment_has_nothing_to_be_compared_with()
    {
        var monitor = Monitor(Spec(1));
        for (var minute = 0; minute < 4; minute++)
        {
            monitor.Add(0, At(minute), null, 0, "a"u8);
        }

        monitor.Add(0, At(minute: 3), null, 1, "b"u8);
        var own = All(monitor).Where(report => report.Segment == "a").Select(report => report.Readings[0].Unavailable);
        Assert.Equal(
            [Unavailable.ReferenceNotReady, Unavailable.ReferenceNotReady, Unavailable.ReferenceNotReady, Unavailable.None], own);
    }

    [Fact]
    public void A_rest_of_fewer_events_than_a_window_needs_gives_no_reading()
    {
        var monitor = Monitor(Spec(1) with { MinimumEvents = 3 });
        foreach (var (segment, events) in new[] { ("a", 4), ("b", 1), ("c", 1) })
        {
            for (var i = 0; i < events; i++)
            {
                monitor.Add(0, At(minute: 0, second: i), null, 0, Encoding.UTF8.GetBytes(segment));
            }
        }

        Assert.Equal(Unavailable.TooFewEvents, All(monitor).Single(report => report.Segment == "a").Readings[0].Unavailable);
    }

    [Fact]
    public void A_segment_that_comes_later_has_a_calibration_of_its_own_and_is_not_ended_once_it_has_one()
    {
        var monitor = Monitor(Spec(1) with { MostSegments = 2 }, minutes: 5);
        for (var minute = 0; minute < 20; minute++)
        {
            for (var i = 0; i < 20; i++)
            {
                monitor.Add(0, At(minute, i), null, i % 2, "a"u8);
                if (minute is >= 8 and < 14)
                {
                    monitor.Add(0, At(minute, i), null, i % 2, "b"u8);
                }
            }

            if (minute > 15)
            {
                monitor.Add(0, At(minute, 30), null, 0, "turned away"u8);
            }
        }

        var calibrating = All(monitor).Where(report => report.Segment == "b").Select(report => (
            Minute: (report.Time - At(0)).TotalMinutes, report.Readings[0].Measurement, report.Readings[0].Unavailable)).ToList();
        Assert.Equal(9, calibrating[0].Minute); // none before its first event
        Assert.Equal(
            [9.0, 10, 11, 12, 13], calibrating.Where(one => one.Measurement is { ReturnPeriodSeconds: null }).Select(one => one.Minute));
        Assert.NotNull(calibrating.Single(one => one.Minute == 14).Measurement!.ReturnPeriodSeconds);
        Assert.Equal(["a", "b"], monitor.Series.Select(series => series.Segment)); // though b is silent, and others are turned away
        Assert.Equal((0, 4), (monitor.Evicted, monitor.Dropped));
    }

    private static FieldMonitor Monitor(MonitorSpec spec, int minutes = 60) => new(
        spec, new AllSegments(Bins, spec.WindowPanes, Alpha), () => new SelfCalibration(spec, Bins, Minutes(minutes)));

    private static void Add(FieldMonitor monitor, List<string> log, int second, int bin, string segment)
    {
        monitor.Add(0, At(0, second), null, bin, Encoding.UTF8.GetBytes(segment));
        while (monitor.CloseDue() is { } reports)
        {
            log.AddRange(reports.Select(report => $"{report.Segment} {string.Join(" | ", report.LastReadings)} {report.Alert}"));
        }
    }

    private static Gen<(int Second, int Bin, string Segment)[]> Streams =>
        (from second in Gen.Choose(0, 900)
         from bin in Gen.Choose(0, 6)
         from segment in Gen.Elements("", "a", "b", "c", "d")
         select (second, bin, segment)).NonEmptyListOf().Select(events => events.OrderBy(e => e.second).ToArray());

    private static long[] Counts(
        (int Second, int Bin, string Segment)[] stream, SeriesReport report, int minutes, Func<string, bool> isCounted)
    {
        var counts = new long[Bins.Count];
        foreach (var (second, bin, segment) in stream)
        {
            var time = At(0, second);
            counts[bin] += isCounted(segment) && time < report.Time && time >= report.Time - Minutes(minutes) ? 1 : 0;
        }

        return counts;
    }

    // A series whose segment was turned away before has windows without these events: it gives no reading then.
    private static bool Agrees(Reading reading, long[] own, long[] rest, bool isFull, bool mayLackEvents)
    {
        if (reading.Measurement is null)
        {
            return reading.Unavailable switch
            {
                Unavailable.ReferenceNotReady => rest.Sum() == 0,
                Unavailable.TooFewEvents => own.Sum() == 0 && rest.Sum() > 0,
                _ => reading.Unavailable == Unavailable.WindowIncomplete && (!isFull || mayLackEvents),
            };
        }

        var reference = new Reference(Bins, rest);
        var divergence = new IncrementalKullbackLeibler(reference);
        for (var bin = 0; bin < own.Length; bin++)
        {
            divergence.Change(bin, own[bin]);
        }

        var expected = Measurement.Of(divergence, rest.Sum(), within: false, volume: 1);
        return reading.Events == own.Sum() && reading.Measurement == expected with { Further = reading.Measurement.Further };
    }

    private static List<SeriesReport> All(FieldMonitor monitor) => All(monitor, () => monitor.CloseDue() ?? monitor.CloseAtEnd());

    private static List<SeriesReport> All(FieldMonitor monitor, Func<IReadOnlyList<SeriesReport>?> close)
    {
        var reports = new List<SeriesReport>();
        while (close() is { } closed)
        {
            reports.AddRange(closed);
        }

        return reports;
    }
}
