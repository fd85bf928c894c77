using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Numerics;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using static DriftMonitor.Core.Tests.Times;

namespace DriftMonitor.Core.Tests;

public sealed class MovingReferenceTests
{
    private const double Alpha = Reference.DefaultPseudoCount;

    private static readonly FieldBinning Bins = Even.Binning;

    private static GivenCalibration Uncalibrated => new(null);

    [Property]
    public Property Each_window_is_compared_with_a_recount_of_the_one_before_it() => Prop.ForAll(Streams.ToArbitrary(), stream =>
    {
        var spec = Spec(1, 3);
        var monitor = new FieldMonitor(spec, new PreviousWindow(Bins, spec.WindowPanes, Alpha), Uncalibrated);
        foreach (var (second, bin, _) in stream)
        {
            monitor.Add(0, At(0, second), null, bin);
        }

        return All(monitor).All(report => report.Readings.Zip(spec.WindowPanes).All(window =>
        {
            var (reading, length) = window;
            var (now, before) = (Counts(stream, report.Time, length), Counts(stream, report.Time - Minutes(length), length));
            var isKnown = First(stream) + 2 * length <= Minute(report.Time) && before.Sum() > 0;
            return Agrees(reading, now, isKnown ? before : null);
        }));
    });

    [Property]
    public Property Each_window_is_compared_with_a_recount_of_the_same_window_of_the_other_field() => Prop.ForAll(
        Streams.ToArbitrary(), stream =>
    {
        var spec = Spec(1, 3);
        var monitor = new FieldMonitor(spec, new CompanionWindow(Bins, spec.WindowPanes, Alpha, "the field actual"), Uncalibrated);
        foreach (var (second, bin, other) in stream)
        {
            monitor.Add(0, At(0, second), null, bin, referenceBin: other);
        }

        return All(monitor).All(report => report.Readings.Zip(spec.WindowPanes).All(window =>
        {
            var others = stream.Select(e => (e.Second, Bin: e.Other, e.Other)).ToArray();
            var isFull = First(stream) + window.Second <= Minute(report.Time);
            var compared = Counts(others, report.Time, window.Second);
            return Agrees(window.First, Counts(stream, report.Time, window.Second), isFull && compared.Sum() > 0 ? compared : null);
        }));
    });

    [Fact]
    public void A_window_that_is_compared_with_too_few_events_gives_no_reading()
    {
        var spec = Spec(1) with { MinimumEvents = 3 };
        var monitor = new FieldMonitor(spec, new PreviousWindow(Bins, spec.WindowPanes, Alpha), Uncalibrated);
        var companion = new FieldMonitor(spec, new CompanionWindow(Bins, spec.WindowPanes, Alpha, "the field actual"), Uncalibrated);
        foreach (var (minute, events, others) in new[] { (0, 2, 2), (1, 3, 3), (2, 4, 2), (3, 3, 4) })
        {
            for (var i = 0; i < Math.Max(events, others); i++)
            {
                if (i < events)
                {
                    monitor.Add(0, At(minute, i), null, 0);
                }

                companion.Add(0, At(minute, i), null, 0, referenceBin: i < others ? 0 : -1);
            }
        }

        Assert.Equal(
            [Unavailable.ReferenceNotReady, Unavailable.TooFewEvents, Unavailable.None, Unavailable.None],
            All(monitor).Select(report => report.Readings[0].Unavailable));
        Assert.Equal(
            [Unavailable.TooFewEvents, Unavailable.None, Unavailable.TooFewEvents, Unavailable.None],
            All(companion).Select(report => report.Readings[0].Unavailable));
    }

