using System.Globalization;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Numerics;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Xunit.Abstractions;
using static DriftMonitor.Core.Tests.Times;

namespace DriftMonitor.Core.Tests;

public sealed class GrowingReferenceTests(ITestOutputHelper output)
{
    private static readonly MonitorSpec Spec2And5 = Spec(2, 5);

    [Property(MaxTest = 200)]
    public Property Every_reading_is_that_of_a_recount_of_all_values_so_far() => Prop.ForAll(Streams.ToArbitrary(), stream =>
    {
        var readings = Read(Monitor(Spec2And5, stream.Rules), stream);
        var expected = new GrowingTwin(Spec2And5, stream.Rules, stream.Panes, stream.First).Read();
        Assert.Equal(expected.Count, readings.Count);
        foreach (var (pane, windows) in readings.Index())
        {
            foreach (var (window, reading) in windows.Index())
            {
                var right = expected[pane][window];
                Assert.Equal(right is null, reading.Measurement is null);
                if (right is var (measurement, period) && reading.Measurement is { } found)
                {
                    // Bit for bit, as both sum the same integers.
                    Assert.Equal(
                        (measurement.KlNats, measurement.ReverseKlNats, measurement.NoiseNats, measurement.ExcessNats, measurement.Z),
                        (found.KlNats, found.ReverseKlNats, found.NoiseNats, found.ExcessNats, found.Z));
                    Assert.False(found.IsWithin);
                    Assert.Equal(period ?? found.ReturnPeriodSeconds, found.ReturnPeriodSeconds);
                }
            }
        }
    });

    [Property(MaxTest = 100)]
    public Property Readings_do_not_depend_on_how_partitions_interleave_nor_on_when_panes_close() => Prop.ForAll(
        Streams.ToArbitrary(), stream =>
    {
        var one = Read(Monitor(Spec2And5, stream.Rules), stream);
        var other = Read(Monitor(Spec2And5, stream.Rules), stream, partitionsInTurn: true);
        Assert.Equal(one.SelectMany(pane => pane), other.SelectMany(pane => pane), AreEqual);
    });

    [Property(MaxTest = 60)]
    public Property A_restart_from_what_was_saved_changes_no_later_reading() => Prop.ForAll(
        Streams.ToArbitrary(), Gen.Choose(1, 60).ToArbitrary(), (stream, stop) =>
    {
        var whole = Monitor(Spec2And5, stream.Rules);
        var expected = Read(whole, stream);

        var before = new GrowingReference(Spec2And5, stream.Rules);
        Read(new FieldMonitor(Spec2And5, before, new GrowingCalibration(before)), stream, panes: stop);
        var after = new GrowingReference(Spec2And5, stream.Rules, before.Save());
        var held = (int)before.Save()!.Last + 1 - stream.First;

        // It reads the panes of the longest window again, and does not count them again.
        var from = Math.Max(0, held - 5);
        var restarted = Read(new FieldMonitor(Spec2And5, after, new GrowingCalibration(after)), stream, from: from);
        var isRead = stream.Panes[from].Length > 0; // the first pane is the earliest with an event
        if (isRead)
        {
            Assert.Equal(
                expected.Skip(held).SelectMany(pane => pane), restarted.Skip(held - from).SelectMany(pane => pane), AreEqual);
            var (a, b) = (((GrowingReference)whole.Against).Save()!, after.Save()!);
            Assert.Equal((a.Panes, a.FittedPanes, a.VolumeSum), (b.Panes, b.FittedPanes, b.VolumeSum));
            Assert.Equal(a.Fitted?.Reference.Counts.ToArray(), b.Fitted?.Reference.Counts.ToArray());
        }
    });

