using System.Globalization;
using System.Text.Json;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Divergences;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Core.Tests;

/// <summary>Rules that create bins from a sample.</summary>
public sealed class BinRulesTests
{
    private const int Ten = 10;

    /// <summary>Every rule, for a sorted sample that it accepts.</summary>
    private static readonly Dictionary<string, Func<double[], NumericBinning>> Rules = new()
    {
        ["quantiles"] = sample => NumericBinning.FromQuantiles(sample, Ten),
        ["equal widths"] = sample => NumericBinning.FromEqualWidths(sample, Ten),
        ["equal ratios"] = sample => NumericBinning.FromEqualRatios(sample, Ten),
        ["integers"] = sample => NumericBinning.FromIntegers(sample),
    };

    // Values that are hard for arithmetic: the limits of double, denormals, both zeros, neighbours, ties.
    private static Gen<double> Awkward => Gen.OneOf(
        ArbMap.Default.GeneratorFor<double>().Where(double.IsFinite),
        Gen.Elements(0, -0.0, 5e-324, -5e-324, double.MaxValue, -double.MaxValue, 1e308, -1e308, 1, Math.BitIncrement(1.0), 1e16, 1e16 + 2),
        Gen.Choose(-3, 3).Select(number => (double)number));

    private static Gen<double[]> Samples => Awkward.NonEmptyListOf().Select(values => values.Order().ToArray());

    private static Gen<double[]> Positives =>
        Awkward.Where(value => value > 0).NonEmptyListOf().Select(values => values.Order().ToArray());

    private static Gen<double[]> WholeNumbers =>
        from start in Gen.OneOf(
            Gen.Choose(-1000, 1000).Select(start => (double)start),
            Gen.Elements(4503599627370495.0 - 999, -4503599627370495.0))
        from steps in Gen.Choose(0, 999).NonEmptyListOf()
        select steps.Order().Select(step => start + step).ToArray();

    public static TheoryData<string> GoldenCases =>
        [.. Golden.Cases("bins.json").Select(golden => golden.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(GoldenCases))]
    public void Bin_counts_edges_and_quantiles_are_those_of_NumPy(string name)
    {
        var golden = Golden.Cases("bins.json").First(golden => golden.GetProperty("name").GetString() == name);
        double[] sample = [.. golden.Doubles("sample").Order()];

        Agree(golden.Doubles("quantiles"), [.. golden.Doubles("probabilities").Select(p => NumericBinning.Quantile(sample, p))]);
        Agree(golden.Doubles("equal_20"), NumericBinning.FromEqualWidths(sample, 20).Edges);
        if (golden.TryGetProperty("log_20", out _))
        {
            Agree(golden.Doubles("log_20"), NumericBinning.FromEqualRatios(sample, 20).Edges);
        }

        foreach (var (rule, bins) in new[] { ("fd", BinCount.FreedmanDiaconis(sample)), ("doane", BinCount.Doane(sample)) })
        {
            if (golden.TryGetProperty(rule, out var expected))
            {
                Assert.Equal(expected.GetProperty("bins").GetInt32(), bins);
                if (expected.GetProperty("edges").ValueKind == JsonValueKind.Array)
                {
                    Agree(expected.Doubles("edges"), NumericBinning.FromEqualWidths(sample, (int)bins!.Value).Edges);
                }
            }
        }
    }

    [Property]
    public Property Doane_s_rule_does_not_depend_on_location_and_scale_even_if_squares_would_overflow_or_underflow() => Prop.ForAll(
        (from values in Gen.Choose(-1_000_000, 1_000_000).NonEmptyListOf()
         from exponent in Gen.Choose(-1040, 1003)
         select (Plain: values.Select(value => (double)value).Order().ToArray(), Exponent: exponent)).ToArbitrary(),
        given => BinCount.Doane(given.Plain) == BinCount.Doane([.. given.Plain.Select(value => Math.ScaleB(value, given.Exponent))]));

