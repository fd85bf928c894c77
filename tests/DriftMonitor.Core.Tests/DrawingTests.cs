using DriftMonitor.Core.Numerics;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MathNet.Numerics.Distributions;

namespace DriftMonitor.Core.Tests;

/// <summary>What simulations draw, and the order statistics that they keep.</summary>
public sealed class DrawingTests
{
    private const int Seed = 20130209;

    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    [InlineData(0.8)]
    [InlineData(5)]
    [InlineData(29.5)]
    [InlineData(700)]
    [InlineData(20_000)]
    public void Poisson_counts_have_the_shares_of_their_distribution(double mean)
    {
        const int Draws = 400_000;
        var counts = new PoissonCounts(mean);
        var random = new Random(Seed);
        var drawn = new Dictionary<long, int>();
        for (var i = 0; i < Draws; i++)
        {
            var count = counts.Draw(random);
            drawn[count] = drawn.GetValueOrDefault(count) + 1;
        }

        ArePoisson(drawn, Draws, mean);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.0005, 1)]
    [InlineData(0.02, 1)]
    [InlineData(0.02, 300)]
    [InlineData(0.9, 1)]
    [InlineData(0.9, 50)]
    [InlineData(1.1, 1)]
    [InlineData(1.1, 50)]
    public void Many_Poisson_counts_drawn_at_once_have_the_shares_of_their_distribution_and_so_have_their_sums(double mean, int window)
    {
        const int Draws = 40_000;
        var counts = new long[Draws * window / 10];
        var random = new Random(Seed);
        var drawn = new Dictionary<long, int>();
        for (var part = 0; part < 10; part++)
        {
            Array.Fill(counts, 99); // what the array held before
            PoissonCounts.Draw(random, mean, counts);
            foreach (var sum in counts.Chunk(window).Select(chunk => chunk.Sum()))
            {
                drawn[sum] = drawn.GetValueOrDefault(sum) + 1;
            }
        }

        ArePoisson(drawn, Draws, mean * window);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(3)]
    public void The_total_of_many_counts_varies_as_a_Poisson_count(double mean)
    {
        const int Draws = 4000;
        var counts = new long[100];
        var random = new Random(Seed);
        var totals = Enumerable.Range(0, Draws).Select(_ =>
        {
            PoissonCounts.Draw(random, mean, counts);
            return (double)counts.Sum();
        }).ToArray();

        var average = totals.Average();
        var dispersion = totals.Sum(total => (total - average) * (total - average)) / (Draws - 1) / average;
        Assert.InRange(dispersion, 1 - 5 * Math.Sqrt(2.0 / Draws), 1 + 5 * Math.Sqrt(2.0 / Draws)); // 5 standard errors
    }

    [Property(MaxTest = 300)]
    public Property Placed_order_statistics_are_those_of_the_sorted_values() => Prop.ForAll(
        Gen.Choose(1, 400).SelectMany(
            count => Gen.Choose(0, 30).ArrayOf(count).SelectMany(
                values => Gen.Choose(0, count - 1).ArrayOf().Select(ranks => (values, ranks)))).ToArbitrary(),
        given =>
        {
            double[] values = [.. given.values.Select(value => value / 7.0)];
            int[] ranks = [.. given.ranks.Order()];
            double[] sorted = [.. values.Order()];

            OrderStatistics.Place(values, ranks);

            return ranks.All(rank => values[rank] == sorted[rank]) && values.Order().SequenceEqual(sorted);
        });

    [Fact]
    public void Placing_is_not_quadratic_for_equal_ascending_or_descending_values()
    {
        const int Count = 300_000; // a quadratic method would take minutes
        double[][] inputs =
        [
            new double[Count],
            [.. Enumerable.Range(0, Count).Select(i => (double)i)],
            [.. Enumerable.Range(0, Count).Select(i => (double)-i)],
        ];
        Assert.All(inputs, values =>
        {
            double[] sorted = [.. values.Order()];
            OrderStatistics.Place(values, [0, Count / 2, Count - 1]);
            Assert.Equal((sorted[0], sorted[Count / 2], sorted[^1]), (values[0], values[Count / 2], values[^1]));
        });
    }

    // Pearson's test over the counts that at least ten draws are expected to have; the rest together.
    private static void ArePoisson(Dictionary<long, int> drawn, int draws, double mean)
    {
        if (mean == 0)
        {
            Assert.Equal([0L], drawn.Keys);
            return;
        }

        var (chi, cells, rest, expectedRest) = (0.0, 0, draws, (double)draws);
        for (var k = (int)Math.Max(0, mean - 12 * Math.Sqrt(mean) - 12); k <= mean + 12 * Math.Sqrt(mean) + 12; k++)
        {
            var expected = draws * Poisson.PMF(mean, k);
            if (expected >= 10)
            {
                var seen = drawn.GetValueOrDefault(k);
                chi += (seen - expected) * (seen - expected) / expected;
                (cells, rest, expectedRest) = (cells + 1, rest - seen, expectedRest - expected);
            }
        }

        chi += (rest - expectedRest) * (rest - expectedRest) / Math.Max(expectedRest, 1);
        Assert.True(chi < cells + 5 * Math.Sqrt(2.0 * cells) + 5, $"seed {Seed}: chi-squared {chi} of {cells} cells");
    }
}
