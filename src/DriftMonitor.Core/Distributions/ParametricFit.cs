using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Numerics;
using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Optimization;
using MathNet.Numerics.RootFinding;

namespace DriftMonitor.Core.Distributions;

/// <summary>The distribution of a family that fits a sample best, and the information lost by using it in place of the sample.</summary>
/// <param name="Distribution">The fitted distribution, by maximum likelihood.</param>
/// <param name="LostNats">
/// D(sample ‖ distribution) over the bins of the sample, in nats; +∞ if the distribution makes a value of the sample impossible.
/// </param>
/// <param name="PenaltyNats">
/// k ln n/(2n), the price of its k parameters in nats a value (<see cref="FitRanking"/>); 0 where n is unknown.
/// </param>
public sealed record ParametricFit(ParametricDistribution Distribution, double LostNats, double PenaltyNats)
{
    private const double NearlyEqual = 1e-7;
    private const double LargestLoss = 1e12; // used instead of +∞, which gives the search no direction
    private const double MostTrials = 1L << 53; // beyond it, not every integer is a double

    /// <summary>The information lost, in bits.</summary>
    public double LostBits => LostNats / Constants.Ln2;

    /// <summary>What fits are ranked by: the information lost and the price of the parameters, in nats.</summary>
    public double CostNats => LostNats + PenaltyNats;

    /// <summary>Fits every family to integers and ranks the fits by what they cost per integer: see <see cref="FitRanking"/>.</summary>
    /// <param name="values">The integers. For a continuous family, an integer represents the numbers that round to it.</param>
    /// <exception cref="ArgumentException">A value is not an integer.</exception>
    public static FitRanking RankOnIntegers(WeightedValues values)
    {
        if (!values.AreIntegers)
        {
            throw new ArgumentException("some values are not whole numbers: compare them by bins");
        }

        var integers = Array.ConvertAll(values.Values.ToArray(), value => (long)value);
        return Rank(values, areIntegers: true, values.Shares.ToArray(), member => Array.ConvertAll(integers, member.LogProbability));
    }

    /// <summary>
    /// Fits every family to numbers and ranks the fits by what they cost over bins, including the tails beyond the edges:
    /// probability that a family has there is missing elsewhere.
    /// </summary>
    /// <param name="values">The numbers, from which the parameters are estimated.</param>
    /// <param name="binning">The bins.</param>
    /// <param name="shares">The share of each bin, special bins included.</param>
    /// <exception cref="ArgumentException">The shares do not match the bins.</exception>
    public static FitRanking RankOnBins(WeightedValues values, NumericBinning binning, Distribution shares) =>
        Rank(values, values.AreIntegers, RequireOneFor(binning, shares), member => member.LogProbabilities(binning));

    /// <summary>
    /// Fits every family to counts in bins, for samples whose numbers are not known. The best distribution loses the least information
    /// over the bins, including the tails beyond the edges; it is the one that makes the counts most likely.
    /// </summary>
    /// <param name="midpoints">The midpoint of each bin with its share: the start of the search.</param>
    /// <param name="binning">The bins.</param>
    /// <param name="shares">The share of each bin, special bins included.</param>
    /// <exception cref="ArgumentException">The shares do not match the bins.</exception>
    public static FitRanking RankOnCounts(WeightedValues midpoints, NumericBinning binning, Distribution shares)
    {
        var p = RequireOneFor(binning, shares);
        return Rank(
            midpoints, areIntegers: false, p, member => member.LogProbabilities(binning),
            near => FindBest(near, member => Lost(p, member.LogProbabilities(binning)), binning, shares));
    }

    /// <summary>
    /// Fits a family by maximum likelihood. Of the uniform distributions this is the narrowest. The geometric distribution from
    /// <c>first</c> counts from 1.
    /// </summary>
    /// <param name="family">The family.</param>
    /// <param name="values">The values.</param>
    /// <remarks>
    /// Closed forms of the mean of the values and of their logarithms. The shape k of the gamma distribution is the root of
    /// ln k − ψ(k) = ln mean − mean of ln x, searched around Minka's approximation ("Estimating a Gamma distribution", 2002), which is
    /// within 1.5 % of it. Standard deviations are maximum likelihood estimates: divided by n. The likelihood of the number of binomial
    /// trials, at the probability that is best for it, has one maximum where the variance is below the mean (Levin and Reeds, Compound
    /// multinomial likelihood functions are unimodal, Annals of Statistics 5 (1977) 79–87), and is searched; elsewhere it has none, as it
    /// rises towards the Poisson distribution, and the trials are the largest value.
    /// </remarks>
    /// <exception cref="ArgumentException">No distribution of the family can have such values; the message says why.</exception>
    public static ParametricDistribution Fit(ParametricFamily family, WeightedValues values)
    {
        if (GetError(family, values, values.AreIntegers) is { } reason)
        {
            throw new ArgumentException($"{ParametricDistribution.GetName(family)} {reason}");
        }

        var mean = values.Mean;
        return family switch
        {
            ParametricFamily.UniformIntegers or ParametricFamily.Uniform =>
                ParametricDistribution.Create(family, values.Minimum, values.Maximum),
            ParametricFamily.Binomial => FitBinomial(values),
            ParametricFamily.Poisson => ParametricDistribution.Create(family, mean),
            ParametricFamily.Geometric => ParametricDistribution.Create(family, 1 / (1 + mean)),
            ParametricFamily.GeometricFrom => ParametricDistribution.Create(family, 1 / mean, 1),
            ParametricFamily.Normal =>
                ParametricDistribution.Create(family, mean, Math.Sqrt(Variance(values))),
            ParametricFamily.LogNormal => FitLogNormal(values),
            ParametricFamily.Exponential => ParametricDistribution.Create(family, 1 / mean),
            _ => FitGamma(values),
        };
    }

