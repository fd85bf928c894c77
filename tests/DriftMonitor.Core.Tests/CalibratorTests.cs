using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Numerics;
using DriftMonitor.Core.Time;
using static DriftMonitor.Core.Tests.Times;

namespace DriftMonitor.Core.Tests;

public sealed class CalibratorTests
{
    private const int Seed = 20261121;

    [Theory]
    [InlineData(-60, 20)] // begins before the period
    [InlineData(80, 200)] // ends after it
    [InlineData(10, 30)]
    public void The_length_of_a_pane_follows_from_the_events_and_their_mean_even_if_exclusions_overlap(int from, int to)
    {
        var (binning, panes) = (new NumericBinning([0, 1]), new PaneGrid(TimeSpan.FromMinutes(10)));
        var excluded = new Period(At(from), At(to));
        long[]?[] course = [.. Enumerable.Range(0, 10).Select(pane =>
            excluded.Overlaps(new Period(At(10 * pane), At(10 * pane + 10))) ? null : new long[] { 7, 0, 0, 0, 0, 0 })];
        var reference = Reference.FromPanes(
            binning,
            course,
            new Period(At(0), At(100)),
            [excluded, excluded, new Period(At(200), At(400))],
            Reference.DefaultPseudoCount,
            panes,
            longestWindow: 1);

        Assert.Equal(panes.Length, reference.Pane);
    }

    [Fact]
    public void A_long_reference_is_measured_and_knows_its_largest_peaks_and_when_they_were()
    {
        var (spec, reference, course) = Independent(panes: 2000, eventsPerPane: 200, burstAt: 1234);
        var calibration = Calibrator.Calibrate(spec, reference, course)[0];
        Assert.Equal(CalibrationKind.Measured, calibration.Kind);
        Assert.Equal(2000, calibration.SpanPanes);
        Assert.Equal(At(minute: 1235), calibration.Peaks[0].Time); // the end of the pane
        Assert.True(calibration.Peaks[0].Z > 5 * calibration.Peaks[1].Z);
        Assert.Equal(1, calibration.Dispersion);
    }

    [Fact]
    public void Peaks_at_most_a_window_apart_are_one()
    {
        var (spec, reference, course) = Independent(panes: 2000, eventsPerPane: 200, burstAt: 1234);
        (course[1235], course[1237]) = ([185, 15, 0, 0, 0, 0, 0], [180, 20, 0, 0, 0, 0, 0]); // both lower
        var peaks = Calibrator.Calibrate(spec, reference, course)[0].Peaks;
        Assert.Equal([At(minute: 1235), At(minute: 1238)], peaks.Take(2).Select(peak => peak.Time));
    }

    [Fact]
    public void What_is_excluded_leaves_no_peak()
    {
        var (spec, reference, course) = Independent(panes: 2000, eventsPerPane: 200, burstAt: 1234);
        course[1234] = null;
        var counts = new long[reference.Counts.Length];
        foreach (var pane in course.OfType<long[]>())
        {
            for (var bin = 0; bin < counts.Length; bin++)
            {
                counts[bin] += pane[bin];
            }
        }

        var without = new Reference(reference.Binning, counts)
        {
            Period = reference.Period,
            Excluded = [new Period(At(minute: 1234), At(minute: 1235))],
            EventsPerPane = 200,
            MeanEvents = 200,
        };
        var readings = Calibrator.Measure(spec, without, course)[0].Readings;
        Assert.True(double.IsNaN(readings[1234]));
        Assert.DoesNotContain(Calibrator.Calibrate(spec, without, course)[0].Peaks, peak => peak.Time == At(minute: 1235));
    }

