using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using FsCheck.Xunit;
using static DriftMonitor.Core.Tests.Times;

namespace DriftMonitor.Core.Tests;

/// <summary>The further measures of a reading.</summary>
public sealed class MeasureTests
{
    private static readonly Measure[] Every =
    [
        .. Enum.GetValues<MeasureKind>().Where(kind => kind != MeasureKind.Renyi).Select(kind => new Measure(kind)),
        .. new[] { 0, 0.5, 1, 2, 100, double.PositiveInfinity }.Select(order => new Measure(MeasureKind.Renyi, order)),
    ];

    [Fact]
    public void Measures_of_counts_agree_with_the_golden_figures()
    {
        foreach (var golden in Golden.Cases("counts.json"))
        {
            long[] current = golden.Longs("current_counts"), counts = golden.Longs("reference_counts");
            var what = $"{counts.Length} bins, {current.Sum()} events";
            var pseudo = Enumerable.Repeat(golden.GetProperty("pseudo_count_per_bin").GetDouble(), counts.Length).ToArray();
            var smoothed = Distribution.FromCounts(current, pseudo);
            var reference = Distribution.FromCounts(counts, pseudo);
            double[] p = [.. smoothed.Probabilities], q = [.. reference.Probabilities];
            Golden.Equal(golden.Expected("kl_smoothed_nats"), Information.KullbackLeibler(p, q), what);
            Golden.Equal(golden.Expected("kl_reverse_smoothed_nats"), Information.KullbackLeibler(q, p), what);
            Golden.Equal(golden.Expected("psi_smoothed"), Divergence.PopulationStabilityIndex(p, q), what);
            Golden.Equal(golden.Expected("psi_smoothed"), Vectorised.Jeffreys(p, q), what);

            var window = Fill(new IncrementalKullbackLeibler(counts, reference, pseudo), current);
            var measurement = Measurement.Of(window, counts.Sum(), within: false, volume: 1);
            Golden.Equal(golden.Expected("g_statistic"), measurement.GStatistic, what);
            Golden.Equal(golden.Expected("occupied_bins"), measurement.OccupiedBins, what);
        }
    }

    [Fact]
    public void G_at_the_quantiles_of_a_table_of_chi_square_has_their_p_values()
    {
        Assert.Equal(0.05, GTest.PValue(3.841458820694124, 1), 1e-12);
        Assert.Equal(0.001, GTest.PValue(43.82019596451753, 19), 1e-12);
        Assert.Equal(Math.Exp(-5), GTest.PValue(10, 2), 1e-15); // two degrees of freedom: an exponential
        Assert.Equal(1, GTest.PValue(0, 19));
        Assert.Equal(0, GTest.PValue(double.MaxValue, 19));
        Assert.Equal(1, GTest.PValue(5, 0)); // a single bin: nothing can differ
    }

    [Fact]
    public void Without_drift_the_p_value_of_G_is_as_often_below_each_level_as_the_level_says()
    {
        const int seed = 20261122, samples = 4000, bins = 8;
        var chance = new Random(seed);
        var below = new int[3];
        double[] levels = [0.5, 0.1, 0.01];
        for (var sample = 0; sample < samples; sample++)
        {
            var binning = new NumericBinning([.. Enumerable.Range(0, bins + 1).Select(i => (double)i)]);
            var reference = new Reference(binning, [.. Draw(4000), 0, 0, 0, 0, 0]);
            var window = Fill(new IncrementalKullbackLeibler(reference), [.. Draw(1000), 0, 0, 0, 0, 0]);
            var measurement = Measurement.Of(window, reference.Events, within: false, volume: 1);
            var p = GTest.PValue(measurement.GStatistic, measurement.OccupiedBins - 1);
            for (var level = 0; level < levels.Length; level++)
            {
                below[level] += p < levels[level] ? 1 : 0;
            }
        }

        for (var level = 0; level < levels.Length; level++)
        {
            var deviation = Math.Sqrt(samples * levels[level] * (1 - levels[level]));
            Assert.InRange(below[level], samples * levels[level] - 4 * deviation, samples * levels[level] + 4 * deviation);
        }

        long[] Draw(int events)
        {
            var counts = new long[bins];
            for (var i = 0; i < events; i++)
            {
                counts[chance.Next(bins)]++; // more than a hundred in each bin, as χ² is the limit for large counts
            }

            return counts;
        }
    }

