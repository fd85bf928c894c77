using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Numerics;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;
using static DriftMonitor.Core.Tests.Times;

namespace DriftMonitor.Core.Tests;

public sealed class WithinFactorTests
{
    private const int Seed = 20261126;
    private static readonly NumericBinning Bins = new([0, 1, 2, 3, 4]);

    [GoldenFact("courses.json")]
    public void Courses_agree_with_the_golden_figures()
    {
        foreach (var golden in Golden.SharedCases("courses.json"))
        {
            var name = golden.GetProperty("name").GetString()!;
            var regular = golden.GetProperty("regular_bins").GetInt32();
            var binning = new NumericBinning([.. Enumerable.Range(0, regular + 1).Select(i => (double)i)]);
            var (window, longest) = (golden.GetProperty("window_panes").GetInt32(), golden.GetProperty("longest_window_panes").GetInt32());
            var spec = Spec(window, longest) with { MinimumEvents = golden.GetProperty("minimum_events").GetInt64() };
            long[]?[] course = [.. golden.GetProperty("pane_counts").EnumerateArray()
                .Select(pane => pane.EnumerateArray().Select(count => count.GetInt64()).ToArray())];
            var excluded = golden.Longs("excluded_panes").Select(pane => new Period(At((int)pane), At((int)pane + 1))).ToArray();
            var reference = ReferenceOf(binning, course, excluded, longest);

            GoldenTail.Near(golden.GetProperty("mean_events").GetDouble(), reference.MeanEvents!.Value, name);
            var measured = Calibrator.Measure(spec, reference, course)[0];
            GoldenTail.Near(golden.GetProperty("within_factor").GetDouble(), measured.WithinFactor, name);
            var expected = golden.GetProperty("readings_z").EnumerateArray().ToList();
            Assert.Equal(expected.Count, measured.Readings.Length);
            foreach (var (z, actual) in expected.Zip(measured.Readings))
            {
                if (z.ValueKind == System.Text.Json.JsonValueKind.Null)
                {
                    Assert.True(double.IsNaN(actual), name);
                }
                else
                {
                    GoldenTail.Near(z.GetDouble(), actual, name);
                }
            }

            var calibration = Calibrator.Calibrate(spec, reference, course)[0];
            GoldenTail.Equal(golden.GetProperty("tail"), calibration.Tail, name);
            Assert.Equal(measured.WithinFactor, calibration.WithinFactor);
        }
    }

    [Fact]
    public void The_factor_is_the_sum_of_z_against_the_untouched_thirds_over_the_sum_of_z()
    {
        // Definition: each window of two panes against the counts of the thirds that it does not touch.
        const int panes = 32; // thirds begin at 0, 10 and 21
        var course = Course(panes, memory: 8);
        var spec = Spec(2, 2);
        var reference = ReferenceOf(Bins, course, [], longest: 2);
        var (plain, apart) = (0.0, 0.0);
        int[] cuts = [0, 10, 21, 32];
        for (var first = 0; first + 2 <= panes; first++)
        {
            var window = Sum(course, first, first + 2);
            var rest = Enumerable.Range(0, 3).Where(third => first >= cuts[third + 1] || first + 2 <= cuts[third])
                .Select(third => Sum(course, cuts[third], cuts[third + 1])).Aggregate(Added);
            var volume = Math.Min(1, reference.MeanEvents!.Value / window.Sum());
            plain += Z(window, Sum(course, 0, panes), -reference.Events, volume);
            apart += Z(window, rest, rest.Sum(), volume);
        }

        var factor = Calibrator.Measure(spec, reference, course)[0].WithinFactor;
        Assert.Equal(apart / plain, factor, 1e-9);
        Assert.InRange(factor, 1.05, 10);
    }

    [Fact]
    public void A_replay_of_the_references_own_period_gives_the_calibrations_readings_bit_for_bit_and_later_windows_take_no_factor()
    {
        const int panes = 90;
        var course = Course(panes + 30, memory: 15);
        var spec = Spec(3, 12);
        var excluded = new Period(At(40), At(44));
        for (var pane = 40; pane < 44; pane++)
        {
            course[pane] = null;
        }

        var reference = ReferenceOf(Bins, course[..panes], [excluded], longest: 12);
        var calibration = Calibrator.Calibrate(spec, reference, course[..panes]);
        Assert.All(calibration, window => Assert.True(window.WithinFactor > 1));
        var measured = Calibrator.Measure(spec, reference, course[..panes]);
        var with = new Series(spec, new CalibratedReference(reference, calibration));
        var without = new Series(spec, new CalibratedReference(
            reference, [.. calibration.Select(window => window with { WithinFactor = 1 })]));
        for (var pane = 0; pane < course.Length; pane++)
        {
            for (var bin = 0; bin < course[pane]?.Length; bin++)
            {
                with.Add(pane, bin, course[pane]![bin]);
                without.Add(pane, bin, course[pane]![bin]);
            }

            var (report, plain) = (with.Close(pane), without.Close(pane));
            for (var w = 0; w < 2; w++)
            {
                var length = spec.WindowPanes[w];
                if (report.Readings[w].Measurement is not { } reading)
                {
                    continue;
                }

                var raw = plain.Readings[w].Measurement!;
                var from = pane + 1 - length;
                var isWithin = pane < panes && (pane < 40 || from >= 44);
                Assert.Equal(isWithin, reading.IsWithin);
                Assert.Equal(isWithin ? raw.Z * calibration[w].WithinFactor : raw.Z, reading.Z);
                Assert.Equal((raw.KlNats, raw.NoiseNats, raw.ExcessNats), (reading.KlNats, reading.NoiseNats, reading.ExcessNats));
                Assert.Equal(calibration[w].ReturnPeriod(reading.Z) * 60, reading.ReturnPeriodSeconds);
                if (pane < panes && pane is < 40 or >= 44)
                {
                    Assert.Equal(measured[w].Readings[from], reading.Z);
                }
            }
        }
    }