    [Fact]
    public void The_rule_of_Freedman_and_Diaconis_by_hand()
    {
        // 0, 1, …, 8: quartiles 2 and 6, n^(−1/3) = 0.4807: width 2 · 4 · 0.4807 = 3.85, so 8 / 3.85 = 2.08, rounded up.
        Assert.Equal(3, BinCount.FreedmanDiaconis([0, 1, 2, 3, 4, 5, 6, 7, 8]));
        Assert.Equal(1, BinCount.FreedmanDiaconis([7, 7, 7]));
        Assert.Null(BinCount.FreedmanDiaconis([1, 7, 7, 7, 7, 9])); // the quartiles are equal: no width

        // In units of the largest double: width 2 · ¼ · 0.585 of a range of 2, which overflows: 6.84, rounded up.
        Assert.Equal(
            7,
            BinCount.FreedmanDiaconis([-double.MaxValue, -double.MaxValue / 8, 0, double.MaxValue / 8, double.MaxValue]));
    }

    [Fact]
    public void Doane_s_rule_by_hand()
    {
        Assert.Equal(4, BinCount.Doane([1, 2, 3, 4, 5, 6, 7])); // g₁ = 0: 1 + log₂ 7 = 3.81
        Assert.Equal(5, BinCount.Doane([0, 0, 0, 6])); // g₁ = 1.1547, σ = √(12/35) = 0.5855: 1 + 2 + log₂ 2.972 = 4.57
    }

    [Property]
    public Property Every_value_lies_in_a_regular_bin_and_the_counts_sum_to_the_sample()
    {
        return Holds("quantiles", Samples).And(Holds("equal widths", Samples))
            .And(Holds("equal ratios", Positives)).And(Holds("integers", WholeNumbers));

        static Property Holds(string rule, Gen<double[]> samples) => Prop.ForAll(samples.ToArbitrary(), sample =>
        {
            var binning = Rules[rule](sample); // throws if edges are not finite or do not increase
            var counts = Count(binning, sample);
            return counts[..binning.Regular].Sum() == sample.Length
                && (rule == "integers" || binning.Regular <= (rule == "quantiles" ? 2 * Ten : Ten));
        }).Label(rule);
    }

    [Property]
    public Property The_order_of_equal_values_does_not_matter() => Prop.ForAll(
        (from values in Gen.Elements(0, -0.0, 1, -1).NonEmptyListOf()
         from rule in Gen.Elements("quantiles", "equal widths")
         select (Values: values.ToArray(), Rule: rule)).ToArbitrary(),
        given =>
        {
            return EdgeBits(given.Values.Order()).SequenceEqual(EdgeBits(given.Values.Reverse().Order()));

            IEnumerable<long> EdgeBits(IEnumerable<double> sample) =>
                Rules[given.Rule]([.. sample]).Edges.ToArray().Select(BitConverter.DoubleToInt64Bits);
        });

    [Property]
    public Property Equal_widths_are_equal_within_rounding() => Prop.ForAll(
        (from sample in Samples from bins in Gen.Choose(1, 1000) select (Sample: sample, Bins: bins)).ToArbitrary(),
        given =>
        {
            var (least, most) = (given.Sample[0], given.Sample[^1]);
            var edges = NumericBinning.FromEqualWidths(given.Sample, given.Bins).Edges.ToArray();
            var halfLargest = Math.Max(Math.Abs(least), Math.Abs(most)) / 2;
            var rounding = 8 * (Math.BitIncrement(halfLargest) - halfLargest);
            var halfWidth = (most / 2 - least / 2) / given.Bins;
            return edges.Length - 1 < given.Bins
                ? most / 2 - least / 2 <= given.Bins * rounding // fewer bins only if there are too few doubles in between
                : edges.Zip(edges.Skip(1)).All(edge => Math.Abs(edge.Second / 2 - edge.First / 2 - halfWidth) <= rounding);
        });

    [Fact]
    public void Bins_of_equal_ratio_have_round_edges_at_decades()
    {
        Assert.Equal([1, 10, 100, 1000], NumericBinning.FromEqualRatios([1, 5, 1000], 3).Edges);
        var edges = NumericBinning.FromEqualRatios([0.001, 1], 3).Edges.ToArray();
        Assert.Equal([0.001, 0.01, 0.1, 1], edges.Select(edge => Math.Round(edge, 12)));
    }

