using System.Text.Json;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Core.Tests;

public sealed class TailTests
{
    [GoldenFact("tails.json")]
    public void Tails_and_return_periods_agree_with_the_golden_figures()
    {
        var cases = Golden.SharedCases("tails.json").ToList();
        Assert.Equal(16, cases.Count);
        foreach (var golden in cases)
        {
            var name = golden.GetProperty("name").GetString()!;
            var tail = Fit(golden);
            GoldenTail.Equal(golden.GetProperty("tail"), tail, name);
            foreach (var period in golden.GetProperty("return_periods").EnumerateArray())
            {
                GoldenTail.Near(period.GetProperty("panes").GetDouble(), tail!.ReturnPeriod(period.GetProperty("z").GetDouble()), name);
            }
        }
    }

    [Theory]
    [InlineData(1_000, 0.95, 8)] // 50 readings above 95 %, but 20 above 98 %
    [InlineData(3_000, 0.98, 60)] // 60 above 98 %, but 30 above 99 %
    [InlineData(100_000, 0.9995, 40)] // 50 above
    [InlineData(2_000, 0.98, 40)] // 40 above 98 % are enough
    [InlineData(1_950, 0.95, 98)] // 39 are not
    [InlineData(160, 0.95, 8)] // 8 above 95 % are enough
    [InlineData(140, 0.9, 14)] // 7 are not
    public void The_threshold_is_the_highest_of_many_clusters_and_below_that_of_eight(int readings, double level, int fewest)
    {
        var tail = Tail.Fit(Ranks(readings), gap: 0)!;
        Assert.Equal(level, tail.Level);
        Assert.InRange(tail.Clusters, fewest, readings);
        Assert.Equal((0, level), (tail.Quantiles[0].Level, tail.Quantiles[^1].Level));
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(3, 2)] // three are fewer than four, and of levels with two the highest is taken
    [InlineData(2, 2)]
    [InlineData(1, null)]
    public void Where_no_level_has_eight_clusters_four_are_enough_and_then_two(int bursts, int? clusters)
    {
        // Each burst is higher than the one before, so a level has the clusters of the last bursts only.
        var readings = Enumerable.Range(0, 100 * bursts)
            .Select(pane => pane % 100 < 80 ? 10.0 + pane % 100 * 1e-3 + pane / 100 : 1 - pane * 1e-6);
        var tail = Tail.Fit([.. readings], gap: 10);
        Assert.Equal(clusters, tail?.Clusters);
    }

    [Fact]
    public void Eight_readings_can_have_a_tail_and_seven_cannot()
    {
        Assert.Null(Tail.Fit([1, 0, 2, 0, 3, 0, 4], gap: 0));
        Assert.NotNull(Tail.Fit([1, 0, 2, 0, 3, 0, 4, 0], gap: 0));
    }

    [Fact]
    public void Excluded_panes_are_not_counted_as_watched()
    {
        var readings = Ranks(1_000);
        readings.AsSpan(400, 200).Fill(double.NaN);
        var (all, watched) = (Tail.Fit(readings, gap: 1)!, Tail.Fit(readings, gap: 1, excludedPanes: 200)!);
        Assert.Equal((1_000, 800), (all.Panes, watched.Panes));
        Assert.Equal(all.RatePerPane * 1_000 / 800, watched.RatePerPane, 1e-12);
        Assert.Equal(all.ReturnPeriod(1_100) * 800 / 1_000, watched.ReturnPeriod(1_100), 1e-6);
    }

    [Fact]
    public void The_return_period_of_a_stream_with_a_known_tail_is_the_true_one()
    {
        // Independent exponential z, windows of one pane: P(Z > z) = exp(−z), so z is exceeded once in exp(z) panes.
        const int seed = 5;
        var random = new Random(seed);
        var readings = Enumerable.Range(0, 200_000).Select(_ => -Math.Log(1 - random.NextDouble())).ToArray();
        var tail = Tail.Fit(readings, gap: 1)!;
        foreach (var z in (double[])[4, 7, 10])
        {
            Assert.InRange(tail.ReturnPeriod(z) / Math.Exp(z), 0.7, 1.5);
        }
    }

    [GoldenFact("tails.json")]
    public void The_return_period_never_falls_as_the_reading_rises()
    {
        foreach (var golden in Golden.SharedCases("tails.json"))
        {
            if (Fit(golden) is { } tail)
            {
                var name = golden.GetProperty("name").GetString();
                var periods = Enumerable.Range(0, 2000).Select(i => tail.ReturnPeriod(i * 0.02)).ToList();
                Assert.All(periods.Zip(periods.Skip(1)), pair => Assert.True(pair.First <= pair.Second + 1e-9, name));
            }
        }
    }

    [GoldenFact("tails.json")]
    public void Usual_is_what_half_of_the_readings_do_not_exceed_or_the_threshold_below_that()
    {
        foreach (var golden in Golden.SharedCases("tails.json").Where(golden => golden.GetProperty("tail").ValueKind != JsonValueKind.Null))
        {
            var readings = Array.FindAll(Readings(golden), z => !double.IsNaN(z));
            var tail = Tail.Fit(readings, golden.GetProperty("gap_panes").GetInt32());
            if (tail is not null)
            {
                var share = Math.Min(0.5, tail.Level) * (readings.Length - 1);
                Assert.InRange(share, readings.Count(z => z < tail.UsualReading) - 1, readings.Count(z => z <= tail.UsualReading));
            }
        }

        Assert.Equal(0, Tail.Flat(1000).UsualReading);
    }

    [Fact]
    public void A_shape_for_which_the_peaks_equal_the_threshold_is_left_out()
    {
        // 2√z of both values is the same double.
        var readings = Enumerable.Range(0, 1000).Select(i => i % 50 == 0 ? Math.BitIncrement(1.0) : 1.0).ToArray();

        var tail = Tail.Fit(readings, gap: 1)!;

        Assert.DoesNotContain(tail.Shapes, shape => shape.Transform == TailTransform.Sqrt);
        Assert.Equal(1, tail.Shapes.Sum(shape => shape.Weight), 1e-12);
        Assert.True(tail.ReturnPeriod(2) > tail.ReturnPeriod(1));
    }

    [Fact]
    public void Poisson_counts_have_their_mean_and_their_variance()
    {
        var random = new Random(3);
        foreach (var mean in (double[])[0.3, 5, 29, 31, 400, 1e6])
        {
            var counts = Enumerable.Range(0, 20_000).Select(_ => (double)Chance.Poisson(random, mean)).ToArray();
            Assert.Equal(1, counts.Average() / mean, 0.03);
            Assert.Equal(1, counts.Average(count => (count - mean) * (count - mean)) / mean, 0.06);
        }
    }

    // The z of each pane; NaN if the pane has none.
    private static double[] Readings(JsonElement golden) =>
    [
        .. golden.GetProperty("readings_z").EnumerateArray().Select(z => z.ValueKind == JsonValueKind.Null ? double.NaN : z.GetDouble()),
    ];

    private static Tail? Fit(JsonElement golden) => Tail.Fit(
        Readings(golden),
        golden.GetProperty("gap_panes").GetInt32(),
        golden.TryGetProperty("excluded_panes", out var excluded) ? excluded.GetInt32() : 0);

    // The numbers 0 to n − 1 in an order in which the largest are not neighbours.
    private static double[] Ranks(int n) => [.. Enumerable.Range(0, n).Select(i => (double)(i * 7919L % n))];
}
