using System.Text;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Derivations;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using static DriftMonitor.Core.Tests.Times;

namespace DriftMonitor.Core.Tests;

public sealed class SegmentEvictionTests
{
    [Fact]
    public void A_segment_that_found_no_room_gets_that_of_the_one_that_has_been_silent_for_longest()
    {
        var monitor = Monitor(most: 4, [1], "known");
        Play(monitor, "a0 b1 c2");
        Assert.Equal(["a", "b", "c", "known"], Segments(monitor));

        Play(monitor, "d3"); // finds no room, and closes a pane
        Assert.Equal(["b", "c", "known"], Segments(monitor));
        Assert.Equal((1, 1), (monitor.Evicted, monitor.Dropped));

        Play(monitor, "d3");
        Assert.Equal(["b", "c", "d", "known"], Segments(monitor));
        Assert.Equal((4, 1), (monitor.Counted, monitor.Dropped));
    }

    [Fact]
    public void No_series_ends_while_none_is_turned_away()
    {
        var monitor = Monitor(most: 4, [1]);
        Play(monitor, "a0 b1 c2 d3 d20 d40");

        Assert.Equal(["a", "b", "c", "d"], Segments(monitor));
        Assert.Equal(0, monitor.Evicted);
    }

    [Fact]
    public void A_series_of_the_reference_or_with_an_event_in_its_longest_window_is_not_ended()
    {
        var monitor = Monitor(most: 3, [1, 5], "known");
        Play(monitor, "a0 b3 c4 c5");
        Assert.Equal(["a", "b", "known"], Segments(monitor)); // the window of five panes holds a's event

        Play(monitor, "c6");
        Assert.Equal(["b", "known"], Segments(monitor));
    }

    [Fact]
    public void A_series_with_events_in_a_pane_that_has_not_closed_is_not_ended()
    {
        var monitor = Monitor(most: 2, [1]);
        monitor.ExpectPartitions(2);
        monitor.Add(1, At(minute: 0), null, 0, "other"u8);
        monitor.Add(0, At(minute: 0), null, 0, "a"u8);
        monitor.Add(1, At(minute: 9), null, 0, "a"u8); // far ahead
        monitor.Add(0, At(minute: 4), null, 0, "b"u8); // turned away
        monitor.Add(0, At(minute: 6), null, 0, "b"u8);
        Close(monitor);

        Assert.Equal(["a"], Segments(monitor)); // and not `other`, which has been silent for as long
        monitor.Add(0, At(minute: 12), null, 0, "b"u8);
        monitor.Add(1, At(minute: 12), null, 0, "b"u8);
        Assert.Equal(1, Close(monitor).Single(report => report.Time == At(minute: 10) && report.Segment == "a").Readings[0].Events);
    }

    [Fact]
    public void A_tenth_of_the_places_is_kept_free_and_as_many_as_the_last_pane_brought()
    {
        var monitor = Monitor(most: 50, [1]);
        Play(monitor, string.Join(' ', Enumerable.Range(0, 50).Select(i => $"{(char)('A' + i)}0")));
        Play(monitor, "x3");
        Assert.Equal(5, monitor.Evicted);
        Play(monitor, "x4 x5");
        Assert.Equal(5 + 1, monitor.Evicted);

        Play(monitor, "!5 #5 $5 %5 &5 (5 )5 *5 +5 ;5"); // five find room
        Assert.Equal(1 + 5, monitor.Dropped);
        Play(monitor, "x6");
        Assert.Equal(5 + 1 + 10, monitor.Evicted);
        Play(monitor, "?6 @6 [6 ]6 ^6 _6 `6 {6 |6 }6");
        Assert.Equal(1 + 5, monitor.Dropped);
    }