    [Property]
    public Property Equal_ratios_are_equal_within_rounding() => Prop.ForAll(
        (from least in Gen.Choose(-280, 280)
         from decades in Gen.Choose(1, 20)
         from bins in Gen.Choose(1, 1000)
         select (Least: Math.Pow(10, least), Most: Math.Pow(10, least + decades), Bins: bins)).ToArbitrary(),
        given =>
        {
            var edges = NumericBinning.FromEqualRatios([given.Least, given.Most], given.Bins).Edges.ToArray();
            var ratio = Math.Pow(given.Most / given.Least, 1.0 / given.Bins);
            return edges.Length == given.Bins + 1
                && edges.Zip(edges.Skip(1)).All(edge => Math.Abs(edge.Second / edge.First / ratio - 1) < 1e-11);
        });

    [Fact]
    public void An_integer_is_in_the_middle_of_its_own_bin_and_its_neighbours_are_outside()
    {
        var binning = NumericBinning.FromIntegers([2, 2, 5]);

        Assert.Equal([1.5, 2.5, 3.5, 4.5, 5.5], binning.Edges);
        Assert.Equal([binning.Below, 0, 1, 2, 3, binning.Above], new double[] { 1, 2, 3, 4, 5, 6 }.Select(binning.BinOf));
    }

    // Deciles are the default, and other tools rely on their exact values: this is their definition.
    [Property]
    public Property Quantile_bins_of_a_sample_without_frequent_values_are_the_distinct_quantiles() => Prop.ForAll(
        (from sample in Gen.OneOf(
             Gen.Choose(-40, 40).Select(number => (double)number),
             Gen.Choose(-1_000_000, 1_000_000).Select(number => number / 64.0)).NonEmptyListOf()
         from bins in Gen.Choose(1, 12)
         let values = sample.CountBy(value => value).ToList()
         where values.Count > 2 * bins && values.TrueForAll(value => value.Value * bins < sample.Count)
         select (Sample: sample.Order().ToArray(), Bins: bins)).ToArbitrary(),
        given =>
        {
            // Type 7 at place (n − 1) i/k, in whole numbers: a quantile that is one of the numbers equals it.
            var quantiles = Enumerable.Range(0, given.Bins + 1).Select(i =>
            {
                var (place, rest) = Math.DivRem((given.Sample.Length - 1) * i, given.Bins);
                var (below, above) = (given.Sample[place], given.Sample[Math.Min(place + 1, given.Sample.Length - 1)]);
                return below + (double)rest / given.Bins * (above - below);
            });
            return NumericBinning.FromQuantiles(given.Sample, given.Bins).Edges.SequenceEqual(quantiles.Distinct().Order().ToArray());
        });

    // No double is above the largest, so the largest and the one before it can't be told apart by an edge: it is left out here.
    [Property(MaxTest = 500)]
    public Property A_value_that_holds_a_bin_s_share_and_each_of_few_values_has_a_quantile_bin_of_its_own() => Prop.ForAll(
        (from values in Gen.OneOf(Awkward.Where(value => value < double.MaxValue), Gen.Choose(-100, 100).Select(number => number / 4.0))
             .NonEmptyListOf()
         from frequent in Gen.Elements(values.ToArray()).ListOf()
         from times in Gen.Choose(0, 30)
         from bins in Gen.Choose(1, 15)
         select (Sample: values.Concat(frequent.SelectMany(value => Enumerable.Repeat(value, times))).Order().ToArray(), Bins: bins))
            .ToArbitrary(),
        given =>
        {
            var binning = NumericBinning.FromQuantiles(given.Sample, given.Bins); // throws if edges do not increase
            var values = given.Sample.CountBy(value => value).ToList();
            var inBin = values.ToLookup(value => binning.BinOf(value.Key));
            return inBin.All(bin => bin.Key < binning.Regular)
                && binning.Regular <= 2 * given.Bins
                && values.TrueForAll(value => inBin[binning.BinOf(value.Key)].Count() == 1
                    || (values.Count > 2 * given.Bins && value.Value * given.Bins < given.Sample.Length));
        });