    [Fact]
    public void A_reference_without_a_course_is_simulated_and_its_return_periods_are_those_of_independent_events()
    {
        // The tail learned from a stream and the tail simulated from its counts alone nearly agree.
        var (spec, reference, course) = Independent(panes: 20_000, eventsPerPane: 200);
        var simulated = Calibrator.Calibrate(spec, reference, course: null)[0];
        var measured = Calibrator.Calibrate(spec, reference, course)[0];
        Assert.Equal((CalibrationKind.Independent, CalibrationKind.Measured), (simulated.Kind, measured.Kind));
        Assert.Equal(0, simulated.SpanPanes);
        foreach (var z in (double[])[2, 3, 4])
        {
            Assert.InRange(simulated.ReturnPeriod(z) / measured.ReturnPeriod(z), 0.4, 2.5);
        }
    }

    [Fact]
    public void A_short_reference_shows_at_least_how_much_more_it_varies_than_independent_events()
    {
        var (spec, reference, course) = Independent(panes: 7, eventsPerPane: 400, wild: true);
        var calibration = Calibrator.Calibrate(spec, reference, course)[0];
        Assert.Equal(CalibrationKind.Dispersion, calibration.Kind);
        Assert.InRange(calibration.Dispersion, 1.5, 1000);
        var calm = Calibrator.Calibrate(spec, reference, course: null)[0];
        Assert.Equal(calm.ReturnPeriod(3), calibration.ReturnPeriod(3 * calibration.Dispersion), 6);
    }

    [Fact]
    public void A_reading_is_usual_up_to_the_usual_one_of_its_tail_times_the_dispersion()
    {
        var (spec, reference, course) = Independent(panes: 7, eventsPerPane: 400, wild: true);
        var calibration = Calibrator.Calibrate(spec, reference, course)[0] with { Dispersion = 4 }; // so that z ÷ D is exact
        var usual = 4 * calibration.Tail.UsualReading;
        Assert.True(usual > 0);
        Assert.True(calibration.IsUsual(usual));
        Assert.False(calibration.IsUsual(Math.BitIncrement(usual)));
    }

    [Fact]
    public void A_reference_of_two_windows_is_too_short_and_is_simulated()
    {
        var (_, reference, course) = Independent(panes: 8, eventsPerPane: 400);
        Assert.Equal(CalibrationKind.Independent, Calibrator.Calibrate(Spec(3), reference, course)[0].Kind);
    }

    [Theory]
    [InlineData(9, CalibrationKind.Dispersion)]
    [InlineData(8, CalibrationKind.Independent)]
    public void A_reference_of_three_windows_side_by_side_shows_its_dispersion_and_one_of_less_does_not(int panes, CalibrationKind kind)
    {
        var (_, reference, course) = Independent(panes, eventsPerPane: 400);
        Assert.Equal(kind, Calibrator.Calibrate(Spec(3), reference, course)[0].Kind);
    }

    [Theory]
    [InlineData(7, 4)] // stretches of 7 and 15 panes have 1 and 3 windows of 4 side by side
    [InlineData(8, 5)] // of 8 and 14 panes: 2 and 3
    [InlineData(null, 5)] // 23 panes
    public void The_dispersion_is_the_mean_z_and_a_margin_for_the_windows_side_by_side_outside_of_excluded_panes(
        int? excludedPane, int windows)
    {
        // The last three panes are wild, so the readings have one cluster and no tail.
        var binning = new NumericBinning([0, 1, 2, 3, 4]);
        long[]?[] course = [.. Enumerable.Range(0, 23).Select(pane => pane == excludedPane ? null
            : pane < 20 ? new long[] { 200, 100, 60, 40, 0, 0, 0, 0, 0 } : [40, 60, 100, 200, 0, 0, 0, 0, 0])];
        Period[] excluded = excludedPane is { } left ? [new Period(At(left), At(left + 1))] : [];
        var reference = Reference.FromPanes(
            binning, course, new Period(At(0), At(23)), excluded, Reference.DefaultPseudoCount, new PaneGrid(Minutes(1)), longestWindow: 4);
        var spec = Spec(4);
        double[] readings = [.. Calibrator.Measure(spec, reference, course)[0].Readings.Where(z => !double.IsNaN(z))];

        var calibration = Calibrator.Calibrate(spec, reference, course)[0];

        Assert.Equal(CalibrationKind.Dispersion, calibration.Kind);
        Assert.Equal(readings.Average() * (1 + 2 / Math.Sqrt(windows * 3)), calibration.Dispersion, 1e-9); // K° − 1 = 3
        Assert.Equal(excludedPane is null ? 20 : 19, calibration.SpanPanes); // from the first full window on
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(1_000_000_000_000)] // so large that no other bin ever occurs in the simulation
    public void In_a_constant_field_any_change_is_rare(long events)
    {
        var reference = new Reference(Even.Binning, [events, 0, 0, 0, 0, 0, 0]) { EventsPerPane = 100 };
        var calibration = Calibrator.Calibrate(Spec(1, 6), reference, course: null)[0];

        // A reading of 0 is there in every pane: once in about one pane, n/(n + 1) where each of n clusters is a single pane.
        var clusters = (double)calibration.Tail.Clusters;
        Assert.InRange(calibration.ReturnPeriod(0), clusters / (clusters + 1) - 1e-9, 100_000);
        Assert.InRange(calibration.ReturnPeriod(100), 10_000, double.PositiveInfinity);
        Assert.True(calibration.ReturnPeriod(200) > calibration.ReturnPeriod(100));
    }

