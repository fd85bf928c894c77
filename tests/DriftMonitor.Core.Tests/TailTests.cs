using System.Text.Json;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Core.Tests;

public sealed class TailTests
{
    [Fact]
    public void Tails_and_return_periods_agree_with_the_golden_figures()
    {
        foreach (var golden in Golden.Cases("tails.json"))
        {
            var name = golden.GetProperty("name").GetString()!;
            var tail = Tail.Fit(Readings(golden), golden.GetProperty("gap_panes").GetInt32());
            var expected = golden.GetProperty("tail");
            if (expected.ValueKind == JsonValueKind.Null)
            {
                Assert.True(tail is null, name);
                continue;
            }

            Assert.True(tail is not null, name);
            Assert.Equal(expected.GetProperty("clusters").GetInt32(), tail.Clusters);
            Assert.Equal(expected.GetProperty("panes").GetInt32(), tail.Panes);
            Near(expected.GetProperty("level").GetDouble(), tail.Level, name);
            Near(expected.GetProperty("threshold").GetDouble(), tail.Threshold, name);
            Near(expected.GetProperty("rate_per_pane").GetDouble(), tail.RatePerPane, name);
            var shapes = expected.GetProperty("shapes").EnumerateArray().ToList();
            Assert.Equal(
                shapes.Select(shape => shape.GetProperty("transform").GetString()),
                tail.Shapes.Select(shape => shape.Transform.ToString().ToLowerInvariant()));
            foreach (var (shape, fitted) in shapes.Zip(tail.Shapes))
            {
                Near(shape.GetProperty("weight").GetDouble(), fitted.Weight, name);
                Near(shape.GetProperty("scale").GetDouble(), fitted.Scale, name);
            }

            foreach (var (quantile, fitted) in expected.GetProperty("quantiles").EnumerateArray().Zip(tail.Quantiles))
            {
                Near(quantile[0].GetDouble(), fitted.Level, name);
                Near(quantile[1].GetDouble(), fitted.Value, name);
            }

            Assert.Equal(expected.GetProperty("quantiles").GetArrayLength(), tail.Quantiles.Count);
            foreach (var period in golden.GetProperty("return_periods").EnumerateArray())
            {
                Near(period.GetProperty("panes").GetDouble(), tail.ReturnPeriod(period.GetProperty("z").GetDouble()), name);
            }
        }
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

    [Fact]
    public void The_return_period_never_falls_as_the_reading_rises()
    {
        foreach (var golden in Golden.Cases("tails.json"))
        {
            if (Tail.Fit(Readings(golden), golden.GetProperty("gap_panes").GetInt32()) is { } tail)
            {
                var name = golden.GetProperty("name").GetString();
                var periods = Enumerable.Range(0, 2000).Select(i => tail.ReturnPeriod(i * 0.02)).ToList();
                Assert.All(periods.Zip(periods.Skip(1)), pair => Assert.True(pair.First <= pair.Second + 1e-9, name));
            }
        }
    }

    [Fact]
    public void Usual_is_what_half_of_the_readings_do_not_exceed_or_the_threshold_below_that()
    {
        foreach (var golden in Golden.Cases("tails.json").Where(golden => golden.GetProperty("tail").ValueKind != JsonValueKind.Null))
        {
            var readings = Array.FindAll(Readings(golden), z => !double.IsNaN(z));
            var tail = Tail.Fit(readings, golden.GetProperty("gap_panes").GetInt32());
            if (tail is not null)
            {
                var share = Math.Min(0.5, tail.Level) * (readings.Length - 1);
                Assert.InRange(share, readings.Count(z => z < tail.MedianReading) - 1, readings.Count(z => z <= tail.MedianReading));
            }
        }

        Assert.Equal(0, Tail.Flat(1000).MedianReading);
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

    private static void Near(double expected, double actual, string what)
    {
        if (!(Math.Abs(actual - expected) <= 1e-9 * Math.Abs(expected)))
        {
            Assert.Fail($"{what}: expected {expected:R}, got {actual:R}");
        }
    }
}
