using System.Text;
using DriftMonitor.Benchmarks.Promise;
using DriftMonitor.Core.Binning;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Core.Tests;

public sealed class BinningTests
{
    private static readonly NumericBinning Delays = new([-15, 0, 15, 60]);

    [Theory]
    [InlineData(-15, "[-15, 0)")]
    [InlineData(-0.0, "[0, 15)")]
    [InlineData(14.999999, "[0, 15)")]
    [InlineData(15, "[15, 60]")]
    [InlineData(60, "[15, 60]")]
    [InlineData(60.0000001, "above")]
    [InlineData(double.PositiveInfinity, "above")]
    [InlineData(-15.1, "below")]
    [InlineData(double.NegativeInfinity, "below")]
    [InlineData(double.NaN, "nan")]
    public void A_number_falls_into_the_bin_between_its_edges(double value, string bin) =>
        Assert.Equal(bin, Delays.Label(Delays.BinOf(value)));

    [Property]
    public Property Every_number_has_exactly_the_bin_that_a_walk_along_the_edges_finds() => Prop.ForAll(
        (from edges in ArbMap.Default.GeneratorFor<double>().Where(double.IsFinite).ListOf(8)
         where edges.Distinct().Count() >= 2
         from value in Gen.OneOf(ArbMap.Default.GeneratorFor<double>(), Gen.Elements(edges.ToArray()))
         select (Edges: edges.Distinct().Order().ToArray(), Value: value)).ToArbitrary(),
        given =>
        {
            var binning = new NumericBinning(given.Edges);
            var walked = double.IsNaN(given.Value) ? binning.NaN
                : given.Value < given.Edges[0] ? binning.Below
                : given.Value > given.Edges[^1] ? binning.Above
                : 0;
            for (var i = 0; i < binning.Regular && walked == 0; i++)
            {
                if (given.Value < given.Edges[i + 1] || i == binning.Regular - 1)
                {
                    walked = i;
                    break;
                }
            }

            return binning.BinOf(given.Value) == walked;
        });

    [Fact]
    public void Labels_have_the_fewest_digits_that_distinguish_the_edges()
    {
        Assert.Equal("[40.6, 55.361)", new NumericBinning([40.6, 55.361000000000004, 66.624]).Label(0));
        Assert.Equal("[0, 1E-09]", new NumericBinning([0, 1e-9]).Label(0));
        Assert.Equal("[1000000.1, 1000000.2)", new NumericBinning([1000000.1, 1000000.2, 1000001]).Label(0));
        Assert.Equal("[1, 1.0000000000000002]", new NumericBinning([1, Math.BitIncrement(1.0)]).Label(0));
    }