    [Fact]
    public void A_pane_waits_for_both_topics_and_an_event_of_either_may_be_late()
    {
        var spec = Spec(1);
        var companion = new CompanionWindow(Bins, spec.WindowPanes, Alpha, "the topic training");
        var monitor = new FieldMonitor(spec, companion, Uncalibrated, hasReferenceTopic: true);
        monitor.ExpectPartitions(1);
        monitor.ExpectPartitions(1, isReference: true);
        monitor.Add(0, At(minute: 1), null, 0);
        monitor.Add(0, At(minute: 5), null, 0);
        Assert.Null(monitor.CloseDue());
        Assert.Equal(Rejection.None, monitor.AddToReference(0, At(minute: 0), null, 0)); // before the first pane, so in no window
        Assert.Equal(Rejection.None, monitor.AddToReference(0, At(minute: 1, second: 30), null, 1));
        Assert.Null(monitor.CloseDue());
        Assert.Equal(Rejection.None, monitor.AddToReference(0, At(minute: 3), null, 1));

        var report = monitor.CloseDue()!.Single();
        Assert.Equal(At(minute: 2), report.Time);

        // All events are in a bin in which the reference has none: q = ½/(1 + 3·½).
        Assert.Equal(Math.Log(1 / (0.5 / 2.5)), report.Readings[0].Measurement!.KlNats, 1e-12);
        Assert.Equal(Rejection.Late, monitor.AddToReference(0, At(minute: 1), null, 0));
        Assert.Equal((0, 1), (monitor.Rejected[Rejection.Late], monitor.RejectedOfReference[Rejection.Late]));
        monitor.LeaveOut(0, isReference: true);
        Assert.NotNull(monitor.CloseDue());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_silent_reference_topic_holds_no_pane_open_with_or_without_earlier_events(bool hadEvents)
    {
        var spec = Spec(1);
        var companion = new CompanionWindow(Bins, spec.WindowPanes, Alpha, "the topic training");
        var monitor = new FieldMonitor(spec, companion, Uncalibrated, hasReferenceTopic: true);
        monitor.ExpectPartitions(1);
        monitor.ExpectPartitions(2, isReference: true);
        if (hadEvents)
        {
            monitor.AddToReference(0, At(minute: 1), null, 1);
            monitor.AddToReference(1, At(minute: 1), null, 1);
        }

        monitor.Add(0, At(minute: 1), null, 0);
        monitor.Add(0, At(minute: 4), null, 0);
        monitor.LeaveOut(0, isReference: true);
        Assert.Null(monitor.CloseDue()); // its other partition may still have events
        monitor.LeaveOut(1, isReference: true);

        var first = Assert.Single(monitor.CloseDue()!);
        Assert.Equal(At(minute: 2), first.Time);
        Assert.Equal(hadEvents ? Unavailable.None : Unavailable.ReferenceNotReady, first.Readings[0].Unavailable);
        Assert.Equal(Unavailable.ReferenceNotReady, Assert.Single(monitor.CloseDue()!).Readings[0].Unavailable);
    }

    [Theory]
    [InlineData("2013-02-04T00:00Z", 0)] // a Monday
    [InlineData("2013-02-04T00:59Z", 0)]
    [InlineData("2013-02-05T01:00Z", 25)]
    [InlineData("2013-02-10T23:59Z", 167)]
    [InlineData("1970-01-01T00:00Z", 72)] // a Thursday
    [InlineData("1969-12-28T23:59Z", 167)]
    [InlineData("1969-12-29T00:00Z", 0)]
    public void The_week_begins_on_Monday_in_UTC(string time, int hour) =>
        Assert.Equal(hour, HourOfWeek.Of(EventTime.From(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture))));

    [Property]
    public Property A_window_is_compared_with_each_hour_of_the_week_that_it_touches_once() => Prop.ForAll(
        (from pane in Gen.Elements(1, 5, 20, 60, 360)
         from panes in Gen.Choose(1, 600)
         from at in Gen.Choose(-30_000, 30_000)
         select (Pane: pane, Panes: panes, At: at)).ToArbitrary(),
        given =>
        {
            var spec = new MonitorSpec
            {
                Name = "m",
                Pane = new PaneGrid(Minutes(given.Pane)),
                Windows = [new WindowSpec(Minutes(given.Pane * given.Panes), "w")],
            };
            long[][] hours = [.. Enumerable.Range(0, 168).Select(hour => new long[] { hour, 1000 - hour, 0, 0, 0, 0, 1 })];
            var whole = new Reference(Bins, [.. Enumerable.Range(0, 7).Select(bin => hours.Sum(hour => hour[bin]))]);
            var moving = new HourOfWeek(spec, whole, hours);
            moving.Close(given.At, new SlidingHistogram(7, [1]));

            var touched = new HashSet<int>();
            for (var minute = 1L; minute <= given.Pane * given.Panes; minute++)
            {
                touched.Add(HourOfWeek.Of(spec.Pane.End(given.At) - Minutes(minute)));
            }

            var expected = Enumerable.Range(0, 7).Select(bin => touched.Sum(hour => hours[hour][bin]));
            return moving.For(0)!.Counts.SequenceEqual([.. expected]);
        });