    [Fact]
    public void A_window_with_all_events_of_the_reference_is_compared_as_if_it_were_beside_it()
    {
        // N < m is needed: at N = m, 1/N − 1/m is 0 and z would be infinite.
        var course = Course(3, memory: 0);
        var reference = ReferenceOf(Bins, course, [], longest: 3);
        var series = new Series(Spec(3), new CalibratedReference(reference));
        foreach (var (pane, counts) in course.Index())
        {
            foreach (var (bin, count) in counts!.Index())
            {
                series.Add(pane, bin, count);
            }

            if (series.Close(pane).Readings[0].Measurement is { } reading)
            {
                Assert.Equal(2, pane);
                Assert.False(reading.IsWithin);
                Assert.Equal(Z(Sum(course, 0, 3), Sum(course, 0, 3), reference.Events, volume: 1), reading.Z, 1e-9);
                Assert.True(double.IsFinite(reading.NoiseNats) && reading.NoiseNats > 0);
            }
        }
    }

    [Fact]
    public void A_reference_that_moves_has_no_factor()
    {
        var course = Course(90, memory: 15);
        var spec = Spec(3, 12);
        var reference = ReferenceOf(Bins, course, [], longest: 12);
        Assert.True(Calibrator.Calibrate(spec, reference, course)[0].WithinFactor > 1);
        var hours = Enumerable.Range(0, HourOfWeek.Hours).Select(_ => Sum(course, 0, 90)).ToArray();
        var moving = Calibrator.Calibrate(spec, reference, new HourOfWeek(spec, reference, hours), course);
        Assert.All(moving, window => Assert.Equal(1, window.WithinFactor));
    }

    [Fact]
    public void The_volume_is_corrected_while_the_longest_window_fills()
    {
        // Three times the reference's events: z is that of the reference's volume from the first pane on.
        var course = Course(120, memory: 0);
        var spec = Spec(2, 24);
        var reference = ReferenceOf(Bins, course, [], longest: 24);
        var series = new Series(spec, new CalibratedReference(reference));
        for (var pane = 1000; pane < 1030; pane++)
        {
            for (var bin = 0; bin < course[0]!.Length; bin++)
            {
                series.Add(pane, bin, 3 * course[pane - 1000]![bin]);
            }

            var closed = pane - 999;
            if (series.Close(pane).Readings[0].Measurement is not { } reading)
            {
                Assert.Equal(1, closed);
                continue;
            }

            var window = Sum(course, closed - 2, closed).Select(count => 3 * count).ToArray();
            var filled = Math.Min(24, closed);
            var volume = reference.MeanEvents!.Value * filled / 24 / (3.0 * Sum(course, closed - filled, closed).Sum());
            Assert.InRange(volume, 0.2, 0.5);
            Assert.Equal(Z(window, Sum(course, 0, 120), reference.Events, volume), reading.Z, 1e-9);
        }
    }

    private static double Z(long[] counts, long[] against, double referenceEvents, double volume)
    {
        var reference = new Reference(Bins, against);
        double events = counts.Sum();
        var kl = counts.Select((count, bin) => count == 0 ? 0 : count / events * Math.Log(count / events / reference.Smoothed[bin])).Sum();
        return 2 * kl / (1 / (events * volume) + 1 / referenceEvents) / (4 - 1); // all four regular bins are occupied, no other
    }

    private static long[] Sum(long[]?[] course, int from, int to) =>
        course[from..to].Aggregate(new long[Bins.Count], (sum, pane) => pane is null ? sum : Added(sum, pane));

    private static long[] Added(long[] a, long[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private static long[]?[] Course(int panes, int memory)
    {
        var random = new Random(Seed);
        var phi = memory == 0 ? 0 : Math.Exp(-1.0 / memory);
        var logits = new double[4];
        var course = new long[]?[panes];
        for (var pane = 0; pane < panes; pane++)
        {
            course[pane] = new long[Bins.Count];
            for (var bin = 0; bin < 4; bin++)
            {
                logits[bin] = memory == 0 ? 0 : phi * logits[bin] + 0.4 * Math.Sqrt(1 - phi * phi) * Chance.Normal(random);
                course[pane]![bin] = 1 + Chance.Poisson(random, 40 * Math.Exp(logits[bin]));
            }
        }

        return course;
    }

    private static Reference ReferenceOf(NumericBinning binning, long[]?[] course, Period[] excluded, int longest) => Reference.FromPanes(
        binning, course, new Period(At(0), At(course.Length)), excluded, Reference.DefaultPseudoCount, new PaneGrid(Minutes(1)), longest);

    private static MonitorSpec Spec(params int[] windows) => new()
    {
        Name = "within",
        Pane = new PaneGrid(Minutes(1)),
        MinimumEvents = 20,
        Windows = [.. windows.Distinct().Select(panes => new WindowSpec(Minutes(panes), $"{panes}m"))],
    };
}