    [Property(Arbitrary = [typeof(History)])]
    public bool The_measures_of_a_reading_are_finite_for_any_counts(History history)
    {
        var window = new IncrementalKullbackLeibler(history.Reference);
        window.Change(history.Reference.Binning.Missing, 1); // a window has at least one event, but perhaps no number
        foreach (var (bin, by) in history.Changes)
        {
            window.Change(bin, Math.Max(by, -window.Counts[bin]));
        }

        if (window.Events == 0)
        {
            return true;
        }

        var measurement = Measurement.Of(window, history.Reference.Events, within: window.Events % 2 == 0, volume: 1);
        var values = new MeasureSet(Every, history.Reference).Evaluate(window, measurement.GStatistic, measurement.OccupiedBins);
        var numbers = window.Events - window.Counts[^3..].ToArray().Sum();
        var within = numbers - window.Counts[^5] - window.Counts[^4];
        return values.All(value => double.IsFinite(value.Value) && value.Value >= 0)
            && values.Count == Every.Length - (numbers == 0 ? 1 : 0) - (within == 0 ? 1 : 0);
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e300)]
    public void Extreme_smoothing_gives_no_infinity(double pseudoCount)
    {
        var binning = new NumericBinning([-double.MaxValue, 0, 1, double.MaxValue]);
        var reference = new Reference(binning, [1L << 40, 0, 0, 0, 0, 0, 0, 0], pseudoCount);
        var window = Fill(new IncrementalKullbackLeibler(reference), [0, 0, 1L << 40, 1, 0, 0, 0, 0]);
        Assert.All(
            new MeasureSet(Every, reference).Evaluate(window, 1, 3),
            value => Assert.True(double.IsFinite(value.Value) && value.Value >= 0, $"{value}"));
    }

    [Property(Arbitrary = [typeof(Pair)])]
    public void The_vectorised_forms_are_the_definitions_within_1e_12(Pair pair)
    {
        var (p, q) = pair;
        double[] someP = Mixed(p), someQ = Mixed(q);
        Golden.Equal(Divergence.Jeffreys(someP, someQ), Vectorised.Jeffreys(someP, someQ), "Jeffreys");
        Golden.Equal(Divergence.JensenShannon(someP, someQ), Vectorised.JensenShannon(someP, someQ), "Jensen-Shannon");
        Golden.Equal(Divergence.Hellinger(p, q), Vectorised.Hellinger(p, q), "Hellinger");
        Golden.Equal(Divergence.TotalVariation(p, q), Vectorised.TotalVariation(p, q), "total variation");
        Golden.Equal(Divergence.ChiSquare(p, someQ), Vectorised.ChiSquare(p, someQ), "χ²");

        // Without empty bins, as after smoothing.
        static double[] Mixed(double[] p) => [.. p.Select(value => 0.99 * value + 0.01 / p.Length)];
    }

    [Fact]
    public void The_vectorised_forms_take_more_bins_than_fit_on_the_stack()
    {
        double[] p = [.. Enumerable.Range(1, 2000).Select(i => i / 2001000.0)], q = [.. p.Reverse()];
        Golden.Equal(Divergence.Jeffreys(p, q), Vectorised.Jeffreys(p, q), "Jeffreys");
        Golden.Equal(Divergence.JensenShannon(p, q), Vectorised.JensenShannon(p, q), "Jensen-Shannon");
        Golden.Equal(Divergence.Hellinger(p, q), Vectorised.Hellinger(p, q), "Hellinger");
        Golden.Equal(Divergence.ChiSquare(p, q), Vectorised.ChiSquare(p, q), "χ²");
    }

    [Fact]
    public void Wasserstein_is_in_the_unit_of_the_field_and_uses_only_numbers_within_the_edges()
    {
        // Bins of 10, 10 and 20 minutes with midpoints 5, 15 and 30. Nearly all mass of the reference is in the first, that of the window
        // in the last.
        var reference = new Reference(new NumericBinning([0, 10, 20, 40]), [1_000_000_000, 0, 0, 0, 0, 0, 0, 0]);
        Assert.Equal(25, Evaluate(reference, [0, 0, 8, 0, 0, 0, 0, 0], MeasureKind.Wasserstein)!.Value, 1e-6);
        Assert.Equal(12.5, Evaluate(reference, [4, 0, 4, 0, 0, 0, 0, 0], MeasureKind.Wasserstein)!.Value, 1e-6);
        Assert.Equal(25, Evaluate(reference, [0, 0, 8, 0, 90, 0, 70, 3], MeasureKind.Wasserstein)!.Value, 1e-6); // others have no place
        Assert.Null(Evaluate(reference, [0, 0, 0, 5, 5, 5, 5, 5], MeasureKind.Wasserstein));
    }

    [Fact]
    public void Kolmogorov_Smirnov_takes_below_and_above_as_the_ends_of_the_axis()
    {
        var reference = new Reference(new NumericBinning([0, 10, 20]), [500_000, 500_000, 0, 0, 0, 0, 0]);
        Assert.Equal(0.5, Evaluate(reference, [8, 0, 0, 0, 0, 0, 0], MeasureKind.KolmogorovSmirnov)!.Value, 1e-5);
        Assert.Equal(1, Evaluate(reference, [0, 0, 8, 0, 0, 0, 0], MeasureKind.KolmogorovSmirnov)!.Value, 1e-5); // all below the first edge
        Assert.Equal(1, Evaluate(reference, [0, 0, 0, 8, 0, 9, 0], MeasureKind.KolmogorovSmirnov)!.Value, 1e-5); // all are above
        Assert.Null(Evaluate(reference, [0, 0, 0, 0, 3, 9, 1], MeasureKind.KolmogorovSmirnov));
    }

    [Fact]
    public void Categories_have_no_order()
    {
        var reference = new Reference(new CategoricalBinning(["UA", "AA"]), [5, 5, 0, 0, 0]);
        Assert.Throws<ArgumentException>(() => new MeasureSet([new Measure(MeasureKind.Wasserstein)], reference));
        Assert.Equal(0.5, Evaluate(reference, [10, 0, 0, 0, 0], MeasureKind.TotalVariation)!.Value, 0.05);
    }

    [Fact]
    public void A_reading_has_the_measures_of_its_monitor_in_their_order()
    {
        var monitor = new FieldMonitor(Spec(1) with { Measures = [new(MeasureKind.TotalVariation), new(MeasureKind.Renyi, 0.5)] }, Even);
        monitor.ExpectPartitions(1);
        monitor.Add(0, At(0), null, 0);
        monitor.Add(0, At(0.5), null, 0);
        var measurement = monitor.CloseAtEnd()!.Single().Readings[0].Measurement!;

        Assert.Equal(
            [new Measure(MeasureKind.TotalVariation), new Measure(MeasureKind.Renyi, 0.5)],
            measurement.Further.Select(value => value.Measure));
        Assert.Equal(1 - Even.Smoothed[0], measurement.Further[0].Value, 15); // all events in the first of two even bins
        Assert.Equal(Math.Log(1 / Even.Smoothed[0]), measurement.Further[1].Value, 15);
    }

    private static double? Evaluate(Reference reference, long[] counts, MeasureKind kind)
    {
        var window = Fill(new IncrementalKullbackLeibler(reference), counts);
        var values = new MeasureSet([new Measure(kind)], reference).Evaluate(window, gStatistic: 0, occupiedBins: 1);
        return values.Count == 0 ? null : values[0].Value;
    }

    private static IncrementalKullbackLeibler Fill(IncrementalKullbackLeibler window, long[] counts)
    {
        for (var bin = 0; bin < counts.Length; bin++)
        {
            window.Change(bin, counts[bin]);
        }

        return window;
    }
}