    [Fact]
    public void Windows_of_a_new_series_are_incomplete_while_they_may_lack_events_that_found_no_room()
    {
        var monitor = Monitor(most: 1, [1, 3]);
        Play(monitor, "a0");
        var reports = Play(monitor, "b5 b6 b7 b8 b9 b10").Where(report => report.Segment == "b").ToList();

        Assert.Equal(1, monitor.Dropped); // that of minute 5, in the pane that ends at 6
        Assert.Equal(
            [
                "7: None 1, WindowIncomplete 1",
                "8: None 1, WindowIncomplete 2",
                "9: None 1, None 3",
                "10: None 1, None 3",
            ],
            reports.Select(report => $"{(int)(report.Time - At(minute: 0)).TotalMinutes}: "
                + string.Join(", ", report.Readings.Select(reading => $"{reading.Unavailable} {reading.Events}"))));
    }

    [Fact]
    public void A_reference_that_a_segment_has_learned_is_not_lost()
    {
        var spec = Spec(1) with { MostSegments = 2 };
        var monitor = new FieldMonitor(spec, new GrowingRules(LearnPanes: 5), new Dictionary<string, GrowingState>());
        for (var minute = 0; minute < 10; minute++)
        {
            monitor.AddValue(0, At(minute), null, FieldValue.Of(minute % 2), "learned"u8);
            Close(monitor);
        }

        monitor.AddValue(0, At(minute: 10), null, FieldValue.Of(1), "young"u8);
        for (var minute = 12; minute < 30; minute++)
        {
            monitor.AddValue(0, At(minute), null, FieldValue.Of(1), "new"u8);
            monitor.AddValue(0, At(minute), null, FieldValue.Of(1), "newer"u8);
            Close(monitor);
        }

        Assert.Equal(["learned", "new"], Segments(monitor));
        Assert.Equal(1, monitor.Evicted);
    }

    [Fact]
    public void What_a_derived_field_remembers_of_the_other_series_stays_theirs()
    {
        // Steps of 1, 2 and 3; the bins are those of the steps.
        var binning = new NumericBinning([0, 1.5, 2.5, 3.5]);
        var spec = Spec(1) with { MostSegments = 3, Derivation = new Derivation(DerivedKind.Difference) };
        var monitor = new FieldMonitor(spec, new CalibratedReference(new Reference(binning, [1, 1, 1, 0, 0, 0, 0, 0])), NoSegments);
        var fold = monitor.FoldOf(0);
        for (var i = 0; i < 4; i++)
        {
            fold.Clock.Judge(At(minute: 0), null); // from the fourth on, dates are believed at once
        }

        var values = new Dictionary<string, double>();
        List<SeriesReport> reports = [];
        for (var minute = 0; minute < 12; minute++)
        {
            // The first is silent from minute 2 on, and ends when the fourth comes.
            foreach (var (segment, step) in new[] { ("a", 1), ("b", 2), ("c", 3), ("d", 3) })
            {
                if (segment != "a" ? segment != "d" || minute > 4 : minute < 2)
                {
                    values[segment] = values.GetValueOrDefault(segment) + step;
                    var admission = fold.Clock.Judge(At(minute), null);
                    var (pane, name) = (admission.Pane!.Value, Encoding.UTF8.GetBytes(segment));
                    fold.CountDerived(pane, At(minute), PartitionFold.DependsOnHistory, values[segment], name);
                }
            }

            monitor.Advance(0);
            reports.AddRange(Close(monitor));
        }

        Assert.Equal(["b", "c", "d"], Segments(monitor));
        // Each has one step per pane, always of the same length.
        Assert.Equal(
            [("b", 1), ("c", 2), ("d", 2)],
            monitor.Series.Select(series => (series.Segment, Array.IndexOf(series.Histogram(0).Counts(), 1L))));
        Assert.All(
            reports.Where(report => report.Readings[0].Measurement is not null).GroupBy(report => report.Segment),
            segment => Assert.Single(segment.Select(report => report.Readings[0].Measurement!.KlNats).Distinct()));
    }