    // Why no distribution of the family can have such values; null if one can.
    private static string? GetError(ParametricFamily family, WeightedValues values, bool areIntegers)
    {
        switch (family)
        {
            case ParametricFamily.UniformIntegers or ParametricFamily.Binomial or ParametricFamily.Poisson or ParametricFamily.Geometric
                or ParametricFamily.GeometricFrom when !areIntegers:
                return "needs whole numbers";
            case ParametricFamily.GeometricFrom when values.Minimum < 1:
                return FormattableString.Invariant($"needs values from 1 on, and the least is {values.Minimum}");
            case ParametricFamily.Binomial or ParametricFamily.Poisson or ParametricFamily.Geometric or ParametricFamily.Exponential
                when values.Minimum < 0:
                return FormattableString.Invariant($"needs values from 0 on, and the least is {values.Minimum}");
            case ParametricFamily.LogNormal or ParametricFamily.Gamma when values.Minimum <= 0:
                return FormattableString.Invariant($"needs values above 0, and the least is {values.Minimum}");
            case ParametricFamily.Exponential when values.Maximum == 0:
                return "needs values above 0, and all are 0";
            case ParametricFamily.Uniform or ParametricFamily.Normal when values.Minimum == values.Maximum:
                return FormattableString.Invariant($"needs different values, and all are {values.Minimum}");
            case ParametricFamily.LogNormal or ParametricFamily.Gamma when values.Maximum - values.Minimum <= NearlyEqual * values.Maximum:
                // The logarithms of the values have too few different digits.
                return FormattableString.Invariant($"needs different values, and all are nearly {values.Minimum}");
            default:
                return null;
        }
    }

    private static double Variance(WeightedValues values) => values.Average(value => (value - values.Mean) * (value - values.Mean));

    private static ParametricDistribution FitBinomial(WeightedValues values)
    {
        var integers = Array.ConvertAll(values.Values.ToArray(), value => (long)value);
        var least = Math.Max(1, values.Maximum);
        if (Variance(values) >= values.Mean)
        {
            return WithTrials(least);
        }

        // The maximum lies between half and twice the first number of trials that is no better than half of it.
        var high = 2 * least;
        while (high < MostTrials && Likelihood(high) > Likelihood(high / 2))
        {
            high *= 2;
        }

        var (low, top) = (Math.Max(least, Math.Floor(high / 4)), Math.Min(high, MostTrials));
        while (top - low > 2)
        {
            var third = Math.Max(1, Math.Floor((top - low) / 3));
            (low, top) = Likelihood(low + third) < Likelihood(top - third) ? (low + third, top) : (low, top - third);
        }

        return WithTrials(Enumerable.Range(0, (int)(top - low) + 1).Select(i => low + i).MaxBy(Likelihood));

        ParametricDistribution WithTrials(double trials) =>
            ParametricDistribution.Create(ParametricFamily.Binomial, trials, Math.Min(1, values.Mean / trials));

        double Likelihood(double trials) => -Lost(values.Shares, Array.ConvertAll(integers, WithTrials(trials).LogProbability));
    }

    private static ParametricDistribution FitLogNormal(WeightedValues values)
    {
        var mean = values.Average(Math.Log);
        var deviation = Math.Sqrt(values.Average(value => Math.Pow(Math.Log(value) - mean, 2)));
        return ParametricDistribution.Create(ParametricFamily.LogNormal, mean, deviation);
    }

    private static ParametricDistribution FitGamma(WeightedValues values)
    {
        // ln mean − mean of ln x, above 0 by Jensen's inequality
        var spread = -values.Average(value => ElementaryFunctions.Log1p((value - values.Mean) / values.Mean));
        var near = (3 - spread + Math.Sqrt((spread - 3) * (spread - 3) + 24 * spread)) / (12 * spread);

        // If the values are nearly equal, the approximation has more digits than ln k − ψ(k).
        var shape = spread < 1e-6
            ? near
            : Brent.FindRoot(k => Math.Log(k) - SpecialFunctions.DiGamma(k) - spread, near / 2, near * 2, near * 1e-14, 200);
        return ParametricDistribution.Create(ParametricFamily.Gamma, shape, shape / values.Mean);
    }