    public static TheoryData<string> QuantileCases =>
        [.. Golden.Cases("quantile-bins.json").Select(golden => golden.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(QuantileCases))]
    public void Quantile_bins_are_those_of_the_independent_rule_in_exact_arithmetic(string name)
    {
        var golden = Golden.Cases("quantile-bins.json").First(golden => golden.GetProperty("name").GetString() == name);
        double[] sample =
        [
            .. golden.GetProperty("sample").EnumerateArray()
                .SelectMany(pair => Enumerable.Repeat(pair[0].GetDouble(), pair[1].GetInt32())).Order(),
        ];

        Assert.All(golden.GetProperty("edges").EnumerateObject(), edges => Agree(
            [.. edges.Value.EnumerateArray().Select(edge => edge.GetDouble())],
            NumericBinning.FromQuantiles(sample, int.Parse(edges.Name, CultureInfo.InvariantCulture)).Edges));
    }

    // By hand, for four bins: 1…20 are the numbers 1 to 20, once each, and 0*20 is 0 twenty times.
    [Theory]
    [InlineData("0*20 1…20", new[] { 0, 0.5, 22 / 3.0, 41 / 3.0, 20 })] // half are 0: three bins for the others, 19/3 numbers apart
    [InlineData("1…20 30*20", new[] { 1, 22 / 3.0, 41 / 3.0, 25, 30 })] // the greatest, as where values are capped
    [InlineData("1…20 20.5*20 21…40", new[] { 1, 10.5, 20.25, 20.75, 30.5, 40 })] // three bins for two halves: 1.5 each, rounded
    [InlineData("1…18 30*9 40*13", new[] { 1, 9.5, 24, 35, 40 })] // 9 are less than a quarter of 40, but a third of what 40 leaves
    [InlineData("1…19 30*9 40*13", new[] { 1.0, 10, 19, 35, 40 })] // and less than a third of 28
    [InlineData("0*8 1…6", new[] { 0, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6 })] // seven values, no more than twice four
    public void Frequent_values_are_cut_off_half_way_and_the_stretches_in_between_at_their_quantiles(string sample, double[] edges)
    {
        var found = NumericBinning.FromQuantiles(Parse(sample), 4).Edges.ToArray();
        Assert.Equal(edges.Length, found.Length);
        Assert.All(edges.Zip(found), pair => Golden.Equal(pair.First, pair.Second, $"[{string.Join(", ", found)}]"));
    }

    [Fact]
    public void Four_stars_that_become_five_stars_are_seen()
    {
        // Of 100 ratings, 12 of the 20 with four stars move to the 50 with five: 0.08 ln(0.08/0.2) + 0.62 ln(0.62/0.5) nats.
        var (before, after) = (Parse("1*12 2*8 3*10 4*20 5*50"), Parse("1*12 2*8 3*10 4*8 5*62"));
        var binning = NumericBinning.FromQuantiles(before, Ten);

        Assert.Equal([1, 1.5, 2.5, 3.5, 4.5, 5], binning.Edges);
        Assert.Equal(
            0.08 * Math.Log(0.4) + 0.62 * Math.Log(1.24),
            Information.KullbackLeibler(Shares(Count(binning, after)), Shares(Count(binning, before))),
            1e-15);

        static double[] Shares(long[] counts) => [.. counts.Select(count => count / 100.0)];
    }

    [Property]
    public Property No_quantile_bin_is_empty_if_the_values_are_distinct_and_twice_as_many_as_the_bins() => Prop.ForAll(
        (from bins in Gen.Choose(1, 20)
         from further in Gen.Choose(1, 100)
         from seed in Gen.Choose(0, int.MaxValue)
         select (Bins: bins, Sample: Distinct(2 * bins + further, seed))).ToArbitrary(),
        given =>
        {
            var binning = NumericBinning.FromQuantiles(given.Sample, given.Bins);
            return binning.Regular == given.Bins && Count(binning, given.Sample).Take(given.Bins).All(count => count > 0);
        });