    [Fact]
    public void The_first_panes_are_learned_and_the_reference_is_fixed_from_then_on()
    {
        var spec = Spec(2);
        var first = new LearnedReference(spec, Bins, Alpha, panes: 3, events: null);
        var monitor = new FieldMonitor(spec, first, new LearnedCalibration(first));
        foreach (var minute in Enumerable.Range(10, 6))
        {
            for (var i = 0; i < minute; i++)
            {
                monitor.Add(0, At(minute, i), null, i % 2);
            }
        }

        var reports = All(monitor);
        Assert.Equal(
            [Unavailable.ReferenceNotReady, Unavailable.ReferenceNotReady, .. Enumerable.Repeat(Unavailable.None, 4)],
            reports.Select(report => report.Readings[0].Unavailable));
        Assert.Equal([17, 16, 0, 0, 0, 0, 0], first.Learned!.Reference.Counts.ToArray());
        Assert.Equal(new Period(At(minute: 10), At(minute: 13)), first.Learned.Reference.Period);
        Assert.Equal((11.0, (21 + 23) / 2.0), (first.Learned.Reference.EventsPerPane!.Value, first.Learned.Reference.MeanEvents!.Value));
        Assert.All(reports.Skip(2), report => Assert.NotNull(report.Readings[0].Measurement!.ReturnPeriodSeconds));
        Assert.Equal(0.5 * (1 / 23.0 - 1 / 33.0), reports[2].Readings[0].Measurement!.NoiseNats, 12); // this window was learned
        Assert.Equal(0.5 * (1 / 25.0 + 1 / 33.0), reports[3].Readings[0].Measurement!.NoiseNats, 12);
    }

    [Fact]
    public void The_given_number_of_first_events_is_learned_up_to_the_end_of_their_pane()
    {
        var first = new LearnedReference(Spec(1), Bins, Alpha, panes: null, events: 15);
        var monitor = new FieldMonitor(Spec(1), first, new LearnedCalibration(first));
        foreach (var i in Enumerable.Range(0, 40))
        {
            monitor.Add(0, At(minute: i / 10, second: i % 10), null, i % 2);
        }

        All(monitor);
        Assert.Equal(20, first.Learned!.Reference.Events);
    }

    [Fact]
    public void A_monitor_that_calibrates_itself_has_no_return_period_and_no_alarm_until_it_is_calibrated()
    {
        var spec = Spec(2) with { Rule = new FalseAlarmRate(3600, 1, 0.01) };
        var previous = new PreviousWindow(Bins, spec.WindowPanes, Alpha);
        var monitor = new FieldMonitor(spec, previous, new SelfCalibration(spec, Bins, Minutes(100)));
        var random = new Random(5);
        for (var minute = 0; minute < 120; minute++)
        {
            for (var i = 0; i < 50; i++)
            {
                monitor.Add(0, At(minute, i), null, minute is 50 or 110 ? 0 : random.Next(2)); // drift during calibration and after it
            }
        }

        var reports = All(monitor);

        // Two windows of two panes each, then a hundred panes.
        Assert.Equal(3 + 100, reports.FindIndex(report => report.Readings[0].Measurement?.ReturnPeriodSeconds is not null));
        Assert.False(monitor.Series[0].IsCalibrating);
        var highest = reports.Skip(3).Take(100).MaxBy(report => report.Readings[0].Measurement!.Z)!;
        Assert.Equal(highest.Time, monitor.Series[0].Calibration![0].Peaks[0].Time);
        Assert.Contains(reports, report => report.Transition is { To: AlertState.Firing } && report.Time >= At(minute: 110));
        Assert.All(reports.Where(report => report.Transition is not null), report => Assert.True(report.Time >= At(minute: 104)));
    }

