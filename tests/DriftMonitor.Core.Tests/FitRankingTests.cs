using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Xunit.Abstractions;

namespace DriftMonitor.Core.Tests;

/// <summary>Which family is named first for samples of a known one: the criterion of <see cref="FitRanking"/>.</summary>
public sealed class FitRankingTests(ITestOutputHelper output)
{
    private const int Samples = 60;

    [Theory]
    [InlineData("uniform", 0, 9)]
    [InlineData("binomial", 10, 0.3)]
    [InlineData("binomial", 10, 0.5)]
    [InlineData("binomial", 40, 0.3)]
    [InlineData("poisson", 0.7, 0)]
    [InlineData("poisson", 5, 0)]
    [InlineData("poisson", 40, 0)]
    [InlineData("geometric", 0.1, 0)]
    [InlineData("geometric", 0.4, 0)]
    [InlineData("geometric", 0.02, 1)]
    [InlineData("geometric", 0.2, 1)]
    [InlineData("geometric", 0.6, 1)]
    public void The_family_of_whole_numbers_is_named_first_and_in_small_samples_is_one_of_the_equally_good(
        string family, double first, double second)
    {
        IsAmongEquallyGood(family, first, second, 200, ParametricFit.RankOnIntegers);
        IsNamedFirst(family, first, second, 1000, ParametricFit.RankOnIntegers);
        IsNamedFirst(family, first, second, 5000, ParametricFit.RankOnIntegers);
    }