    [Theory]
    [InlineData(new double[] { }, "edges need at least two values, and there are none")]
    [InlineData(new double[] { 1 }, "edges need at least two values, and there is 1")]
    [InlineData(new[] { 1, 1.0 }, "edges must increase, and edge 1 (1) is not above edge 0 (1)")]
    [InlineData(new[] { 1, 3.5, 2 }, "edges must increase, and edge 2 (2) is not above edge 1 (3.5)")]
    [InlineData(
        new[] { 1, double.PositiveInfinity },
        "edge 1 is Infinity: edges are finite, since values beyond them have bins of their own")]
    public void Invalid_edges_are_rejected_with_their_place(double[] edges, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => new NumericBinning(edges)).Message);

    [Fact]
    public void Quantiles_are_linear_between_order_statistics()
    {
        // R: quantile(c(1, 2, 4, 8), c(0, .1, .25, .5, .9, 1), type = 7)
        double[] sample = [1, 2, 4, 8];
        var quantiles = new[] { 0, .1, .25, .5, .9, 1 }.Select(p => Math.Round(NumericBinning.Quantile(sample, p), 12));
        Assert.Equal([1, 1.3, 1.75, 3, 6.8, 8], quantiles);
    }

    [Fact]
    public void Few_values_have_a_bin_each_and_a_constant_makes_one_that_holds_it()
    {
        Assert.Equal([0, 0.5, 3, 5], NumericBinning.FromQuantiles([0, 0, 0, 1, 5], 4).Edges);
        var constant = NumericBinning.FromQuantiles([7, 7, 7], 10);
        Assert.Equal(1, constant.Regular);
        Assert.Equal(0, constant.BinOf(7));
        Assert.Equal(constant.Above, constant.BinOf(7.1));
    }

    [Fact]
    public void A_category_is_found_by_its_bytes_and_every_other_is_unseen()
    {
        var carriers = new CategoricalBinning(["UA", "AA", "é\"🛫"]);
        Assert.Equal(1, carriers.BinOf("AA"u8));
        Assert.Equal(2, carriers.BinOf(Encoding.UTF8.GetBytes("é\"🛫")));
        Assert.Equal(carriers.Unseen, carriers.BinOf("ua"u8));
        Assert.Equal(carriers.Unseen, carriers.BinOf([]));
        Assert.Equal(["UA", "AA", "é\"🛫", "unseen", "missing", "wrong_type"], Enumerable.Range(0, carriers.Count).Select(carriers.Label));
    }

    [Fact]
    public void The_most_frequent_values_become_categories_and_ties_are_in_ordinal_order()
    {
        var counts = new Dictionary<string, long> { ["b"] = 2, ["a"] = 2, ["c"] = 9, ["never"] = 0, ["B"] = 2 };
        Assert.Equal(["c", "B", "a"], CategoricalBinning.MostFrequent(counts, 3).Values);
    }

    [Fact]
    public void Special_bins_share_one_pseudo_count()
    {
        Assert.Equal([.5, .5, .5, .1, .1, .1, .1, .1], Delays.PseudoCounts(.5));
        Assert.Equal([.3, .1, .1, .1], new CategoricalBinning(["x"]).PseudoCounts(.3).Select(alpha => Math.Round(alpha, 12)));
    }

    [Fact]
    public void A_repeated_category_is_rejected() => Assert.Equal(
        "the category \"x\" is in the list twice",
        Assert.Throws<ArgumentException>(() => new CategoricalBinning(["x", "y", "x"])).Message);

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(20, 0)]
    [InlineData(20, 12)]
    [InlineData(500, 8)]
    [InlineData(2000, 30)]
    public void A_category_has_the_bin_of_a_dictionary_for_any_length_of_a_common_prefix(int categories, int commonBytes)
    {
        var random = new Random(categories + commonBytes);
        var beginning = new string('p', commonBytes);
        string[] values = [.. Enumerable.Range(0, 4 * categories).Select(_ => beginning + Word(random)).Distinct().Take(categories)];
        var binning = new CategoricalBinning(values);
        var bins = values.Index().ToDictionary(value => value.Item, value => value.Index);

        Assert.All(values, value => Assert.Equal(bins[value], binning.BinOf(System.Text.Encoding.UTF8.GetBytes(value))));
        for (var i = 0; i < 5000; i++)
        {
            var other = (i % 2 == 0 ? beginning : "") + Word(random);
            Assert.Equal(bins.GetValueOrDefault(other, binning.Unseen), binning.BinOf(System.Text.Encoding.UTF8.GetBytes(other)));
        }
    }

    [Fact]
    public void Any_number_of_edges_gives_the_bin_that_a_walk_along_them_finds()
    {
        var random = new Random(3);
        for (var count = 2; count <= 140; count++)
        {
            double[] edges = [.. Enumerable.Range(0, count).Select(i => i * 3.0 + random.NextDouble())];
            var binning = new NumericBinning(edges);
            foreach (var edge in edges)
            {
                foreach (var value in new[] { Math.BitDecrement(edge), edge, Math.BitIncrement(edge), edge + 1 })
                {
                    var expected = value < edges[0] ? binning.Below
                        : value > edges[^1] ? binning.Above
                        : Math.Min(edges.Count(below => below <= value) - 1, binning.Regular - 1);
                    Assert.Equal(expected, binning.BinOf(value));
                }
            }
        }
    }

    private static string Word(Random random)
    {
        var word = new char[random.Next(13)];
        foreach (ref var letter in word.AsSpan())
        {
            letter = "abcé0\0漢"[random.Next(7)];
        }

        return new string(word);
    }
}
