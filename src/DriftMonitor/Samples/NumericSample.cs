using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Samples;

/// <summary>Numbers that distributions can be fitted to, with the bins in which they are compared.</summary>
/// <param name="Values">The numbers with their shares; of a reference's bins, the midpoints.</param>
/// <param name="Binning">The bins; null where numbers are whole and compared one by one.</param>
/// <param name="Shares">The share of each bin, special bins included; null without bins.</param>
/// <param name="AreMidpoints">Whether the values stand for bins of which only the counts are known.</param>
/// <param name="LeftOut">How many values are no finite numbers, and were left out.</param>
internal sealed record NumericSample(WeightedValues Values, NumericBinning? Binning, Distribution? Shares, bool AreMidpoints, long LeftOut)
{
    private static readonly BinsChoice Deciles = BinsChoice.Parse("quantiles:10");

    /// <summary>The families' best members, ranked.</summary>
    public FitRanking Rank() => Binning is null ? ParametricFit.RankOnIntegers(Values)
        : AreMidpoints ? ParametricFit.RankOnCounts(Values, Binning, Shares!)
        : ParametricFit.RankOnBins(Values, Binning, Shares!);

    /// <summary>The numbers that were given: a column's, an array's weights of 0, 1, 2, …, an object's weights of the numbers that are its labels, or a reference's bins.</summary>
    /// <param name="given">What was given.</param>
    /// <param name="choice">The bins of a column; null for whole numbers one by one, and deciles otherwise.</param>
    /// <exception cref="GivenException">There are no numbers.</exception>
    public static NumericSample Of(GivenDistribution given, BinsChoice? choice)
    {
        if (choice is not null && given is not GivenColumn)
        {
            throw new GivenException($"--bins and --edges are for a CSV column, and {given.Name} is none: leave them out");
        }

        return given switch
        {
            GivenColumn column => OfColumn(column, choice),
            GivenWeights weights => OfWeights(weights),
            _ => OfReference((GivenReference)given),
        };
    }

    // Variances are of squares: beyond these magnitudes they overflow, or vanish.
    private static WeightedValues Squarable(GivenDistribution given, WeightedValues values)
    {
        foreach (var value in values.Values)
        {
            if (value != 0 && Math.Abs(value) is < 1e-150 or > 1e150)
            {
                throw new GivenException(FormattableString.Invariant($"{given.Name} holds {value}, and families are fitted to numbers from 1e-150 to 1e150 in magnitude, or 0: take another unit"));
            }
        }

        return values;
    }

    private static NumericSample OfColumn(GivenColumn column, BinsChoice? choice)
    {
        var numbers = column.Sample.FiniteNumbers();
        if (numbers.Length == 0)
        {
            throw new GivenException($"{column.Name} holds no number in any of {column.Sample.Count} rows: name a column of numbers");
        }

        var leftOut = column.Sample.Count - numbers.Length;
        var values = Squarable(column, WeightedValues.FromSample(numbers));
        if (choice is null && values.AreIntegers)
        {
            return new NumericSample(values, null, null, AreMidpoints: false, leftOut);
        }

        if (PairedDistributions.BinsOf(column, choice ?? Deciles) is not NumericBinning binning)
        {
            throw new GivenException($"{column.Name}: families of distributions need bins of numbers, and not categories: choose --bins quantiles:10 or --edges");
        }

        var counts = new long[binning.Count];
        foreach (var number in numbers)
        {
            counts[binning.BinOf(number)]++;
        }

        return new NumericSample(values, binning, Distribution.FromCounts(counts), AreMidpoints: false, leftOut);
    }

    private static NumericSample OfWeights(GivenWeights given)
    {
        var places = new double[given.Shares.Count];
        for (var bin = 0; bin < places.Length; bin++)
        {
            places[bin] = given.Labels is null ? bin
                : PairedDistributions.NumberOf(given.Labels[bin]) ?? throw new GivenException($"{given.Name}: the label \"{given.Labels[bin]}\" is no number: to fit distributions of a number, write weights of numbers, such as {{\"0\":0.2,\"1\":0.8}}");
        }

        var values = Squarable(given, WeightedValues.FromWeights(places.Zip(given.Shares.Probabilities.ToArray(), KeyValuePair.Create)));
        if (values.AreIntegers)
        {
            return new NumericSample(values, null, null, AreMidpoints: false, 0);
        }

        if (values.Values.Length == 1)
        {
            throw new GivenException($"{given.Name} has one number only, and no whole one: nothing can be fitted to it");
        }

        // A bin around each number, up to halfway to its neighbours.
        var at = values.Values.ToArray();
        var edges = new double[at.Length + 1];
        for (var i = 1; i < at.Length; i++)
        {
            edges[i] = at[i - 1] / 2 + at[i] / 2;
        }

        edges[0] = at[0] - (edges[1] - at[0]);
        edges[^1] = at[^1] + (at[^1] - edges[^2]);
        var binning = new NumericBinning(edges);
        return new NumericSample(values, binning, Distribution.FromProbabilities([.. values.Shares, .. new double[binning.Count - binning.Regular]]), AreMidpoints: false, 0);
    }

    private static NumericSample OfReference(GivenReference given)
    {
        var reference = given.File.Reference;
        if (reference.Binning is not NumericBinning binning)
        {
            throw new GivenException($"{given.Name} has categories, and families are distributions of numbers: name a reference with edges");
        }

        var counts = reference.Counts.ToArray();
        var others = counts[binning.NaN] + counts[binning.Missing] + counts[binning.WrongType];
        (counts[binning.NaN], counts[binning.Missing], counts[binning.WrongType]) = (0, 0, 0);
        if (counts.AsSpan(0, binning.Regular).IndexOfAnyExcept(0L) < 0)
        {
            throw new GivenException($"{given.Name} has no event between its edges: name a reference with numbers");
        }

        var edges = binning.Edges.ToArray();
        var values = Squarable(given, WeightedValues.FromWeights(Enumerable.Range(0, binning.Regular).Select(bin => KeyValuePair.Create(edges[bin] / 2 + edges[bin + 1] / 2, (double)counts[bin]))));
        var areIntegers = values.AreIntegers && Enumerable.Range(0, binning.Regular).All(bin => edges[bin + 1] - edges[bin] == 1); // as --bins integers makes them
        return new NumericSample(values, binning, Distribution.FromCounts(counts), !areIntegers, others);
    }
}