    [Property]
    public Property Whatever_is_ended_each_complete_reading_is_that_of_a_monitor_with_room_for_all() => Prop.ForAll(
        Streams(),
        stream =>
        {
            var limited = Monitor(most: 4, [1, 3], "known");
            var wide = Monitor(most: 1000, [1, 3], "known");
            var expected = Run(wide, stream).ToDictionary(report => (report.Time, report.Segment), report => report.Readings);
            var reports = Run(limited, stream);
            return (limited.Counted + limited.Dropped == wide.Counted).Label("each event is counted or dropped")
                .And(limited.Series.Count <= 4).Label("there are at most four series")
                .And(reports.TrueForAll(report => report.Readings.Zip(expected[(report.Time, report.Segment)])
                    .All(pair => pair.First == pair.Second || pair.First.Unavailable == Unavailable.WindowIncomplete))).Label("the same")
                .Classify(limited.Evicted > 0, "ended some")
                .Classify(limited.Dropped > 0, "dropped some");
        });

    [Property]
    public Property A_monitor_that_is_saved_and_loaded_ends_the_same_series() => Prop.ForAll(
        Streams(),
        Gen.Choose(0, 80).ToArbitrary(),
        (stream, cut) =>
        {
            var (whole, first, second) = (Monitor(4, [1, 3], "known"), Monitor(4, [1, 3], "known"), Monitor(4, [1, 3], "known"));
            var expected = Run(whole, stream);
            List<SeriesReport> reports = [];
            foreach (var (minute, segment) in stream.Take(cut))
            {
                reports.AddRange(Add(first, minute, segment));
            }

            second.Load(first.Save());
            foreach (var (minute, segment) in stream.Skip(cut))
            {
                reports.AddRange(Add(second, minute, segment));
            }

            reports.AddRange(Close(second, atEnd: true));
            return expected.Select(Describe).SequenceEqual(reports.Select(Describe)) && Segments(whole).SequenceEqual(Segments(second));
        });

    private static Dictionary<string, CalibratedReference> NoSegments => [];

    // Ten segments that come and go.
    private static Arbitrary<(int Minute, string Segment)[]> Streams() =>
        (from steps in (from step in Gen.Elements(0, 0, 0, 1, 1, 2, 7)
                        from segment in Gen.Elements("known", "a", "b", "c", "d", "e", "f", "g", "h", "i")
                        select (Step: step, Segment: segment)).ListOf(80)
         select steps.Aggregate(
             (Minute: 0, Events: new List<(int, string)>()),
             (all, next) =>
             {
                 all.Events.Add((all.Minute + next.Step, next.Segment));
                 return (all.Minute + next.Step, all.Events);
             }).Events.ToArray()).ToArbitrary();

    private static List<SeriesReport> Run(FieldMonitor monitor, (int Minute, string Segment)[] stream)
    {
        List<SeriesReport> reports = [.. stream.SelectMany(e => Add(monitor, e.Minute, e.Segment))];
        reports.AddRange(Close(monitor, atEnd: true));
        return reports;
    }

    private static List<SeriesReport> Add(FieldMonitor monitor, int minute, string segment)
    {
        monitor.Add(0, At(minute), null, minute % 3, Encoding.UTF8.GetBytes(segment));
        return Close(monitor);
    }

    // Segments of one letter with the minutes of their events; panes close as far as the last event allows.
    private static List<SeriesReport> Play(FieldMonitor monitor, string events) =>
        [.. events.Split(' ').SelectMany(e => Add(monitor, int.Parse(e[1..], null), e[..1]))];

    private static List<SeriesReport> Close(FieldMonitor monitor, bool atEnd = false)
    {
        List<SeriesReport> reports = [];
        while ((monitor.CloseDue() ?? (atEnd ? monitor.CloseAtEnd() : null)) is { } closed)
        {
            reports.AddRange(closed.SelectMany(OneByOne));
        }

        return reports;
    }

    private static string Describe(SeriesReport report) => $"{report.Time} {report.Segment} {string.Join(" | ", report.Readings)}";

    private static IEnumerable<string> Segments(FieldMonitor monitor) => monitor.Series.Select(series => series.Segment);

    private static FieldMonitor Monitor(int most, int[] windows, params string[] known) => new(
        Spec(windows) with { MostSegments = most },
        new CalibratedReference(Even),
        known.ToDictionary(segment => segment, _ => new CalibratedReference(Even)));
}