    [Fact]
    public void A_monitor_without_events_at_the_time_of_its_calibration_begins_it_again()
    {
        var spec = Spec(1);
        var previous = new PreviousWindow(Bins, spec.WindowPanes, Alpha);
        var monitor = new FieldMonitor(spec, previous, new SelfCalibration(spec, Bins, Minutes(2)));
        foreach (var minute in new[] { 0, 6, 7, 8, 9 }) // panes 1 to 5 are empty; the pane before the first of them is not
        {
            monitor.Add(0, At(minute), null, 0);
        }

        var reports = All(monitor);
        Assert.False(monitor.Series[0].IsCalibrating);
        Assert.Equal(At(minute: 10), reports.Find(report => report.Readings[0].Measurement?.ReturnPeriodSeconds is not null)!.Time);
    }

    // z is scaled to the mean volume of the calibration, as in a calibration from a file.
    [Fact]
    public void Its_calibration_is_the_tail_of_its_own_first_readings_at_their_mean_volume()
    {
        var spec = Spec(1, 3);
        var previous = new PreviousWindow(Bins, spec.WindowPanes, Alpha);
        var monitor = new FieldMonitor(spec, previous, new SelfCalibration(spec, Bins, Minutes(400)));
        var random = new Random(7);
        var (now, before) = (new List<long[]>(), new List<long>());
        for (var minute = 0; minute < 405; minute++)
        {
            var counts = new long[] { random.Next(20, 40), random.Next(20, 40), 0, 0, 0, 0, 0 };
            now.Add(counts);
            for (var bin = 0; bin < 2; bin++)
            {
                for (var i = 0; i < counts[bin]; i++)
                {
                    monitor.Add(0, At(minute), null, bin);
                }
            }
        }

        All(monitor);
        var volumes = Enumerable.Range(5, 400).Select(pane => (double)Sum(now, pane, 3).Sum()).ToArray();
        for (var w = 0; w < 2; w++)
        {
            var length = spec.WindowPanes[w];
            double[] readings = [.. Enumerable.Range(5, 400).Select((pane, i) =>
            {
                var (own, earlier) = (Sum(now, pane, length), Sum(now, pane - length, length));
                var reference = new Reference(Bins, earlier);
                var volume = Math.Min(1, volumes.Average() / volumes[i]);
                return Measurement.Of(Incremental(reference, own), reference.SampleSize, within: false, volume).Z;
            })];
            var expected = Tail.Fit(readings, length)!;
            var found = monitor.Series[0].Calibration![w];
            Assert.Equal((CalibrationKind.Measured, expected.Clusters, 400), (found.Kind, found.Tail.Clusters, found.SpanPanes));
            Assert.Equal(expected.Threshold, found.Tail.Threshold, 1e-9);
            Assert.Equal(expected.ReturnPeriod(50), found.ReturnPeriod(50), 1e-3);
        }
    }

    [Fact]
    public void A_calibration_that_needs_readings_begins_again_where_independent_events_would_have_to_do()
    {
        // Two windows of 5 minutes side by side are too few, and 40 readings without variation have no tail.
        foreach (var (minutes, needs, isKnown) in new[] { (14, false, true), (14, true, false), (15, true, true) })
        {
            var spec = Spec(5);
            var series = new Series(
                spec, new CompanionWindow(Bins, spec.WindowPanes, Alpha, "y"), new SelfCalibration(spec, Bins, Minutes(minutes), needs));
            for (var pane = 0; pane < 40; pane++)
            {
                series.Add(pane, 0, 30);
                series.Against.Add(pane, 1, 30);
                series.Close(pane);
            }

            Assert.Equal(isKnown, series.Calibration is not null);
            Assert.Equal(!isKnown, series.IsCalibrating);
            CalibrationKind? kind = !isKnown ? null : needs ? CalibrationKind.Dispersion : CalibrationKind.Independent;
            Assert.Equal(kind, series.Calibration?[0].Kind);
        }
    }