    // Nelder-Mead search over scaled parameters: the location in standard deviations, all others as logarithms.
    private static ParametricDistribution FindBest(
        ParametricDistribution near,
        Func<ParametricDistribution, double> lost,
        NumericBinning binning,
        Distribution shares)
    {
        var family = near.Family;
        var from = near.Parameters.Select(parameter => parameter.Value).ToArray();
        if (family == ParametricFamily.Uniform)
        {
            var occupied = Enumerable.Range(0, binning.Regular).Where(bin => shares[bin] > 0).ToList();
            return ParametricDistribution.Create(family, binning.Edges[occupied[0]], binning.Edges[occupied[^1] + 1]);
        }

        var hasLocation = family is ParametricFamily.Normal or ParametricFamily.LogNormal;
        var (best, least) = (near, lost(near));
        for (var round = 0; round < 2; round++)
        {
            // The second round starts where the first ended, as the simplex may have shrunk too early.
            try
            {
                var found = new NelderMeadSimplex(1e-14, 2000).FindMinimum(
                    ObjectiveFunction.Value(at => Math.Min(Loss(at), LargestLoss)),
                    Vector<double>.Build.Dense(from.Length),
                    Vector<double>.Build.Dense(from.Length, round == 0 ? 0.2 : 0.01));
                if (found.FunctionInfoAtMinimum.Value < least)
                {
                    (best, least) = (MemberAt(found.MinimizingPoint)!, found.FunctionInfoAtMinimum.Value);
                }
            }
            catch (OptimizationException)
            {
                return best; // the search did not converge; the best so far is valid
            }

            from = [.. best.Parameters.Select(parameter => parameter.Value)];
        }

        return best;

        double Loss(Vector<double> at) =>
            MemberAt(at) is { } member && lost(member) is var loss && !double.IsNaN(loss) ? loss : LargestLoss;

        ParametricDistribution? MemberAt(Vector<double> at)
        {
            var parameters = from.Select((value, i) => hasLocation && i == 0 ? value + at[0] * from[1] : value * Math.Exp(at[i])).ToArray();
            return Array.TrueForAll(parameters, parameter => double.IsFinite(parameter) && (parameter > 0 || hasLocation))
                ? ParametricDistribution.Create(family, parameters)
                : null;
        }
    }

    private static double[] RequireOneFor(NumericBinning binning, Distribution shares) => shares.Count == binning.Count
        ? shares.Probabilities.ToArray()
        : throw new ArgumentException($"{shares.Count} shares for {binning.Count} bins: there must be one for each");

    private static FitRanking Rank(
        WeightedValues values, bool areIntegers, double[] shares, Func<ParametricDistribution, double[]> logQ,
        Func<ParametricDistribution, ParametricDistribution>? refine = null)
    {
        var fits = new List<(ParametricFit, double[])>();
        var leftOut = new List<UnfitFamily>();
        foreach (var family in Candidates(values, areIntegers))
        {
            if (GetError(family, values, areIntegers) is { } reason)
            {
                leftOut.Add(new UnfitFamily(ParametricDistribution.GetName(family), reason));
                continue;
            }

            var member = Fit(family, values);
            member = refine is null ? member : refine(member);
            var logs = logQ(member);
            var penalty = double.IsFinite(values.Size) ? member.FreeParameters * Math.Log(values.Size) / (2 * values.Size) : 0;
            fits.Add((new ParametricFit(member, Lost(shares, logs), penalty), logs));
        }

        return FitRanking.Of(fits, shares, values.Size, areIntegers, leftOut);
    }

    // Only the kind of uniform that matches the values. Of the kinds of geometric, the one from 1 is the likelier wherever it is possible:
    // its entropy is that of the same trials with one failure less on average.
    private static IEnumerable<ParametricFamily> Candidates(WeightedValues values, bool areIntegers)
    {
        var unfit = areIntegers ? ParametricFamily.Uniform : ParametricFamily.UniformIntegers;
        var otherGeometric = areIntegers && values.Minimum >= 1 ? ParametricFamily.Geometric : ParametricFamily.GeometricFrom;
        return Enum.GetValues<ParametricFamily>().Where(family => family != unfit && family != otherGeometric);
    }

    // D(p ‖ q), with q given by its logarithms.
    private static double Lost(ReadOnlySpan<double> p, ReadOnlySpan<double> logQ)
    {
        var sum = new CompensatedSum();
        for (var i = 0; i < p.Length; i++)
        {
            sum.Add(p[i] > 0 ? p[i] * (Math.Log(p[i]) - logQ[i]) : 0);
        }

        return Math.Max(0, sum.Value); // rounding can make it −1e-17
    }
}