    [Fact]
    public void The_warm_up_gives_no_reading_and_refits_come_at_each_tenth()
    {
        var reference = new GrowingReference(Spec(1), new GrowingRules(LearnPanes: 10));
        var monitor = new FieldMonitor(Spec(1), reference, new GrowingCalibration(reference));
        var refits = new List<int>();
        for (var minute = 0; minute < 40; minute++)
        {
            monitor.AddValue(0, At(minute), null, FieldValue.Of(minute % 3));
            monitor.AddValue(0, At(minute, 30), null, FieldValue.Of(minute % 2));
            if (monitor.CloseDue() is [var report])
            {
                Assert.Equal(minute <= 10 ? Unavailable.ReferenceNotReady : Unavailable.None, report.Readings[0].Unavailable);
                refits.AddRange(reference.Refits > refits.Count ? [(int)report.Time.Seconds / 60] : []);
            }
        }

        // At the end of the warm-up and at ⌈1.1 M⌉ panes after one at M, used from the next pane on.
        Assert.Equal([11, 12, 14, 16, 18, 20, 22, 25, 28, 31, 34, 38], refits);
        Assert.Equal((At(0), At(minute: 37)), (reference.Start!.Value, reference.Refitted!.Value));
        Assert.Equal(2 * 37, reference.Whole!.Events);
    }

    [Fact]
    public void A_shift_is_seen_though_the_bins_of_the_warm_up_would_not_have_shown_it()
    {
        // After the warm-up the values leave its range altogether, and then move within a bin of it.
        var reference = new GrowingReference(Spec(5), new GrowingRules(LearnPanes: 20));
        var monitor = new FieldMonitor(Spec(5), reference, new GrowingCalibration(reference));
        var random = new Random(3);
        Reading? last = null;
        for (var minute = 0; minute < 600; minute++)
        {
            for (var i = 0; i < 30; i++)
            {
                var value = minute < 20 ? random.NextDouble() : minute < 590 ? 100 + 10 * random.NextDouble() : 104 + random.NextDouble();
                monitor.AddValue(0, At(minute, i), null, FieldValue.Of(value));
            }

            last = monitor.CloseDue()?[0].Readings[0] ?? last;
        }

        Assert.InRange(last!.Measurement!.KlNats, 1.5, 3); // a tenth of the range: ln 10 = 2.3
    }

    [Fact]
    public void More_values_than_fine_bins_are_kept_with_fewer_bits_in_reference_and_windows_alike()
    {
        // 17 octaves in bins of 2⁻¹¹ are 34 816 bins, so two bits less are kept, whatever the order of the partitions.
        var rules = new GrowingRules(LearnPanes: 3);
        GrowingReference[] references = [new(Spec(3), rules), new(Spec(3), rules)];
        foreach (var (place, reference) in references.Index())
        {
            var monitor = new FieldMonitor(Spec(3), reference, new GrowingCalibration(reference));
            monitor.ExpectPartitions(2);
            var readings = new List<Reading>();
            for (var minute = 0; minute < 12; minute++)
            {
                // Fine bins appear bit by bit: more than are kept from pane 5 on.
                for (var i = 0; i < 40_000; i++)
                {
                    var octaves = Math.Min(17, 1 + 2 * minute);
                    var value = Math.Pow(2, (i * 0.6180339887 % 1) * octaves);
                    monitor.AddValue(place == 0 ? i % 2 : (i + 1) % 2, At(minute), null, FieldValue.Of(value));
                }

                monitor.AddValue(0, At(minute, 59), null, FieldValue.Of(1));
                monitor.AddValue(1, At(minute, 59), null, FieldValue.Of(1));
                while (monitor.CloseDue() is { } reports)
                {
                    readings.Add(reports[0].Readings[0]);
                }
            }

            var state = reference.Save()!.Numbers!;
            Assert.Equal(2, state.Level);
            Assert.InRange(state.Keys.Count, FineNumber.MostBins / 4, FineNumber.MostBins);
            Assert.Equal(state.Keys.Count, state.Keys.Distinct().Count());
            Assert.Equal(11 * 40_002, state.Totals.Sum());
            Assert.True(reference.Whole!.Counts.IndexOf(-1L) < 0);
        }

        Assert.Equal(references[0].Whole!.Counts.ToArray(), references[1].Whole!.Counts.ToArray());
        Assert.True(references[0].Binning.IsSameAs(references[1].Binning));
    }