    [Fact]
    public void Its_promise_holds_on_a_stream_without_drift()
    {
        // T = 1500 panes, calibrated on 1500 panes, watched for 10 T, in four streams: 40 T in total.
        const int T = 1500;
        var alarms = 0;
        for (var seed = 1; seed <= 4; seed++)
        {
            var spec = Spec(1, 6) with { Rule = new FalseAlarmRate(T * 60, 1, 0), Timing = new AlertTiming(TimeSpan.Zero, 1) };
            var series = new Series(spec, new PreviousWindow(Bins, spec.WindowPanes, Alpha), new SelfCalibration(spec, Bins, Minutes(T)));
            var random = new Random(seed);
            for (var pane = 0; pane < 12 + 11 * T; pane++)
            {
                series.Add(pane, 0, Chance.Poisson(random, 25));
                series.Add(pane, 1, Chance.Poisson(random, 25));
                alarms += series.Close(pane).Transition is { To: AlertState.Firing } ? 1 : 0;
            }
        }

        Assert.InRange(alarms, 1, 52); // at most 40 are promised; 1.3 times as many, the bound for other streams that fluctuate
    }

    [Fact]
    public void A_given_distribution_has_no_sampling_noise_of_its_own_and_keeps_its_probabilities()
    {
        var truth = Reference.FromProbabilities(Bins, Distribution.FromProbabilities([1 / 3.0, 2 / 3.0, 0, 0, 0, 0, 0]));
        var measurement = Measurement.Of(Incremental(truth, [50, 50, 0, 0, 0, 0, 0]), truth.SampleSize, within: false, volume: 1);

        Assert.Equal(0.5 * Math.Log(0.5 / (1 / 3.0)) + 0.5 * Math.Log(0.5 / (2 / 3.0)), measurement.KlNats, 1e-5);
        Assert.Equal(0.5 / 100, measurement.NoiseNats, 1e-15);
        Assert.True(truth.Smoothed.Probabilities.IndexOf(0.0) < 0); // a probability of 0 becomes rare, not impossible
    }

    private static Gen<(int Second, int Bin, int Other)[]> Streams =>
        (from second in Gen.Choose(0, 600)
         from bin in Gen.Choose(0, 6)
         from other in Gen.Choose(0, 6)
         select (second, bin, other)).NonEmptyListOf().Select(events => events.OrderBy(e => e.second).ToArray());

    private static int First((int Second, int Bin, int Other)[] stream) => stream.Min(e => e.Second) / 60;

    private static int Minute(EventTime time) => (int)(time - At(minute: 0)).TotalMinutes;

    private static long[] Counts((int Second, int Bin, int Other)[] stream, EventTime end, int minutes)
    {
        var counts = new long[7];
        foreach (var (second, bin, _) in stream)
        {
            counts[bin] += At(0, second) < end && At(0, second) >= end - Minutes(minutes) ? 1 : 0;
        }

        return counts;
    }

    private static long[] Sum(List<long[]> panes, int last, int length) =>
        [.. Enumerable.Range(0, 7).Select(bin => Enumerable.Range(last - length + 1, length).Sum(pane => panes[pane][bin]))];

    private static bool Agrees(Reading reading, long[] counts, long[]? before)
    {
        var events = counts.Sum();
        if (reading.Events != events || (before is null) != (reading.Unavailable == Unavailable.ReferenceNotReady))
        {
            return false;
        }

        return before is null || events == 0
            || reading.Measurement! == Expected(new Reference(Bins, before), counts) with { Further = reading.Measurement!.Further };
    }

    private static Measurement Expected(Reference reference, long[] counts) =>
        Measurement.Of(Incremental(reference, counts), reference.SampleSize, within: false, volume: 1);

    private static IncrementalKullbackLeibler Incremental(Reference reference, long[] counts)
    {
        var incremental = new IncrementalKullbackLeibler(reference);
        for (var bin = 0; bin < counts.Length; bin++)
        {
            incremental.Change(bin, counts[bin]);
        }

        return incremental;
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
