using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Numerics;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using static DriftMonitor.Core.Tests.Times;

namespace DriftMonitor.Core.Tests;

/// <summary>A reference of several regimes: each reading is taken from the one with the least z.</summary>
public sealed class RegimeTests
{
    private static readonly FieldBinning Bins = Even.Binning;

    [Property]
    public Property Each_reading_is_that_of_the_regime_with_the_least_z() => Prop.ForAll(
        Gen.Choose(0, 9).ArrayOf(3 * 12).ToArbitrary(), numbers =>
    {
        var spec = Spec(1, 3);
        Regime[] regimes = [Of("even", [40, 40]), Of("first", [70, 10], 1.5), Of("second", [10, 90])];
        var monitor = new FieldMonitor(spec, new NearestRegime(regimes, 2), new GivenCalibration(null));
        var alone = regimes.Select(regime => new FieldMonitor(spec, regime.Reference)).ToArray();
        foreach (var (place, count) in numbers.Index())
        {
            for (var i = 0; i < count; i++)
            {
                foreach (var one in alone.Append(monitor))
                {
                    one.Add(0, At(place / 2, i), null, place % 2);
                }
            }
        }

        var expected = alone.Select(All).ToList();
        foreach (var (place, report) in All(monitor).Index())
        {
            foreach (var (window, reading) in report.Readings.Index())
            {
                var each = regimes.Select((regime, k) => (regime.Name, Reading: expected[k][place].Readings[window])).ToList();
                Assert.Equal(each[0].Reading.Unavailable, reading.Unavailable);
                if (reading.Measurement is { } found)
                {
                    var nearest = each.MinBy(one => one.Reading.Measurement!.Z); // the first of equal ones
                    Assert.Equal(nearest.Name, found.Regime);
                    Assert.Equal(nearest.Reading.Measurement! with { Further = found.Further, Regime = found.Regime }, found);
                }
            }
        }
    });

    [Fact]
    public void A_window_within_a_regime_s_own_period_counts_times_its_factor()
    {
        var period = new Period(At(0), At(20));
        var own = new Regime("own", new Reference(Bins, [60, 40, 0, 0, 0, 0, 0]) { Period = period }, [3]);
        var other = Of("other", [52, 48]) with { WithinFactors = [1] };
        var series = new Series(Spec(1), new NearestRegime([own, other], 1), new GivenCalibration(null));
        series.Add(3, 0, 6);
        series.Add(3, 1, 4);

        var found = series.Close(3).Readings[0].Measurement!;
        var (z, against) = (Z(own.Reference, [6, 4], within: true) * 3, Z(other.Reference, [6, 4], within: false));
        Assert.Equal(Math.Min(z, against), found.Z);
        Assert.Equal(z <= against ? "own" : "other", found.Regime);
        Assert.Same((z <= against ? own : other).Reference, series.ReferenceOf(0)); // the page shows what was compared
    }

    [Fact]
    public void The_calibration_replays_all_periods_in_a_circle_and_takes_the_least_z()
    {
        const int Window = 3;
        var spec = Spec(Window);
        var random = new Random(7);
        RegimeCourse[] courses = [Course("a", 0, 40, 0.5), Course("b", 100, 30, 0.9)];

        var (regimes, calibration) = RegimeCalibrator.Calibrate(spec, courses);

        // The definition: each window of the circle against each regime, recounted.
        List<(long Pane, long[] Counts)> circle =
            [.. courses.SelectMany((course, k) => course.Panes.Select((counts, i) => (100L * k + i, counts!)))];
        var factors = courses.Select(course => Calibrator.Measure(spec, course.Reference, course.Panes)[0].WithinFactor).ToArray();
        Assert.Equal(factors, regimes.Select(regime => regime.WithinFactors[0]));
        var readings = new double[circle.Count];
        for (var end = 0; end < circle.Count; end++)
        {
            var counts = new long[7];
            for (var back = 0; back < Window; back++)
            {
                foreach (var (bin, count) in circle[(end - back + circle.Count) % circle.Count].Counts.Index())
                {
                    counts[bin] += count;
                }
            }

            var window = new Period(At(circle[end].Pane + 1) - Minutes(Window), At(circle[end].Pane + 1));
            readings[end] = courses.Zip(factors).Min(regime =>
            {
                var (reference, factor) = (regime.First.Reference, regime.Second);
                var within = reference.Includes(window);
                var volume = Math.Min(1, reference.MeanEvents!.Value / counts.Sum());
                var z = Measurement.Of(Incremental(reference, counts), reference.SampleSize, within, volume).Z;
                return within ? z * factor : z;
            });
        }

        var (usual, highest) = (Tail.Fit(readings, Window)!, Tail.FitHighest(readings, Window, 0, clusters: 2)!);
        var expected = highest.ReturnPeriod(readings.Max()) < usual.ReturnPeriod(readings.Max()) ? highest : usual;
        var found = Assert.Single(calibration);
        Assert.Equal((CalibrationKind.Measured, 1.0, circle.Count), (found.Kind, found.WithinFactor, found.SpanPanes));
        Assert.Equal(expected.ReturnPeriod(1), found.ReturnPeriod(1));
        Assert.Equal(expected.ReturnPeriod(2 * readings.Max()), found.ReturnPeriod(2 * readings.Max()));
        Assert.Equal(readings.Max(), found.Peaks[0].Z);

        RegimeCourse Course(string name, int first, int panes, double share)
        {
            var counts = Enumerable.Range(0, panes)
                .Select(_ => new long[] { Chance.Poisson(random, 30 * share), Chance.Poisson(random, 30 * (1 - share)), 0, 0, 0, 0, 0 })
                .ToArray();
            var period = new Period(At(first), At(first + panes));
            return new RegimeCourse(
                name, Reference.FromPanes(Bins, counts, period, [], Reference.DefaultPseudoCount, spec.Pane, Window), counts);
        }
    }

    [Fact]
    public void Regimes_of_other_bins_are_refused()
    {
        var other = new Regime("other", new Reference(new NumericBinning([0, 1, 3]), [1, 1, 0, 0, 0, 0, 0]), [1]);

        Assert.Equal(
            "the regimes have different bins",
            Assert.Throws<ArgumentException>(() => new NearestRegime([Of("even", [1, 1]) with { WithinFactors = [1] }, other], 1)).Message);
    }

    private static Regime Of(string name, long[] counts, double factor = 1) =>
        new(name, new Reference(Bins, [.. counts, 0, 0, 0, 0, 0]), [factor, factor]);

    private static double Z(Reference reference, long[] counts, bool within) =>
        Measurement.Of(Incremental(reference, [.. counts, 0, 0, 0, 0, 0]), reference.SampleSize, within, volume: 1).Z;

    private static IncrementalKullbackLeibler Incremental(Reference reference, long[] counts)
    {
        var incremental = new IncrementalKullbackLeibler(reference);
        foreach (var (bin, count) in counts.Index())
        {
            incremental.Change(bin, count);
        }

        return incremental;
    }

    private static List<SeriesReport> All(FieldMonitor monitor)
    {
        var reports = new List<SeriesReport>();
        while ((monitor.CloseDue() ?? monitor.CloseAtEnd()) is { } closed)
        {
            reports.AddRange(closed.SelectMany(OneByOne));
        }

        return reports;
    }
}