    [Fact]
    public void Fewer_bits_move_no_value_of_a_constant_stream_to_another_bin_than_the_reference_has_it_in()
    {
        var reference = new GrowingReference(Spec(2), new GrowingRules(LearnPanes: 10));
        var monitor = new FieldMonitor(Spec(2), reference, new GrowingCalibration(reference));
        var seen = new Dictionary<int, (int Level, double Kl)>(); // by pane
        for (var minute = 0; minute < 30; minute++)
        {
            // Very different values in one pane take away a bit, just after the refit at 21 panes and before that at 24; the others are
            // always 1.0005 and 1.0010.
            for (var i = 0; i < 40_000; i++)
            {
                var value = minute == 21 && i < 20_000 ? Math.Pow(2, 2 + 12.0 * i / 20_000) : i % 2 == 0 ? 1.0005 : 1.0010;
                monitor.AddValue(0, At(minute), null, FieldValue.Of(value));
            }

            if (monitor.CloseDue() is [{ Readings: [{ Measurement: { } measurement }] }])
            {
                seen[minute - 1] = (reference.Save()!.Numbers!.Level, measurement.KlNats);
            }
        }

        Assert.Equal((0, 0, true), (seen[19].Level, seen[20].Level, seen[21].Level > 0));
        Assert.InRange(seen[20].Kl, 0, 1e-4);
        Assert.InRange(seen[21].Kl, 0.1, 10); // the window holds the other values
        Assert.InRange(seen[23].Kl, 0, 1e-4); // 5 nats and more where the window's values are in other bins than the reference's
    }

    [Fact]
    public void Categories_beyond_the_limit_count_as_unseen_and_it_is_told()
    {
        var reference = new GrowingReference(Spec(1), new GrowingRules(LearnPanes: 2));
        var monitor = new FieldMonitor(Spec(1), reference, new GrowingCalibration(reference));
        for (var minute = 0; minute < 4; minute++)
        {
            for (var i = 0; i < 10_000; i++)
            {
                monitor.AddValue(0, At(minute), null, Text(string.Create(CultureInfo.InvariantCulture, $"{minute}-{i:D5}")).Field);
            }

            for (var i = 0; i < 100; i++)
            {
                monitor.AddValue(0, At(minute), null, Text("frequent").Field);
            }

            monitor.CloseDue();
        }

        monitor.CloseAtEnd();
        Assert.True(reference.HasManyCategories);
        var state = reference.Save()!.Labels!;
        Assert.Equal(ValueCounts.MostLabels, state.Texts.Count);
        Assert.Equal(4 * 10_100 - state.Totals[3..].Sum(), state.Totals[2]); // left out
        Assert.Equal("frequent", reference.Binning.Label(0));
        Assert.Equal(4 * 10_100L, state.Totals.Sum());
    }

    [Fact]
    public void Panes_that_were_never_seen_are_left_out_and_named()
    {
        var rules = new GrowingRules(LearnPanes: 5);
        var before = new GrowingReference(Spec(1, 3), rules);
        var monitor = new FieldMonitor(Spec(1, 3), before, new GrowingCalibration(before));
        for (var minute = 0; minute < 20; minute++)
        {
            monitor.AddValue(0, At(minute), null, FieldValue.Of(minute % 4));
            monitor.CloseDue();
        }

        var after = new GrowingReference(Spec(1, 3), rules, before.Save());
        monitor = new FieldMonitor(Spec(1, 3), after, new GrowingCalibration(after));
        for (var minute = 50; minute < 60; minute++)
        {
            monitor.AddValue(0, At(minute), null, FieldValue.Of(minute % 4));
            monitor.CloseDue();
        }

        Assert.Equal(new Period(At(minute: 19), At(minute: 50)), after.Gap);
        var state = after.Save()!;
        Assert.Equal((28, 58), (state.Panes, state.Last));
        Assert.Equal([new Period(At(minute: 19), At(minute: 50))], state.LeftOut);
        Assert.Equal([59, 57], state.Fitted!.Readings.Select(readings => readings.Length)); // the unseen panes have no z
        Assert.Equal(28, state.Numbers!.Totals.Sum());
    }