    [Fact]
    public void A_reference_with_hardly_any_events_per_pane_is_calibrated_too()
    {
        var reference = new Reference(Even.Binning, [3, 2, 0, 0, 0, 0, 0]) { EventsPerPane = 1e-6 };
        Assert.Equal(CalibrationKind.Independent, Calibrator.Calibrate(Spec(1), reference, course: null)[0].Kind);
    }

    [Fact]
    public void Calibration_is_the_same_each_time()
    {
        var (spec, reference, _) = Independent(panes: 50, eventsPerPane: 100);
        Assert.Equal(
            Calibrator.Calibrate(spec, reference, null)[0].Tail.Threshold,
            Calibrator.Calibrate(spec, reference, null)[0].Tail.Threshold);
    }

    [Fact]
    public void A_stream_that_varies_less_than_independent_events_has_a_dispersion_of_1()
    {
        long[]?[] course = [.. Enumerable.Repeat(new long[] { 200, 100, 0, 0, 0, 0, 0 }, 7)];
        var reference = Reference.FromPanes(
            Even.Binning, course, new Period(At(0), At(7)), [], Reference.DefaultPseudoCount, new PaneGrid(Minutes(1)), longestWindow: 1);
        var calibration = Calibrator.Calibrate(Spec(1), reference, course)[0];
        Assert.Equal((CalibrationKind.Dispersion, 1.0), (calibration.Kind, calibration.Dispersion));
    }

    // Panes of independent events in two even bins; in a wild stream the shares vary from pane to pane.
    private static (Monitoring.MonitorSpec Spec, Reference Reference, long[]?[] Course) Independent(
        int panes, int eventsPerPane, int? burstAt = null, bool wild = false)
    {
        var random = new Random(Seed);
        var course = new long[]?[panes];
        var counts = new long[Even.Counts.Length];
        for (var pane = 0; pane < panes; pane++)
        {
            var share = pane == burstAt ? 0.95 : wild ? 0.2 + 0.6 * random.NextDouble() : 0.5;
            var first = Chance.Poisson(random, eventsPerPane * share);
            course[pane] = [first, Chance.Poisson(random, eventsPerPane * (1 - share)), 0, 0, 0, 0, 0];
            counts[0] += course[pane]![0];
            counts[1] += course[pane]![1];
        }

        var reference = new Reference(Even.Binning, counts)
        {
            Period = new Period(At(minute: 0), At(panes)),
            EventsPerPane = (counts[0] + counts[1]) / (double)panes,
            MeanEvents = (counts[0] + counts[1]) / (double)panes,
        };
        return (Spec(1) with { Pane = new PaneGrid(Minutes(1)) }, reference, course);
    }
}
