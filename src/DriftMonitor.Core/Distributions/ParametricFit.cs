using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Numerics;
using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Optimization;
using MathNet.Numerics.RootFinding;

namespace DriftMonitor.Core.Distributions;

/// <summary>A family's best member for a sample, and what is lost by taking it for the sample's own distribution.</summary>
/// <param name="Distribution">The member, by maximum likelihood.</param>
/// <param name="LostNats">D(sample ‖ member) over the sample's bins, in nats; +∞ where the member holds a value of the sample impossible.</param>
public sealed record ParametricFit(ParametricDistribution Distribution, double LostNats)
{
    private const double NearlyEqual = 1e-7;
    private const double MostLoss = 1e12; // in place of an infinite one, of which a search would learn nothing

    /// <summary>The information lost, in bits.</summary>
    public double LostBits => LostNats / Constants.Ln2;

    /// <summary>Fits every family to whole numbers and compares number by number.</summary>
    /// <param name="values">Whole numbers. A family that is not of whole numbers has for each what rounds to it.</param>
    /// <exception cref="ArgumentException">A value is no whole number.</exception>
    public static FitRanking RankOnIntegers(WeightedValues values)
    {
        if (!values.AreWhole)
        {
            throw new ArgumentException("there are values that are no whole numbers: compare them by bins");
        }

        var integers = Array.ConvertAll(values.Values.ToArray(), value => (long)value);
        return Rank(values, areWhole: true, member => Lost(values.Shares, Array.ConvertAll(integers, member.LogProbability)));
    }

    /// <summary>Fits every family to numbers and compares bin by bin, the tails beyond the edges included: whatever a family expects there is missing elsewhere.</summary>
    /// <param name="values">The numbers, from which the parameters are estimated.</param>
    /// <param name="binning">The bins.</param>
    /// <param name="shares">The share of each bin, special bins included; together 1.</param>
    /// <exception cref="ArgumentException">The shares do not fit the bins.</exception>
    public static FitRanking RankOnBins(WeightedValues values, NumericBinning binning, Distribution shares)
    {
        return Rank(values, values.AreWhole, LossOver(binning, shares));
    }

    /// <summary>Fits every family to counts in bins, where the numbers themselves are not known: the member that loses least over the bins, the tails beyond the edges included, which is the one that makes the counts most likely.</summary>
    /// <param name="midpoints">The middle of each bin with its share: where the search begins.</param>
    /// <param name="binning">The bins.</param>
    /// <param name="shares">The share of each bin, special bins included; together 1.</param>
    /// <exception cref="ArgumentException">The shares do not fit the bins.</exception>
    public static FitRanking RankOnCounts(WeightedValues midpoints, NumericBinning binning, Distribution shares)
    {
        var lost = LossOver(binning, shares);
        var ranking = Rank(midpoints, areWhole: false, lost);
        return ranking with { Fits = [.. ranking.Fits.Select(near => Nearest(near, lost, binning, shares)).OrderBy(fit => fit.LostNats)] };
    }

    /// <summary>The member of a family that makes the values most likely; of uniform, the narrowest; of binomial, the number of trials is the largest value.</summary>
    /// <remarks>
    /// Closed forms, by the values' mean and that of their logarithms; the shape of the gamma distribution is the root of ln k − ψ(k) = ln mean − mean of ln x, within 1.5 % of Minka's
    /// approximation ("Estimating a Gamma distribution", 2002). Standard deviations are those of maximum likelihood: divided by n.
    /// </remarks>
    /// <exception cref="ArgumentException">No member can have such values; the message says why.</exception>
    public static ParametricDistribution Fit(ParametricFamily family, WeightedValues values)
    {
        if (WhyNot(family, values, values.AreWhole) is { } reason)
        {
            throw new ArgumentException($"{ParametricDistribution.NameOf(family)} {reason}");
        }

        var mean = values.Mean;
        var trials = Math.Max(1, values.Most);
        return family switch
        {
            ParametricFamily.UniformIntegers or ParametricFamily.Uniform => ParametricDistribution.Of(family, values.Least, values.Most),
            ParametricFamily.Binomial => ParametricDistribution.Of(family, trials, Math.Min(1, mean / trials)),
            ParametricFamily.Poisson => ParametricDistribution.Of(family, mean),
            ParametricFamily.Geometric => ParametricDistribution.Of(family, 1 / (1 + mean)),
            ParametricFamily.Normal => ParametricDistribution.Of(family, mean, Math.Sqrt(values.Average(value => (value - mean) * (value - mean)))),
            ParametricFamily.LogNormal => FitLogNormal(values),
            ParametricFamily.Exponential => ParametricDistribution.Of(family, 1 / mean),
            _ => FitGamma(values),
        };
    }

