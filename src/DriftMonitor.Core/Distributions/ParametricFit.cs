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
public sealed record ParametricFit(ParametricDistribution Distribution, double LostNats)
{
    private const double NearlyEqual = 1e-7;
    private const double LargestLoss = 1e12; // used instead of +∞, which gives the search no direction

    /// <summary>The information lost, in bits.</summary>
    public double LostBits => LostNats / Constants.Ln2;

    /// <summary>Fits every family to integers and ranks the fits by the information lost per integer.</summary>
    /// <param name="values">The integers. For a continuous family, an integer represents the numbers that round to it.</param>
    /// <exception cref="ArgumentException">A value is not an integer.</exception>
    public static FitRanking RankOnIntegers(WeightedValues values)
    {
        if (!values.AreIntegers)
        {
            throw new ArgumentException("some values are not whole numbers: compare them by bins");
        }

        var integers = Array.ConvertAll(values.Values.ToArray(), value => (long)value);
        return Rank(values, areIntegers: true, member => Lost(values.Shares, Array.ConvertAll(integers, member.LogProbability)));
    }

    /// <summary>
    /// Fits every family to numbers and ranks the fits by the information lost over bins, including the tails beyond the edges:
    /// probability that a family has there is missing elsewhere.
    /// </summary>
    /// <param name="values">The numbers, from which the parameters are estimated.</param>
    /// <param name="binning">The bins.</param>
    /// <param name="shares">The share of each bin, special bins included.</param>
    /// <exception cref="ArgumentException">The shares do not match the bins.</exception>
    public static FitRanking RankOnBins(WeightedValues values, NumericBinning binning, Distribution shares) =>
        Rank(values, values.AreIntegers, LossOver(binning, shares));

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
        var lost = LossOver(binning, shares);
        var ranking = Rank(midpoints, areIntegers: false, lost);
        return ranking with { Fits = [.. ranking.Fits.Select(near => FindBest(near, lost, binning, shares)).OrderBy(fit => fit.LostNats)] };
    }

    /// <summary>
    /// Fits a family by maximum likelihood. Of the uniform distributions this is the narrowest; the number of trials of the binomial
    /// distribution is the largest value.
    /// </summary>
    /// <param name="family">The family.</param>
    /// <param name="values">The values.</param>
    /// <remarks>
    /// Closed forms of the mean of the values and of their logarithms. The shape k of the gamma distribution is the root of
    /// ln k − ψ(k) = ln mean − mean of ln x, searched around Minka's approximation ("Estimating a Gamma distribution", 2002), which is
    /// within 1.5 % of it. Standard deviations are maximum likelihood estimates: divided by n.
    /// </remarks>
    /// <exception cref="ArgumentException">No distribution of the family can have such values; the message says why.</exception>
    public static ParametricDistribution Fit(ParametricFamily family, WeightedValues values)
    {
        if (GetError(family, values, values.AreIntegers) is { } reason)
        {
            throw new ArgumentException($"{ParametricDistribution.GetName(family)} {reason}");
        }

        var mean = values.Mean;
        var trials = Math.Max(1, values.Maximum);
        return family switch
        {
            ParametricFamily.UniformIntegers or ParametricFamily.Uniform =>
                ParametricDistribution.Create(family, values.Minimum, values.Maximum),
            ParametricFamily.Binomial => ParametricDistribution.Create(family, trials, Math.Min(1, mean / trials)),
            ParametricFamily.Poisson => ParametricDistribution.Create(family, mean),
            ParametricFamily.Geometric => ParametricDistribution.Create(family, 1 / (1 + mean)),
            ParametricFamily.Normal =>
                ParametricDistribution.Create(family, mean, Math.Sqrt(values.Average(value => (value - mean) * (value - mean)))),
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
                when !areIntegers:
                return "needs whole numbers";
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
    private static ParametricFit FindBest(
        ParametricFit near,
        Func<ParametricDistribution, double> lost,
        NumericBinning binning,
        Distribution shares)
    {
        var family = near.Distribution.Family;
        var from = near.Distribution.Parameters.Select(parameter => parameter.Value).ToArray();
        if (family == ParametricFamily.Uniform)
        {
            var occupied = Enumerable.Range(0, binning.Regular).Where(bin => shares[bin] > 0).ToList();
            var widest = ParametricDistribution.Create(family, binning.Edges[occupied[0]], binning.Edges[occupied[^1] + 1]);
            return new ParametricFit(widest, lost(widest));
        }

        var hasLocation = family is ParametricFamily.Normal or ParametricFamily.LogNormal;
        var best = near;
        for (var round = 0; round < 2; round++)
        {
            // The second round starts where the first ended, as the simplex may have shrunk too early.
            try
            {
                var found = new NelderMeadSimplex(1e-14, 2000).FindMinimum(
                    ObjectiveFunction.Value(at => Math.Min(Loss(at), LargestLoss)),
                    Vector<double>.Build.Dense(from.Length),
                    Vector<double>.Build.Dense(from.Length, round == 0 ? 0.2 : 0.01));
                var fit = new ParametricFit(MemberAt(found.MinimizingPoint)!, found.FunctionInfoAtMinimum.Value);
                best = fit.LostNats < best.LostNats ? fit : best;
            }
            catch (OptimizationException)
            {
                return best; // the search did not converge; the best so far is valid
            }

            from = [.. best.Distribution.Parameters.Select(parameter => parameter.Value)];
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

    private static Func<ParametricDistribution, double> LossOver(NumericBinning binning, Distribution shares)
    {
        if (shares.Count != binning.Count)
        {
            throw new ArgumentException($"{shares.Count} shares for {binning.Count} bins: there must be one for each");
        }

        return member => Lost(shares.Probabilities, member.LogProbabilities(binning));
    }

    private static FitRanking Rank(WeightedValues values, bool areIntegers, Func<ParametricDistribution, double> lost)
    {
        var fits = new List<ParametricFit>();
        var leftOut = new List<UnfitFamily>();
        foreach (var family in Enum.GetValues<ParametricFamily>())
        {
            if (family == (areIntegers ? ParametricFamily.Uniform : ParametricFamily.UniformIntegers))
            {
                continue; // only the kind of uniform that matches the values
            }

            if (GetError(family, values, areIntegers) is { } reason)
            {
                leftOut.Add(new UnfitFamily(ParametricDistribution.GetName(family), reason));
                continue;
            }

            var member = Fit(family, values);
            fits.Add(new ParametricFit(member, lost(member)));
        }

        return new FitRanking([.. fits.OrderBy(fit => fit.LostNats)], leftOut);
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