    [Theory]
    [InlineData("normal", 12, 4)]
    [InlineData("log-normal", 0, 1)]
    [InlineData("log-normal", 3, 0.5)]
    [InlineData("exponential", 0.2, 0)]
    [InlineData("gamma", 3, 0.5)]
    [InlineData("gamma", 0.5, 1)]
    [InlineData("uniform real", 2, 5)]
    public void The_family_of_numbers_is_named_first_and_in_small_samples_is_one_of_the_equally_good(
        string family, double first, double second)
    {
        IsAmongEquallyGood(family, first, second, 200, RankOnDeciles);
        IsNamedFirst(family, first, second, 1000, RankOnDeciles);
        IsNamedFirst(family, first, second, 5000, RankOnDeciles);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void What_geometric_data_count_is_seen_from_the_least_value(int start)
    {
        var random = new Random(7);
        var values = Enumerable.Range(0, 500).Select(_ => Draw(random, "geometric", 0.3, start));
        var fitted = ParametricFit.RankOnIntegers(WeightedValues.FromSample(values)).Fits[0].Distribution;
        Assert.Equal("geometric", fitted.Name);
        Assert.Equal(start == 0 ? ["probability"] : ["probability", "first"], fitted.Parameters.Select(parameter => parameter.Key));
        Assert.InRange(fitted.Parameters.First().Value, 0.27, 0.33);
    }

    [Property]
    public Property The_ranking_is_that_of_the_definition() => Prop.ForAll(
        Gen.Choose(1, 12).Select(value => (double)value).ListOf(40).Where(sample => sample.Distinct().Count() > 1).ToArbitrary(),
        sample =>
    {
        var values = WeightedValues.FromSample(sample);
        var ranking = ParametricFit.RankOnIntegers(values);
        double n = sample.Count;
        var logs = ranking.Fits.ToDictionary(fit => fit, fit => sample.Select(x => fit.Distribution.LogProbability((long)x)).ToArray());
        var entropy = -sample.CountBy(x => x).Sum(x => x.Value / n * Math.Log(x.Value / n));
        var costs = logs.ToDictionary(
            fit => fit.Key,
            fit => -entropy - fit.Value.Average() + fit.Key.Distribution.FreeParameters * Math.Log(n) / (2 * n));
        var cheapest = costs.MinBy(fit => fit.Value).Key;
        return ranking.Fits.Index().All(fit =>
        {
            var differences = logs[cheapest].Zip(logs[fit.Item], (c, f) => c - f).ToArray();
            var mean = differences.Average();
            var noise = Math.Sqrt(differences.Average(d => (d - mean) * (d - mean)) / n);
            var isGood = costs[fit.Item] - costs[cheapest] <= noise + 1e-12;
            return isGood == fit.Index < ranking.EquallyGood && Math.Abs(costs[fit.Item] - fit.Item.CostNats) < 1e-12;
        });
    });

    [Fact]
    public void Probabilities_without_a_number_of_values_are_ranked_by_what_is_lost_alone()
    {
        var exponential = ParametricDistribution.Create(ParametricFamily.Geometric, 0.5);
        var values = WeightedValues.FromWeights(
            Enumerable.Range(0, 60).Select(k => KeyValuePair.Create((double)k, Math.Exp(exponential.LogProbability(k)))));
        var ranking = ParametricFit.RankOnIntegers(values);
        Assert.Equal("geometric", ranking.Fits[0].Distribution.Name);
        Assert.Equal(1, ranking.EquallyGood);
        Assert.All(ranking.Fits, fit => Assert.Equal(0, fit.PenaltyNats));
        Assert.Equal(ranking.Fits.Select(fit => fit.LostNats).Order(), ranking.Fits.Select(fit => fit.LostNats));
    }

    [Property]
    public Property No_other_number_of_trials_is_likelier() => Prop.ForAll(
        Gen.Choose(3, 9).Select(value => (double)value).ListOf(30).Where(sample => sample.Distinct().Count() > 1).ToArbitrary(),
        Gen.Choose(1, 2000).ToArbitrary(),
        (sample, more) =>
    {
        var values = WeightedValues.FromSample(sample);
        var variance = values.Average(x => (x - values.Mean) * (x - values.Mean));
        var fitted = ParametricFit.Fit(ParametricFamily.Binomial, values);
        return variance >= values.Mean
            ? fitted.Parameters.First().Value == values.Maximum
            : Likelihood(fitted) >= Likelihood(ParametricDistribution.Create(
                ParametricFamily.Binomial, values.Maximum + more - 1, values.Mean / (values.Maximum + more - 1))) - 1e-12;

        double Likelihood(ParametricDistribution member) => values.Average(x => member.LogProbability((long)x));
    });

    private void IsNamedFirst(string family, double first, double second, int size, Func<WeightedValues, FitRanking> rank)
    {
        var named = Rank(family, first, second, size, rank).Count(ranking => ranking.Fits[0].Distribution.Name == family.Split(' ')[0]);
        Assert.True(named >= 0.95 * Samples, $"{family} is named first in {named} of {Samples} samples of {size}");
    }

    private void IsAmongEquallyGood(string family, double first, double second, int size, Func<WeightedValues, FitRanking> rank)
    {
        var among = Rank(family, first, second, size, rank).Count(ranking =>
            ranking.Fits.Take(ranking.EquallyGood).Any(fit => fit.Distribution.Name == family.Split(' ')[0]));
        Assert.True(among >= 0.9 * Samples, $"{family} is equally good in {among} of {Samples} samples of {size}");
    }

    private List<FitRanking> Rank(string family, double first, double second, int size, Func<WeightedValues, FitRanking> rank)
    {
        var rankings = new List<FitRanking>();
        for (var seed = 1; seed <= Samples; seed++)
        {
            var random = new Random(seed * 1000 + size);
            var values = Enumerable.Range(0, size).Select(_ => Draw(random, family, first, second));
            rankings.Add(rank(WeightedValues.FromSample(values)));
        }

        var named = rankings.CountBy(ranking => ranking.Fits[0].Distribution.Name).Select(name => $"{name.Key} {name.Value}");
        output.WriteLine($"{family} {first} {second}, {Samples} samples of {size} (seeds 1 to {Samples}): {string.Join(", ", named)}");
        return rankings;
    }

    private static FitRanking RankOnDeciles(WeightedValues values)
    {
        var numbers = values.Values.ToArray();
        double[] edges = [.. Enumerable.Range(0, 11).Select(i => numbers[(int)(i / 10.0 * (numbers.Length - 1))])];
        var binning = new NumericBinning(edges);
        var counts = new long[binning.Count];
        foreach (var number in numbers)
        {
            counts[binning.BinOf(number)]++;
        }

        return ParametricFit.RankOnBins(values, binning, Distribution.FromCounts(counts));
    }

    private static double Draw(Random random, string family, double first, double second) => family switch
    {
        "uniform" => random.Next((int)first, (int)second + 1),
        "uniform real" => first + (second - first) * random.NextDouble(),
        "binomial" => Enumerable.Range(0, (int)first).Count(_ => random.NextDouble() < second),
        "poisson" => Poisson(random, first),
        "geometric" => second + Math.Floor(Exponential(random) / -Math.Log(1 - first)),
        "normal" => first + second * Normal(random),
        "log-normal" => Math.Exp(first + second * Normal(random)),
        "exponential" => Exponential(random) / first,
        _ => Gamma(random, first) / second,
    };

    private static double Exponential(Random random) => -Math.Log(1 - random.NextDouble());

    private static double Normal(Random random) =>
        Math.Sqrt(2 * Exponential(random)) * Math.Cos(2 * Math.PI * random.NextDouble()); // Box and Muller

    private static double Poisson(Random random, double mean)
    {
        var events = -1;
        for (var time = 0.0; time < mean; time += Exponential(random))
        {
            events++;
        }

        return events;
    }

    private static double Gamma(Random random, double shape)
    {
        // A half of a chi-square for each half of the shape.
        var sum = 0.0;
        for (var halves = (int)Math.Round(2 * shape); halves > 0; halves--)
        {
            var normal = Normal(random);
            sum += normal * normal / 2;
        }

        return sum;
    }
}
