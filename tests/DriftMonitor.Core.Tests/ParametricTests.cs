using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Core.Tests;

/// <summary>Parametric distributions: closed forms, values from SciPy 1.10 and mpmath, and the ranking by information lost.</summary>
public sealed class ParametricTests
{
    // The example of deploy/docs/divergence.md.
    private static readonly double[] Teeth = [.02, .03, .05, .14, .16, .15, .12, .08, .1, .08, .07];

    [Theory]
    [InlineData(ParametricFamily.UniformIntegers, 0, 10, 7, 1.0 / 11)]
    [InlineData(ParametricFamily.UniformIntegers, 0, 10, 11, 0)]
    [InlineData(ParametricFamily.Binomial, 4, 0.5, 1, 0.25)]
    [InlineData(ParametricFamily.Binomial, 4, 0, 0, 1)]
    [InlineData(ParametricFamily.Binomial, 4, 1, 3, 0)]
    [InlineData(ParametricFamily.Uniform, 0, 10, 7, 0.1)]
    [InlineData(ParametricFamily.Uniform, 0, 10, 10, 0.05)]
    [InlineData(ParametricFamily.Normal, 3, 0.5, 3, 0.6826894921370859)]
    [InlineData(ParametricFamily.GeometricFrom, 0.25, 0, 3, 0.10546875)] // ¼ · ¾³
    [InlineData(ParametricFamily.GeometricFrom, 0.25, 1, 4, 0.10546875)]
    [InlineData(ParametricFamily.GeometricFrom, 0.25, 1, 0, 0)]
    [InlineData(ParametricFamily.GeometricFrom, 1, 1, 1, 1)]
    public void A_whole_number_has_the_probability_of_the_closed_form(
        ParametricFamily family, double first, double second, long value, double probability) =>
        Assert.Equal(probability, Math.Exp(ParametricDistribution.Create(family, first, second).LogProbability(value)), 1e-14);

    [Theory]
    [InlineData(ParametricFamily.Poisson, 2, 3, 0.18044704431548356)] // e⁻² 2³/3!
    [InlineData(ParametricFamily.Poisson, 0, 0, 1)]
    [InlineData(ParametricFamily.Poisson, 0, 1, 0)]
    [InlineData(ParametricFamily.Poisson, 2, -1, 0)]
    [InlineData(ParametricFamily.Geometric, 0.25, 3, 0.10546875)] // ¼ · ¾³
    [InlineData(ParametricFamily.Geometric, 1, 0, 1)]
    [InlineData(ParametricFamily.Geometric, 1, 1, 0)]
    [InlineData(ParametricFamily.Exponential, 1, 0, 0.3934693402873666)] // 1 − e^−½
    public void A_whole_number_has_the_probability_of_the_closed_form_in_a_family_with_one_parameter(
        ParametricFamily family, double parameter, long value, double probability) =>
        Assert.Equal(probability, Math.Exp(ParametricDistribution.Create(family, parameter).LogProbability(value)), 1e-14);

    [Fact]
    public void A_tail_below_the_smallest_double_keeps_its_logarithm()
    {
        var normal = ParametricDistribution.Create(ParametricFamily.Normal, 0, 1);
        Near(-20.125799580203178, normal.LogProbability(5.9, double.PositiveInfinity));
        Near(-21.357498419215563, normal.LogProbability(6.1, double.PositiveInfinity));
        Near(-804.6084420137538, normal.LogProbability(40, double.PositiveInfinity));
        Near(-804.6084420137538, normal.LogProbability(double.NegativeInfinity, -40));
        Near(-804.6084420137538, normal.LogProbability(40, 1000)); // the tail beyond 1000 is negligible

        Near(-44.386801168872644, Gamma(2.5).LogProbability(50, double.PositiveInfinity));
        Near(-890.0794245222953, Gamma(2.5).LogProbability(900, double.PositiveInfinity));
        Near(-906.4545069900745, Gamma(1000).LogProbability(3000, double.PositiveInfinity));
        Near(-1406.8527552662533, Gamma(1000).LogProbability(double.NegativeInfinity, 100));

        static ParametricDistribution Gamma(double shape) => ParametricDistribution.Create(ParametricFamily.Gamma, shape, 1);
    }

    [Fact]
    public void The_sum_over_an_interval_of_whole_numbers_is_the_cumulative_probability()
    {
        var poisson = ParametricDistribution.Create(ParametricFamily.Poisson, 12.5);
        Near(-6.46656411911524, poisson.LogProbability(double.NegativeInfinity, 4));
        Near(-22.630045371301957, poisson.LogProbability(41, double.PositiveInfinity));
        var binomial = ParametricDistribution.Create(ParametricFamily.Binomial, 50, 0.3);
        Near(-12.769350215726009, binomial.LogProbability(30.5, double.PositiveInfinity));
    }