    // What keeps every member of a family from having such values; null where nothing does.
    private static string? WhyNot(ParametricFamily family, WeightedValues values, bool areWhole)
    {
        switch (family)
        {
            case ParametricFamily.UniformIntegers or ParametricFamily.Binomial or ParametricFamily.Poisson or ParametricFamily.Geometric when !areWhole:
                return "needs whole numbers";
            case ParametricFamily.Binomial or ParametricFamily.Poisson or ParametricFamily.Geometric or ParametricFamily.Exponential when values.Least < 0:
                return FormattableString.Invariant($"needs values from 0 on, and the least is {values.Least}");
            case ParametricFamily.LogNormal or ParametricFamily.Gamma when values.Least <= 0:
                return FormattableString.Invariant($"needs values above 0, and the least is {values.Least}");
            case ParametricFamily.Exponential when values.Most == 0:
                return "needs values above 0, and all are 0";
            case ParametricFamily.Uniform or ParametricFamily.Normal when values.Least == values.Most:
                return FormattableString.Invariant($"needs different values, and all are {values.Least}");
            case ParametricFamily.LogNormal or ParametricFamily.Gamma when values.Most - values.Least <= NearlyEqual * values.Most:
                return FormattableString.Invariant($"needs different values, and all are nearly {values.Least}"); // their logarithms tell nothing any more
            default:
                return null;
        }
    }

    private static ParametricDistribution FitLogNormal(WeightedValues values)
    {
        var mean = values.Average(Math.Log);
        return ParametricDistribution.Of(ParametricFamily.LogNormal, mean, Math.Sqrt(values.Average(value => Math.Pow(Math.Log(value) - mean, 2))));
    }

    private static ParametricDistribution FitGamma(WeightedValues values)
    {
        var spread = -values.Average(value => ElementaryFunctions.Log1p((value - values.Mean) / values.Mean)); // ln mean − mean of ln x, above 0 by Jensen's inequality
        var near = (3 - spread + Math.Sqrt((spread - 3) * (spread - 3) + 24 * spread)) / (12 * spread);
        // Where values are nearly equal, the approximation has more digits than ln k − ψ(k).
        var shape = spread < 1e-6 ? near : Brent.FindRoot(k => Math.Log(k) - SpecialFunctions.DiGamma(k) - spread, near / 2, near * 2, near * 1e-14, 200);
        return ParametricDistribution.Of(ParametricFamily.Gamma, shape, shape / values.Mean);
    }