    [Fact]
    public void Each_segment_has_a_reference_of_its_own_that_begins_with_its_first_event()
    {
        var spec = Spec(1) with { MostSegments = 2, Rule = new FalseAlarmRate(3600, 2, 0.01) };
        var monitor = new FieldMonitor(spec, new GrowingRules(LearnPanes: 5), new Dictionary<string, GrowingState>());
        for (var minute = 0; minute < 30; minute++)
        {
            monitor.AddValue(0, At(minute), null, FieldValue.Of(minute % 2), "a"u8);
            if (minute >= 10)
            {
                monitor.AddValue(0, At(minute), null, Text(minute % 2 == 0 ? "on" : "off").Field, "b"u8);
                monitor.AddValue(0, At(minute), null, FieldValue.Of(1), "c"u8);
            }

            foreach (var report in monitor.CloseDue() ?? [])
            {
                var begun = report.Segment == "a" ? 0 : 10;
                Assert.True(report.Time > At(begun));
                Assert.Equal(minute > begun + 5, report.Readings[0].Measurement is not null);
            }
        }

        Assert.Equal(["a", "b"], monitor.Series.Select(series => series.Segment));
        Assert.All(monitor.Series, series => Assert.NotNull(series.Alert));
        Assert.Equal(20, monitor.Dropped);
        Assert.IsType<NumericBinning>(monitor.Series[0].Against.Binning);
        Assert.IsType<CategoricalBinning>(monitor.Series[1].Against.Binning);
        Assert.Equal(At(minute: 10), ((GrowingReference)monitor.Series[1].Against).Start);
    }

    [Fact]
    public void An_alert_fires_at_a_shift_and_false_alarms_are_about_as_rare_as_promised()
    {
        // T = 1500 panes, watched for 10 T after a warm-up of 500 panes, in four streams: 40 T in total.
        const int T = 1500, WarmUp = 500;
        var (alarms, seen) = (0, 0);
        for (var seed = 1; seed <= 4; seed++)
        {
            var spec = Spec(1, 6) with { Rule = new FalseAlarmRate(T * 60, 1, 0), Timing = new AlertTiming(TimeSpan.Zero, 1) };
            var reference = new GrowingReference(spec, new GrowingRules(WarmUp));
            var series = new Series(spec, reference, new GrowingCalibration(reference));
            var random = new Random(seed);
            var before = alarms;
            for (var pane = 0; pane < WarmUp + 10 * T + 10; pane++)
            {
                var isDrift = pane >= WarmUp + 10 * T;
                var values = new ValueCounts(series.Against.Views);
                for (var i = Chance.Poisson(random, 50); i > 0; i--)
                {
                    values.Add(FieldValue.Of(random.NextDouble() * (isDrift ? 2 : 1)));
                }

                series.Add(pane, values);
                var fired = series.Close(pane).Transition is { To: AlertState.Firing };
                alarms += fired && !isDrift ? 1 : 0;
                seen += fired && isDrift ? 1 : 0;
            }

            output.WriteLine($"seed {seed}: {alarms - before} false alarms in {10 * T} panes, one in {T} promised");
        }

        Assert.Equal(4, seen);
        Assert.InRange(alarms, 1, 52); // at most 40 are promised; 1.3 times as many, as for other references
    }

    private static GrowingValue Text(string text) => new(FieldValueKind.Text, 0, text);

    private static FieldMonitor Monitor(MonitorSpec spec, GrowingRules rules)
    {
        var reference = new GrowingReference(spec, rules);
        return new FieldMonitor(spec, reference, new GrowingCalibration(reference));
    }

    private static bool AreEqual(Reading one, Reading other) =>
        (one.Time, one.Events, one.Unavailable) == (other.Time, other.Events, other.Unavailable)
        && one.Measurement is null == other.Measurement is null
        && (one.Measurement is not { } a || other.Measurement is not { } b
            || (a.KlNats, a.ReverseKlNats, a.NoiseNats, a.Z, a.ReturnPeriodSeconds, a.IsUsual)
                == (b.KlNats, b.ReverseKlNats, b.NoiseNats, b.Z, b.ReturnPeriodSeconds, b.IsUsual));