    [Property]
    public Property The_probabilities_of_the_bins_of_a_field_sum_to_one() => Prop.ForAll(Members, member =>
    {
        var binning = new NumericBinning([-3, 0, 0.5, 1, 4, 20]);
        var over = member.ToDistribution(binning).Probabilities.ToArray();
        return Math.Abs(over.Sum() - 1) < 1e-12
            && over[binning.NaN] == 0 && over[binning.Missing] == 0 && over[binning.WrongType] == 0;
    });

    [Property]
    public Property Two_neighbouring_intervals_have_the_probability_of_both() => Prop.ForAll(
        Members, Gen.Choose(-100, 100).Two().ToArbitrary(), (member, tenths) =>
    {
        var (from, to) = (Math.Min(tenths.Item1, tenths.Item2) / 10.0, (Math.Max(tenths.Item1, tenths.Item2) / 10.0) + 1);
        var middle = (from + to) / 2;
        return Math.Abs(P(from, middle) + P(middle, to) - P(from, to)) < 1e-12;

        double P(double a, double b) => Math.Exp(member.LogProbability(a, b));
    });

    [Fact]
    public void The_last_bin_is_closed_so_a_whole_number_at_its_edge_belongs_to_it()
    {
        var die = ParametricDistribution.Create(ParametricFamily.UniformIntegers, 1, 6);
        var over = die.ToDistribution(new NumericBinning([1, 3, 6]));
        Near(1.0 / 3, over[0]);
        Near(2.0 / 3, over[1]);
        Assert.All(over.Probabilities[2..].ToArray(), special => Assert.Equal(0, special));
    }

    [Fact]
    public void Categories_have_no_distribution_of_numbers() => Assert.Equal(
        "poisson is a distribution of numbers, and the bins are categories",
        Assert.Throws<ArgumentException>(() =>
            ParametricDistribution.Create(ParametricFamily.Poisson, 1).ToDistribution(new CategoricalBinning(["a"]))).Message);

