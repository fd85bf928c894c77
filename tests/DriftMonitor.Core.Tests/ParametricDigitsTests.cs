using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MathNet.Numerics;

namespace DriftMonitor.Core.Tests;

/// <summary>The precision of parametric probabilities in hard cases: narrow bins, far tails and means of 1e15.</summary>
public sealed class ParametricDigitsTests
{
    [Fact] // Vectors/parametric.py
    public void The_golden_figures_are_met_to_thirteen_digits()
    {
        var cases = 0;
        foreach (var row in Golden.Cases("parametric.json"))
        {
            var member = Member(row.GetProperty("family").GetString()!, row.Doubles("parameters"));
            var (from, to) = (End("from", double.NegativeInfinity), End("to", double.PositiveInfinity));
            var expected = row.GetProperty("expected").GetDouble();
            var actual = member.LogProbability(from, to);
            var error = Math.Abs(actual - expected);
            var bound = Bound(expected) + (member.Family == ParametricFamily.LogNormal ? RoundingOfLogarithm(member, from, to) : 0);
            Assert.True(error <= bound, FormattableString.Invariant($"{row}: {actual:R}, off by {error / bound:G3} bounds"));
            cases++;

            double End(string name, double none) => row.TryGetProperty(name, out var end) ? end.GetDouble() : none;
        }

        Assert.True(cases > 400);
    }

    [Theory] // the mean, or the trials and a probability
    [InlineData(1e5, 0)]
    [InlineData(1e8, 0)]
    [InlineData(3e5, 0.4)]
    [InlineData(3e8, 0.1)]
    public void The_sum_equals_the_sum_of_its_terms(double first, double probability)
    {
        var member = probability == 0
            ? ParametricDistribution.Create(ParametricFamily.Poisson, first)
            : ParametricDistribution.Create(ParametricFamily.Binomial, first, probability);
        var mean = probability == 0 ? first : first * probability;
        var deviation = Math.Sqrt(mean * (1 - probability));
        Prop.ForAll(Gen.Choose(-80, 80).ToArbitrary(), Gen.Choose(0, 300).ToArbitrary(), (tenths, hundredths) =>
        {
            var from = Math.Floor(mean + tenths / 10.0 * deviation);
            var to = from + 1 + Math.Floor(hundredths / 100.0 * deviation);
            var expected = Definition(member, (long)from, (long)to);
            return Math.Abs(member.LogProbability(from, to) - expected) <= Bound(expected);
        }).QuickCheckThrowOnFailure();
    }

    // The definition: ln Σ p(k).
    private static double Definition(ParametricDistribution member, long from, long to)
    {
        var logs = new double[to - from];
        for (var i = 0; i < logs.Length; i++)
        {
            logs[i] = member.LogProbability(from + i);
        }

        var largest = logs.Max();
        Array.Sort(logs); // smallest first, so that small terms are not lost
        return largest + Math.Log(logs.Sum(log => Math.Exp(log - largest)));
    }

    [Property]
    public Property A_gamma_tail_is_the_incomplete_gamma_function() => Prop.ForAll(
        Gen.Choose(1, 4000).ToArbitrary(), Gen.Choose(1, 8000).ToArbitrary(), (shape, at) =>
    {
        var (a, x) = (shape / 100.0, at / 100.0);
        var gamma = ParametricDistribution.Create(ParametricFamily.Gamma, a, 1);
        return Math.Abs(Math.Exp(gamma.LogProbability(0, x)) - SpecialFunctions.GammaLowerRegularized(a, x)) < 1e-12
            && Math.Abs(Math.Exp(gamma.LogProbability(x, double.PositiveInfinity)) - SpecialFunctions.GammaUpperRegularized(a, x)) < 1e-12;
    });

    [Property]
    public Property A_normal_tail_is_the_error_function() => Prop.ForAll(Gen.Choose(-800, 800).ToArbitrary(), at =>
    {
        var expected = SpecialFunctions.Erfc(at / 100.0 / Math.Sqrt(2)) / 2;
        var normal = ParametricDistribution.Create(ParametricFamily.Normal, 0, 1);
        return Math.Abs(Math.Exp(normal.LogProbability(at / 100.0, double.PositiveInfinity)) - expected) <= 1e-13 * expected;
    });