    // Nelder and Mead's search over parameters brought to one scale: a location in standard deviations, the others by their logarithms.
    private static ParametricFit Nearest(ParametricFit near, Func<ParametricDistribution, double> lost, NumericBinning binning, Distribution shares)
    {
        var family = near.Distribution.Family;
        var from = near.Distribution.Parameters.Select(parameter => parameter.Value).ToArray();
        if (family == ParametricFamily.Uniform)
        {
            var occupied = Enumerable.Range(0, binning.Regular).Where(bin => shares[bin] > 0).ToList();
            var widest = ParametricDistribution.Of(family, binning.Edges[occupied[0]], binning.Edges[occupied[^1] + 1]);
            return new ParametricFit(widest, lost(widest));
        }

        var hasLocation = family is ParametricFamily.Normal or ParametricFamily.LogNormal;
        var best = near;
        for (var round = 0; round < 2; round++)
        {
            // Once more from where it ended: a simplex may have shrunk on its way.
            try
            {
                var found = new NelderMeadSimplex(1e-14, 2000).FindMinimum(
                    ObjectiveFunction.Value(at => Math.Min(Loss(at), MostLoss)), Vector<double>.Build.Dense(from.Length), Vector<double>.Build.Dense(from.Length, round == 0 ? 0.2 : 0.01));
                var fit = new ParametricFit(MemberAt(found.MinimizingPoint)!, found.FunctionInfoAtMinimum.Value);
                best = fit.LostNats < best.LostNats ? fit : best;
            }
            catch (OptimizationException)
            {
                return best; // the best so far loses what it says
            }

            from = [.. best.Distribution.Parameters.Select(parameter => parameter.Value)];
        }

        return best;

        double Loss(Vector<double> at) => MemberAt(at) is { } member && lost(member) is var loss && !double.IsNaN(loss) ? loss : MostLoss;

        ParametricDistribution? MemberAt(Vector<double> at)
        {
            var parameters = from.Select((value, i) => hasLocation && i == 0 ? value + at[0] * from[1] : value * Math.Exp(at[i])).ToArray();
            return Array.TrueForAll(parameters, parameter => double.IsFinite(parameter) && (parameter > 0 || hasLocation)) ? ParametricDistribution.Of(family, parameters) : null;
        }
    }

    private static Func<ParametricDistribution, double> LossOver(NumericBinning binning, Distribution shares) => shares.Count == binning.Count
        ? member => Lost(shares.Probabilities, member.LogProbabilities(binning))
        : throw new ArgumentException($"{shares.Count} shares for {binning.Count} bins: there must be one for each");

    private static FitRanking Rank(WeightedValues values, bool areWhole, Func<ParametricDistribution, double> lost)
    {
        var fits = new List<ParametricFit>();
        var leftOut = new List<UnfitFamily>();
        foreach (var family in Enum.GetValues<ParametricFamily>())
        {
            if (family == (areWhole ? ParametricFamily.Uniform : ParametricFamily.UniformIntegers))
            {
                continue; // of the two kinds of uniform, the one that the values are of
            }

            if (WhyNot(family, values, areWhole) is { } reason)
            {
                leftOut.Add(new UnfitFamily(ParametricDistribution.NameOf(family), reason));
                continue;
            }

            var member = Fit(family, values);
            fits.Add(new ParametricFit(member, lost(member)));
        }

        return new FitRanking([.. fits.OrderBy(fit => fit.LostNats)], leftOut);
    }

    // D(p ‖ q), with q by its logarithms.
    private static double Lost(ReadOnlySpan<double> p, ReadOnlySpan<double> logQ)
    {
        var sum = new CompensatedSum();
        for (var i = 0; i < p.Length; i++)
        {
            sum.Add(p[i] > 0 ? p[i] * (Math.Log(p[i]) - logQ[i]) : 0);
        }

        return Math.Max(0, sum.Value); // −1e-17 is 0 rounded
    }
}

/// <summary>A family no member of which can have the sample's values.</summary>
/// <param name="Name">The family's name.</param>
/// <param name="Reason">Why: <c>needs values above 0, and the least is −24</c>.</param>
public sealed record UnfitFamily(string Name, string Reason);

/// <summary>The families' best members for a sample.</summary>
/// <param name="Fits">The one that loses least first.</param>
/// <param name="LeftOut">The families that cannot have such values.</param>
public sealed record FitRanking(IReadOnlyList<ParametricFit> Fits, IReadOnlyList<UnfitFamily> LeftOut);