    [Theory]
    [InlineData("quantiles", new[] { 7.0, 7.0, 7.0 }, new[] { 7, 7.000000000000001 })]
    [InlineData("equal widths", new[] { 7.0 }, new[] { 7, 7.000000000000001 })]
    [InlineData("equal ratios", new[] { 7.0, 7.0 }, new[] { 7, 7.000000000000001 })]
    [InlineData("integers", new[] { 7.0, 7.0 }, new[] { 6.5, 7.5 })]
    [InlineData("quantiles", new[] { 0, -0.0 }, new[] { 0, 5e-324 })]
    [InlineData("quantiles", new[] { double.MaxValue }, new[] { 1.7976931348623155e308, double.MaxValue })] // the largest double
    [InlineData("equal widths", new[] { 5e-324, 1e-323 }, new[] { 5e-324, 1e-323 })] // neighbours: no double is between them
    [InlineData("equal ratios", new[] { 5e-324, 1e-323 }, new[] { 5e-324, 1e-323 })]
    [InlineData("quantiles", new[] { 0, 0, 0, 0, 0, 0, 0, 0, 1.0, 2 }, new[] { 0, 0.5, 1.5, 2 })]
    [InlineData("quantiles", new[] { 1, 1.0000000000000002 }, new[] { 1, 1.0000000000000002, 1.0000000000000004 })] // neighbours
    [InlineData("quantiles", new[] { -5e-324, 0, 5e-324 }, new[] { -5e-324, 0, 5e-324, 1e-323 })]
    [InlineData("quantiles", new[] { -double.MaxValue, double.MaxValue }, new[] { -double.MaxValue, 0, double.MaxValue })]
    [InlineData("quantiles", new[] { 1.7976931348623155e308, double.MaxValue }, new[] { 1.7976931348623155e308, double.MaxValue })]
    public void Constants_ties_and_the_limits_of_double_have_edges(string rule, double[] sample, double[] edges) =>
        AssertEdges(rule, sample, edges);

    [Fact]
    public void Equal_widths_over_all_doubles_have_edges()
    {
        const double max = double.MaxValue;
        AssertEdges(
            "equal widths",
            [-max, max],
            [-max, -0.8 * max, -0.6 * max, -0.4 * max, -0.2 * max, 0, 0.2 * max, 0.4 * max, 0.6 * max, 0.8 * max, max]);
    }