    [Theory]
    [InlineData(
        "guassian",
        "mean=1",
        "there is no family \"guassian\": there are uniform, binomial, poisson, geometric, normal, log-normal, exponential, gamma")]
    [InlineData("normal", "mean=1", "normal needs \"standard_deviation\": write \"mean\" and \"standard_deviation\"")]
    [InlineData("normal", "mean=1,sigma=2", "normal has no parameter \"sigma\": write \"mean\" and \"standard_deviation\"")]
    [InlineData("normal", "mean=1,standard_deviation=-1", "\"standard_deviation\" of normal is -1: it must be above 0 and finite")]
    [InlineData("uniform", "lowest=3,highest=1", "uniform from 3 to 1 is empty: \"lowest\" must be below \"highest\"")]
    [InlineData("uniform", "first=0.5,last=1", "\"first\" of uniform is 0.5: it must be a whole number")]
    [InlineData("uniform", "first=0", "uniform needs \"last\": write \"first\" and \"last\", or \"lowest\" and \"highest\"")]
    [InlineData("binomial", "trials=0,probability=0.5", "\"trials\" of binomial is 0: it must be a whole number from 1 on")]
    [InlineData("geometric", "probability=NaN", "\"probability\" of geometric is NaN: it must be above 0 and at most 1")]
    [InlineData(
        "geometric",
        "probability=0.5,first=2",
        "\"first\" of geometric is 2: it must be 0 (failures before the first success) or 1 (trials up to it)")]
    [InlineData("geometric", "first=1", "geometric needs \"probability\": write \"probability\", or \"probability\" and \"first\"")]
    public void The_fault_in_a_written_distribution_is_reported(string family, string parameters, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => ParametricDistribution.Parse(family, Read(parameters))).Message);

    [Property]
    public Property A_member_is_read_back_from_its_name_and_parameters() => Prop.ForAll(Members, member =>
        ParametricDistribution.Parse(member.Name, member.Parameters.ToDictionary()) is var again
        && again.Family == member.Family
        && again.Parameters.SequenceEqual(member.Parameters));

    [Fact]
    public void The_teeth_are_ranked_by_what_each_family_loses()
    {
        var teeth = WeightedValues.FromWeights(Teeth.Select((share, teeth) => KeyValuePair.Create((double)teeth, share)));
        var ranking = ParametricFit.RankOnIntegers(teeth);

        Assert.Equal(
            ["normal", "poisson", "uniform", "binomial", "exponential", "geometric"],
            ranking.Fits.Select(fit => fit.Distribution.Name));
        double[] lost =
        [
            0.08012497429549821, 0.09018082914586557, 0.13667971094966938, 0.42734972485619316, 0.44595910645601444, 0.519310145378917,
        ];
        Assert.All(ranking.Fits.Zip(lost), fit => Near(fit.Second, fit.First.LostNats));
        Assert.Equal(10, ranking.Fits[3].Distribution.Parameters.First().Value);
        Near(0.544, ranking.Fits[3].Distribution.Parameters.Last().Value);
        Near(0.13667971094966938 / Math.Log(2), ranking.Fits[2].LostBits);
        Assert.Equal(
            [("log-normal", "needs values above 0, and the least is 0"), ("gamma", "needs values above 0, and the least is 0")],
            ranking.LeftOut.Select(family => (family.Name, family.Reason)));
    }

    [Fact]
    public void Positive_numbers_are_ranked_over_their_bins()
    {
        double[] sample = [0.3, 0.7, 1.1, 1.6, 2.4, 3.9, 7.2, 15.5];
        var binning = new NumericBinning([0.3, 1, 2, 5, 15.5]);
        var shares = Distribution.FromCounts([2, 2, 2, 2, 0, 0, 0, 0, 0]);
        var ranking = ParametricFit.RankOnBins(WeightedValues.FromSample(sample), binning, shares);

        Assert.Equal(
            ["log-normal", "exponential", "gamma", "uniform", "normal"],
            ranking.Fits.OrderBy(fit => fit.LostNats).Select(fit => fit.Distribution.Name));
        double[] lost = [0.11523755410517832, 0.14896326691205575, 0.16604938121479443, 0.5616729162591263, 0.6191134188200628];

        // 1e-6, as SciPy finds the maximum of the gamma likelihood by descent.
        Assert.All(ranking.Fits.OrderBy(fit => fit.LostNats).Zip(lost), fit => Near(fit.Second, fit.First.LostNats, 1e-6));
        Assert.Equal("exponential", ranking.Fits[0].Distribution.Name); // its one parameter costs ln 8/16 = 0.13 less than log-normal's two
        var gamma = ranking.Fits.Single(fit => fit.Distribution.Family == ParametricFamily.Gamma).Distribution;
        Near(0.883261752257431, gamma.Parameters.First().Value, 1e-6);
        Assert.All(ranking.LeftOut, family => Assert.Equal("needs whole numbers", family.Reason));
    }

    [Property]
    public Property Every_member_of_a_family_loses_at_least_what_the_fitted_one_loses() => Prop.ForAll(
        Gen.Choose(1, 30).Select(value => (double)value).NonEmptyListOf().ToArbitrary(),
        Gen.Choose(90, 110).ToArbitrary(),
        (sample, percent) =>
    {
        var values = WeightedValues.FromSample(sample);
        var shares = values.Shares.ToArray();
        var integers = values.Values.ToArray();
        return IsBest(ParametricFamily.Poisson, values.Mean * percent / 100)
            && IsBest(ParametricFamily.Geometric, percent / 100.0 / (2 + values.Mean));

        bool IsBest(ParametricFamily family, double otherParameter) =>
            Loss(ParametricFit.Fit(family, values)) <= Loss(ParametricDistribution.Create(family, otherParameter)) + 1e-12;

        double Loss(ParametricDistribution member) =>
            shares.Zip(integers, (share, value) => share * (Math.Log(share) - member.LogProbability((long)value))).Sum();
    });

    [Theory]
    [InlineData(ParametricFamily.Normal, 12.0, 40.0)]
    [InlineData(ParametricFamily.LogNormal, 2.5, 0.8)]
    [InlineData(ParametricFamily.Gamma, 3.0, 0.1)]
    [InlineData(ParametricFamily.Exponential, 0.05, null)]
    [InlineData(ParametricFamily.Uniform, 1.0, 500.0)]
    public void The_family_of_counts_in_a_few_wide_bins_is_found_again(ParametricFamily family, double first, double? second)
    {
        // Midpoints are far from the numbers: the last bin is [60, 500].
        var binning = new NumericBinning([1, 5, 12, 25, 60, 500]);
        var truth = ParametricDistribution.Create(family, second is { } value ? [first, value] : [first]);
        var shares = truth.ToDistribution(binning);
        var midpoints = WeightedValues.FromWeights(Enumerable.Range(0, binning.Regular)
            .Select(bin => KeyValuePair.Create(binning.Edges[bin] / 2 + binning.Edges[bin + 1] / 2, shares[bin])));

        var ranking = ParametricFit.RankOnCounts(midpoints, binning, shares);

        var found = ranking.Fits.Single(fit => fit.Distribution.Family == family);
        Assert.Equal(ranking.Fits[0].LostNats, found.LostNats, 1e-9); // an exponential distribution is also a gamma distribution
        Assert.InRange(found.LostNats, 0, 1e-9);
        foreach (var (expected, parameter) in truth.Parameters.Zip(found.Distribution.Parameters))
        {
            Assert.Equal(1, parameter.Value / expected.Value, 1e-3);
        }

        var byMidpoints = ParametricFit.RankOnBins(midpoints, binning, shares);
        Assert.All(ranking.Fits, fit => Assert.True(!byMidpoints.Fits.Any(other =>
            other.Distribution.Family == fit.Distribution.Family && other.LostNats < fit.LostNats - 1e-12)));
    }

    [Property]
    public Property The_gamma_shape_is_where_the_likelihood_is_largest() => Prop.ForAll(
        Gen.Choose(1, 4000).Select(value => value / 100.0).ListOf(5).Where(sample => sample.Distinct().Count() > 1).ToArbitrary(), sample =>
    {
        var values = WeightedValues.FromSample(sample);
        var shape = ParametricFit.Fit(ParametricFamily.Gamma, values).Parameters.First().Value;
        return Likelihood(shape) >= Likelihood(shape * 1.01) && Likelihood(shape) >= Likelihood(shape / 1.01);

        double Likelihood(double k) =>
            k * Math.Log(k / values.Mean) - MathNet.Numerics.SpecialFunctions.GammaLn(k) + (k - 1) * values.Average(Math.Log) - k;
    });

    [Fact]
    public void A_sample_of_one_value_is_described_by_what_can_be_constant()
    {
        var ranking = ParametricFit.RankOnIntegers(WeightedValues.FromSample([4, 4, 4]));
        Assert.Equal((0, 0), (ranking.Fits[0].LostNats, ranking.Fits[1].LostNats));
        Assert.Equal(["uniform", "binomial"], ranking.Fits.Take(2).Select(fit => fit.Distribution.Name));
        Assert.Equal(["normal", "log-normal", "gamma"], ranking.LeftOut.Select(family => family.Name));
        var zeros = ParametricFit.RankOnIntegers(WeightedValues.FromSample([0, 0]));
        Assert.Equal(["normal", "log-normal", "exponential", "gamma"], zeros.LeftOut.Select(family => family.Name));
    }

    [Fact]
    public void Values_without_weight_do_not_count()
    {
        Assert.Equal("there is no value", Assert.Throws<ArgumentException>(() => WeightedValues.FromSample([])).Message);
        Assert.Throws<ArgumentException>(() => WeightedValues.FromSample([1, double.NaN]));
        Assert.Throws<ArgumentException>(() => ParametricFit.RankOnIntegers(WeightedValues.FromSample([0.5])));
    }

    private static Arbitrary<ParametricDistribution> Members { get; } = Gen.OneOf(
        Two(0, 20, 0, 50, (a, b) => ParametricDistribution.Create(ParametricFamily.UniformIntegers, a, a + b)),
        Two(1, 60, 0, 100, (a, b) => ParametricDistribution.Create(ParametricFamily.Binomial, a, b / 100)),
        Two(0, 400, 0, 0, (a, _) => ParametricDistribution.Create(ParametricFamily.Poisson, a / 10)),
        Two(1, 100, 0, 0, (a, _) => ParametricDistribution.Create(ParametricFamily.Geometric, a / 100)),
        Two(1, 100, 0, 1, (a, b) => ParametricDistribution.Create(ParametricFamily.GeometricFrom, a / 100, b)),
        Two(-50, 50, 1, 100, (a, b) => ParametricDistribution.Create(ParametricFamily.Uniform, a / 10, (a + b) / 10)),
        Two(-50, 50, 1, 100, (a, b) => ParametricDistribution.Create(ParametricFamily.Normal, a / 10, b / 10)),
        Two(-50, 50, 1, 30, (a, b) => ParametricDistribution.Create(ParametricFamily.LogNormal, a / 10, b / 10)),
        Two(1, 100, 0, 0, (a, _) => ParametricDistribution.Create(ParametricFamily.Exponential, a / 10)),
        Two(1, 300, 1, 100, (a, b) => ParametricDistribution.Create(ParametricFamily.Gamma, a / 10, b / 10))).ToArbitrary();

    private static Gen<ParametricDistribution> Two(
        int leastA, int mostA, int leastB, int mostB, Func<double, double, ParametricDistribution> make) =>
        from a in Gen.Choose(leastA, mostA)
        from b in Gen.Choose(leastB, mostB)
        select make(a, b);

    private static Dictionary<string, double> Read(string parameters) => parameters.Split(',').Select(pair => pair.Split('='))
        .ToDictionary(pair => pair[0], pair => double.Parse(pair[1], System.Globalization.CultureInfo.InvariantCulture));

    private static void Near(double expected, double actual, double relative = 1e-12) => Assert.True(
        Math.Abs(actual - expected) <= relative * Math.Abs(expected),
        FormattableString.Invariant($"expected {expected:R}, got {actual:R}"));
}