    // The readings of some panes; the events of three partitions come in turn, or those of one pane partition by partition.
    private static List<IReadOnlyList<Reading>> Read(
        FieldMonitor monitor, Stream stream, bool partitionsInTurn = false, int from = 0, int panes = int.MaxValue)
    {
        var readings = new List<IReadOnlyList<Reading>>();
        monitor.ExpectPartitions(3);
        var to = (int)Math.Min((long)from + panes, stream.Panes.Count);
        var events = Enumerable.Range(from, to - from)
            .SelectMany(pane => stream.Panes[pane].Select((value, i) => (Time: At(stream.First + pane, i), Partition: i % 3, value)))
            .ToArray();
        foreach (var (time, partition, value) in partitionsInTurn ? events.OrderBy(e => e.Partition).ToArray() : events)
        {
            monitor.AddValue(partition, time, null, value.Field);
            Close(monitor.CloseDue);
        }

        Close(monitor.CloseAtEnd);
        return readings;

        void Close(Func<IReadOnlyList<SeriesReport>?> close)
        {
            while (close() is { } reports)
            {
                readings.AddRange(OneByOne(reports[0]).Select(report => report.Readings));
            }
        }
    }

    private static Gen<GrowingValue> Values => Gen.Frequency(
        (10, Gen.Choose(0, 2000).Select(i => Number(i / 100.0))),
        (4, Gen.Choose(-3, 3).Select(i => Number(i))),
        (1, Gen.Elements(double.NaN, double.PositiveInfinity, -0.0, 1e-320, -1e300).Select(Number)),
        (1, Gen.Constant(new GrowingValue(FieldValueKind.Missing))),
        (1, Gen.Constant(new GrowingValue(FieldValueKind.Composite))));

    private static Gen<GrowingValue> Mixed => Gen.Frequency(
        (5, Gen.Choose(0, 30).Select(i => Text($"text {i}"))),
        (5, Gen.Choose(0, 9).Select(i => new GrowingValue(FieldValueKind.TextNumber, i, $"{i}"))),
        (2, Gen.Choose(0, 5).Select(i => Number(i))),
        (1, Gen.Constant(new GrowingValue(FieldValueKind.Missing))),
        (1, Gen.Constant(new GrowingValue(FieldValueKind.Composite))));

    private static Gen<GrowingValue> TextNumbers => Gen.Frequency(
        (40, Gen.Choose(0, 300).Select(i => new GrowingValue(FieldValueKind.TextNumber, i / 8.0, $"{i / 8.0}"))),
        (1, Gen.Constant(Text("n/a"))));

    private static GrowingValue Number(double number) => new(FieldValueKind.Number, number, number.ToString(CultureInfo.InvariantCulture));

    private static Gen<Stream> Streams =>
        from values in Gen.Elements(Values, Values, Mixed, TextNumbers)
        from panes in values.ArrayOf().ListOf()
        from begin in values
        from first in Gen.Choose(0, 100)
        from learn in Gen.Choose(1, 20)
        from given in Gen.Elements<FieldBinning?>(
            null, null, null, new NumericBinning([0, 1, 5, 15.3]), new CategoricalBinning(["text 1", "1", "2", "3.0"]))
        from excluded in Gen.Choose(0, 40).ArrayOf(2)
        from excludes in Gen.Elements(false, true)
        let quiet = panes.Select(pane => pane.Take(12).ToArray()).ToArray()
        select new Stream(
            first,
            [[begin], .. quiet, [begin]],
            new GrowingRules(learn)
            {
                Binning = given,
                Exclude = excludes
                    ? [.. excluded.Select(pane => new Period(At(first + pane), At(first + pane + 1 + pane % 3)))]
                    : [],
            });

    private sealed record Stream(int First, IReadOnlyList<GrowingValue[]> Panes, GrowingRules Rules);
}
