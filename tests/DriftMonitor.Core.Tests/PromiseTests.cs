using DriftMonitor.Benchmarks.Promise;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Core.Tests;

/// <summary>
/// A short version of the simulation of the promised rate of false alarms. `make promise` runs all of it; deploy/docs/promise.md has its
/// table.
/// </summary>
public sealed class PromiseTests
{
    private const int Seed = 20261122;

    [Fact]
    public void Without_drift_alarms_come_at_most_once_in_the_promised_time_and_not_much_less_often()
    {
        string[] rows = ["independent", "AR(1), 12 panes", "daily season", "season with AR(1), 3 × volume"];
        var cells = rows.SelectMany(row => Run(row, (4, [6, 24]), (20, [6, 24]), (20, [24]))).ToList();

        Assert.Equal(rows.Length * 3, cells.Count);
        foreach (var row in cells.GroupBy(cell => cell.Cell.Fluctuation.Name))
        {
            var alarms = Estimate.Of([.. row], 0, FalseAlarms.Within);
            Assert.True(alarms.Mean - 2 * alarms.Error <= 1, $"{row.Key}: {alarms} alarms per T");
        }

        var all = Estimate.Of(cells, 0, FalseAlarms.Within);
        Assert.True(all.Mean + 2 * all.Error <= 1, $"{all} alarms per T");
        Assert.True(all.Mean >= 0.4, $"{all} alarms per T: blunt");
    }

    [Theory]
    [InlineData("AR(1), 48 panes")] // memory as long as two of the longer windows: z is lower within the reference than after it
    [InlineData("bursts")] // some references are too short to measure the tail of a window of 48 panes
    public void Streams_that_strain_the_promise_stay_near_it_within_the_reference(string row)
    {
        var cells = Run(row, (4, [6, 24]), (20, [6, 24]), (20, [24]), (20, [1, 3, 6, 12, 24, 48])).ToList();
        var alarms = Estimate.Of(cells, 0, FalseAlarms.Within);
        var firing = cells.Average(cell => cell.FiringWithin);
        Assert.True(alarms.Mean <= 1.3, $"{alarms} alarms per T");
        Assert.True(firing <= 0.5, $"firing {firing:0 %} of the time");
    }

    [Theory]
    [InlineData("AR(1), 12 panes")]
    [InlineData("AR(1), 48 panes")]
    public void A_reference_that_grows_keeps_the_promise_on_streams_with_a_memory(string row)
    {
        var alarms = new GrowingAlarms(LearnPanes: 240, LivePanes: 1440, Streams: 4, Seed).Run(
            Fluctuation.All.Single(fluctuation => fluctuation.Name == row), [6, 24]);
        Assert.All(alarms.Take(2), estimate => Assert.InRange(estimate.Mean, 0.05, 1.3)); // T of 240 and 720 panes
    }

    [Theory]
    [InlineData(1000, 1, CalibrationKind.Measured)] // 41 windows' lengths
    [InlineData(100, 1, CalibrationKind.Dispersion)] // four: too few for eight clusters
    [InlineData(60, 1, CalibrationKind.Independent)] // two
    [InlineData(1000, 5, CalibrationKind.Measured)]
    [InlineData(100, 5, CalibrationKind.Dispersion)]
    public void The_length_of_a_reference_decides_the_kind_of_its_calibration(int panes, int batch, CalibrationKind kind) =>
        Assert.Equal(kind, Calibrated(panes, batch).Kind);

    [Fact]
    public void Measured_and_simulated_return_periods_of_independent_events_agree()
    {
        // z = 2 means that χ² with 19 degrees of freedom exceeds 38: 0.6 % of the readings.
        var measured = Calibrated(panes: 20_000, batch: 1);
        var counted = Scene.OfCounts([24], [.. PaneStream.BaseShares(20).Select(share => (long)(share * 4_000_000))], 200).Calibration[0];
        Assert.Equal(CalibrationKind.Independent, counted.Kind);
        Assert.InRange(measured.ReturnPeriod(2) / counted.ReturnPeriod(2), 0.6, 1.7);
    }

    [Fact]
    public void Events_that_come_in_batches_of_five_have_a_z_five_times_as_high()
    {
        // With n batches of g events, the counts are g times those of n independent events, and so is z. A short reference shows that in
        // its mean z, with a margin of 2/√(3 · 19) = 26 %.
        var single = Calibrated(panes: 20_000, batch: 1);
        var batches = Calibrated(panes: 20_000, batch: 5);
        Assert.InRange(batches.ReturnPeriod(5 * 2) / single.ReturnPeriod(2), 0.5, 2);

        // Several, as one alone may be calm or wild: the return period of one lies between 12 and 200 panes.
        var few = Enumerable.Range(0, 20).Select(i => Calibrated(panes: 80, batch: 5, Seed + i))
            .Where(calibration => calibration.Kind == CalibrationKind.Dispersion).ToList();
        Assert.InRange(few.Count, 5, 20);
        Assert.All(few, calibration => Assert.InRange(calibration.Dispersion, 4, 9));
        var median = few.Select(calibration => calibration.ReturnPeriod(5 * 2)).Order().ElementAt(few.Count / 2);
        Assert.InRange(median, 24, single.ReturnPeriod(2)); // conservative, but useful
    }

    private static IEnumerable<CellResult> Run(string name, params (int Bins, int[] Windows)[] cells)
    {
        var alarms = new FalseAlarms(FalseAlarms.UsualReferencePanes, LivePanes: 3 * FalseAlarms.UsualReferencePanes, Streams: 4, Seed);
        var row = Fluctuation.All.Single(row => row.Name == name);
        return cells.Select(cell => alarms.Run(new Cell(row, cell.Bins, cell.Windows)));
    }

    // One window of 24 panes over 20 bins, 200 events per pane, in batches of events of one bin.
    private static WindowCalibration Calibrated(int panes, int batch, int seed = Seed)
    {
        var random = new Random(seed);
        var shares = PaneStream.BaseShares(20);
        long[] Next() => Array.ConvertAll(shares, share => batch * Chance.Poisson(random, 200 * share / batch));
        return Scene.Record([24], panes, 20, Next).Calibration[0];
    }
}