    [Theory]
    [InlineData("quantiles", new double[] { }, "an empty sample gives no edges")]
    [InlineData(
        "equal ratios",
        new[] { -24.0, -1, 0, 3, 4 },
        "bins of equal ratio need numbers above 0, and 3 of 5 are not (the least is -24)")]
    [InlineData("equal ratios", new[] { -2.0, -0.0 }, "bins of equal ratio need numbers above 0, and 2 of 2 are not (the least is -2)")]
    [InlineData("integers", new[] { 1.0, 1.5, 2.5 }, "bins of single integers need whole numbers, and 2 of 3 are not, such as 1.5")]
    [InlineData("integers", new[] { -1.0, 999 }, "the integers from -1 to 999 are more than 1000 bins")]
    [InlineData("integers", new[] { -1e308, 1e308 }, "the integers from -1E+308 to 1E+308 are more than 1000 bins")]
    [InlineData(
        "integers",
        new[] { 4503599627370496.0 },
        "the integers from 4503599627370496 to 4503599627370496 are beyond ±4503599627370495, where no double lies between two of them")]
    public void A_sample_that_does_not_suit_a_rule_is_rejected(string rule, double[] sample, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => Rules[rule](sample)).Message);

    [Fact]
    public void The_rules_accept_a_million_values()
    {
        double[] sample = [.. Enumerable.Range(1, 1_000_000).Select(i => i + 0.5)];

        Assert.Equal(100, BinCount.FreedmanDiaconis(sample)); // IQR 499 999.5: width 2 · 499 999.5 / 100, and 999 999 of them
        Assert.Equal(21, BinCount.Doane(sample)); // 1 + log₂ 10⁶ = 20.93, skewness 0
        Assert.All(Count(NumericBinning.FromEqualWidths(sample, 1000), sample).Take(1000), count => Assert.InRange(count, 999, 1001));
    }

    [Fact]
    public void Rare_bins_merge_with_each_other_before_they_merge_with_a_frequent_one()
    {
        var binning = new NumericBinning([0, 1, 2, 3, 4, 5]);
        long[] specials = [0, 0, 0, 0, 0];

        Assert.Equal([0, 1, 4, 5], ((NumericBinning)binning.PoolRareBins([100, 2, 2, 2, 100, .. specials], 5)).Edges);
        Assert.Equal([0, 1, 2, 3, 4, 5], ((NumericBinning)binning.PoolRareBins([5, 5, 5, 5, 5, .. specials], 5)).Edges);
        Assert.Equal([0, 4, 5], ((NumericBinning)binning.PoolRareBins([0, 0, 0, 9, 9, .. specials], 5)).Edges);
        Assert.Equal([0, 5], ((NumericBinning)binning.PoolRareBins([1, 0, 0, 0, 1, .. specials], 5)).Edges); // one bin is left
    }

    [Fact]
    public void Rare_categories_become_unseen_and_if_all_are_rare_the_most_frequent_stays()
    {
        var binning = new CategoricalBinning(["a", "b", "c"]);

        Assert.Equal(["a", "c"], ((CategoricalBinning)binning.PoolRareBins([9, 4, 5, 0, 0, 0], 5)).Values);
        Assert.Equal(["b"], ((CategoricalBinning)binning.PoolRareBins([1, 4, 3, 90, 0, 0], 5)).Values);
        Assert.Equal(
            "2 counts for 6 bins: there must be one for each",
            Assert.Throws<ArgumentException>(() => binning.PoolRareBins([1, 2], 5)).Message);
    }

    [Property]
    public Property Pooled_bins_have_enough_or_are_one_and_lose_no_event() => Prop.ForAll(
        (from counts in Gen.Choose(0, 12).Select(count => (long)count).NonEmptyListOf()
         from least in Gen.Choose(0, 30)
         select (Counts: counts.ToArray(), Least: least / 2.0)).ToArbitrary(),
        given =>
        {
            var fine = new NumericBinning([.. Enumerable.Range(0, given.Counts.Length + 1).Select(i => (double)i)]);
            var coarse = (NumericBinning)fine.PoolRareBins([.. given.Counts, 0, 0, 0, 0, 0], given.Least);
            var counts = new long[coarse.Count];
            foreach (var (bin, count) in given.Counts.Index())
            {
                counts[coarse.BinOf(bin + 0.5)] += count;
            }

            var regular = counts[..coarse.Regular];
            return regular.Sum() == given.Counts.Sum()
                && (coarse.Regular == 1 || regular.All(count => count >= given.Least))
                && coarse.Edges.ToArray().All(edge => fine.Edges.Contains(edge))
                && coarse.Edges[0] == 0
                && coarse.Edges[^1] == given.Counts.Length
                && (given.Counts.Any(count => count < given.Least) || coarse.IsSameAs(fine))
                && coarse.PoolRareBins(counts, given.Least).IsSameAs(coarse);
        });

    private static void AssertEdges(string rule, double[] sample, double[] edges)
    {
        var found = Rules[rule](sample).Edges.ToArray();
        Assert.Equal(edges.Length, found.Length);
        Assert.All(edges.Zip(found), pair => Golden.Equal(pair.First, pair.Second, $"{rule}: [{string.Join(", ", found)}]"));
    }

    // Relative to the largest edge, as an edge near 0 is a difference of large numbers.
    private static void Agree(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var tolerance = 1e-12 * Math.Max(Math.Abs(expected[0]), Math.Abs(expected[^1]));
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"edge {i}: expected {expected[i]:R}, got {actual[i]:R}");
        }
    }

    private static long[] Count(NumericBinning binning, double[] sample)
    {
        var counts = new long[binning.Count];
        foreach (var value in sample)
        {
            counts[binning.BinOf(value)]++;
        }

        return counts;
    }

    private static double[] Parse(string sample) => [.. sample.Split(' ').SelectMany(part => part.Split('*', '…') switch
    {
        [var from, var to] when part.Contains('…', StringComparison.Ordinal) =>
            Enumerable.Range(Whole(from), Whole(to) - Whole(from) + 1).Select(number => (double)number),
        [var value, var times] => Enumerable.Repeat(double.Parse(value, CultureInfo.InvariantCulture), Whole(times)),
        _ => throw new FormatException(part),
    })];

    private static int Whole(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static double[] Distinct(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Math.Round(random.NextDouble() * 1000, 6) - 500).Distinct().Order()];
    }
}