    [Theory]
    [InlineData("normal", 1.7005e12, 2.9e8)]
    [InlineData("log-normal", 28.161944, 1.7e-4)]
    [InlineData("gamma", 3.46e7, 2.0346e-5)]
    [InlineData("exponential", 5.9e-13, 0)]
    [InlineData("uniform", 1.7e12, 1.701e12)]
    public void A_bin_of_one_among_milliseconds_since_the_epoch_is_a_thousandth_of_one_of_a_thousand(
        string family, double first, double second)
    {
        var member = Member(family, family == "exponential" ? [first] : [first, second]);
        var fine = 0.0;
        for (var i = 0; i < 1000; i++)
        {
            fine += Math.Exp(member.LogProbability(1.7003e12 + i, 1.7003e12 + i + 1));
        }

        var coarse = Math.Exp(member.LogProbability(1.7003e12, 1.7003e12 + 1000));
        Assert.InRange(fine / coarse, 1 - 1e-12, 1 + 1e-12);
        Assert.True(double.IsFinite(member.LogProbability(1.7e12, Math.BitIncrement(1.7e12))));
    }

    [Fact]
    public void The_loss_on_integer_milliseconds_is_that_of_the_shape_and_finite()
    {
        var values = WeightedValues.FromSample([.. Enumerable.Range(0, 3000).Select(i => 1.7e12 + Math.Floor(i * 1e9 / 2999))]);
        var ranking = ParametricFit.RankOnIntegers(values);

        // Finite even for Poisson, whose standard deviation is a thousandth of the range.
        Assert.All(ranking.Fits, fit => Assert.True(double.IsFinite(fit.LostNats)));

        // The sample has 3000 of 10⁹ numbers.
        var sparse = Math.Log(1e9 / 3000);
        Assert.Equal(sparse, LostBy(ParametricFamily.UniformIntegers), 1e-6);

        // A normal distribution instead of a uniform one loses ln √(2πe/12) = 0.1765 more.
        Assert.All(
            [ParametricFamily.Normal, ParametricFamily.LogNormal, ParametricFamily.Gamma],
            family => Assert.Equal(sparse + 0.1765, LostBy(family), 1e-3));

        double LostBy(ParametricFamily family) => ranking.Fits.Single(fit => fit.Distribution.Family == family).LostNats;
    }

    [Theory]
    [InlineData("poisson", 1e15, 0)]
    [InlineData("poisson", 1e18, 0)]
    [InlineData("poisson", 1e28, 0)]
    [InlineData("binomial", 9e15, 0.5)]
    [InlineData("gamma", 1e15, 1e-3)]
    [InlineData("gamma", 1e-9, 1)]
    [InlineData("normal", 0, 1e300)]
    [InlineData("log-normal", 0, 1e-300)]
    public void A_distribution_too_wide_to_be_summed_term_by_term_has_bins_that_sum_to_one(string family, double first, double second)
    {
        var member = Member(family, family == "poisson" ? [first] : [first, second]);
        double[] edges = [.. Enumerable.Range(-80, 101).Select(i => Math.ScaleB(Math.Max(1, first), i))];
        var logs = member.LogProbabilities(new NumericBinning(edges));

        Assert.Equal(1, logs.Sum(Math.Exp), 1e-12);
    }

    [Fact] // the distance between neighbouring doubles is larger than the width of the whole distribution
    public void The_sum_terminates_for_a_mean_of_1e300()
    {
        var member = Member("poisson", [1e300]);
        Assert.Equal(0, member.LogProbability(0, double.PositiveInfinity), 1e-12);
        Assert.Equal(-1e300 * (1 - Math.Log(2)) / 2, member.LogProbability(0, 5e299), 1e288); // −D(m/2, m)
    }

    private static ParametricDistribution Member(string family, double[] parameters) => ParametricDistribution.Create(family switch
    {
        "normal" => ParametricFamily.Normal,
        "log-normal" => ParametricFamily.LogNormal,
        "gamma" => ParametricFamily.Gamma,
        "poisson" => ParametricFamily.Poisson,
        "exponential" => ParametricFamily.Exponential,
        "uniform" => ParametricFamily.Uniform,
        _ => ParametricFamily.Binomial,
    }, parameters);

    // ln x is rounded before log_mean is subtracted: the same as if log_mean were the next double.
    private static double RoundingOfLogarithm(ParametricDistribution member, double from, double to)
    {
        var (mean, deviation) = (member.Parameters.First().Value, member.Parameters.Last().Value);
        var nearest = Math.Clamp(mean, Math.Log(from), Math.Log(to));
        return (Math.BitIncrement(Math.Abs(nearest)) - Math.Abs(nearest)) / deviation * (1 + Math.Abs(nearest - mean) / deviation);
    }

    // The documented precision, relative or absolute.
    private static double Bound(double expected) => 1e-13 * Math.Max(1, Math.Abs(expected));
}
