using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Streaming.References;

namespace DriftMonitor.Samples;

/// <summary>The numbers of a sample, to which distributions are fitted, and the bins in which the fits are compared.</summary>
/// <param name="Values">The numbers with their shares; for a reference, the midpoints of its bins.</param>
/// <param name="Binning">The bins; null if all numbers are whole, and each is compared by itself.</param>
/// <param name="Shares">The share of each bin, including special bins; null without bins.</param>
/// <param name="AreMidpoints">Whether the values are midpoints of bins, because only the counts of the bins are known.</param>
/// <param name="Ignored">How many values were ignored because they are not finite numbers.</param>
internal sealed record NumericSample(WeightedValues Values, NumericBinning? Binning, Distribution? Shares, bool AreMidpoints, long Ignored)
{
    private static readonly BinsChoice Deciles = BinsChoice.Parse("quantiles:10");

    /// <summary>What people should know about how the bins were found, one line each; usually empty.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    /// <summary>Fits all families and ranks them, best first.</summary>
    public FitRanking Rank() => Binning is null ? ParametricFit.RankOnIntegers(Values)
        : AreMidpoints ? ParametricFit.RankOnCounts(Values, Binning, Shares!)
        : ParametricFit.RankOnBins(Values, Binning, Shares!);

    /// <summary>
    /// The numbers of a column, of an array (the weights of 0, 1, 2, …), of an object (its labels are numbers), or of a reference's bins.
    /// </summary>
    /// <param name="given">The sample as given.</param>
    /// <param name="choice">The bins of a column; null for each whole number by itself, or deciles if some are not whole.</param>
    /// <exception cref="UsageException">It has no numbers, or families cannot be fitted to them.</exception>
    public static NumericSample Of(GivenDistribution given, BinsChoice? choice)
    {
        if (choice is not null && given is not GivenColumn)
        {
            throw new UsageException($"--bins and --edges apply only to a CSV column, and {given.Name} is not one: leave them out");
        }

        return given switch
        {
            GivenColumn column => OfColumn(column, choice),
            GivenWeights weights => OfWeights(weights),
            _ => OfReference((GivenReference)given),
        };
    }

    // A variance needs squares, which overflow or underflow beyond these magnitudes.
    private static WeightedValues RequireSquarable(GivenDistribution given, WeightedValues values)
    {
        foreach (var value in values.Values)
        {
            if (value != 0 && Math.Abs(value) is < 1e-150 or > 1e150)
            {
                throw new UsageException(FormattableString.Invariant(
                    $"{given.Name} contains {value}: families are fitted to 0 and to magnitudes from 1e-150 to 1e150: use another unit"));
            }
        }

        return values;
    }

    private static NumericSample OfColumn(GivenColumn column, BinsChoice? choice)
    {
        var numbers = column.Sample.FiniteNumbers();
        if (numbers.Length == 0)
        {
            throw new UsageException($"{column.Name} has no number in any of {column.Sample.Count} rows: use a column of numbers");
        }

        var ignored = column.Sample.Count - numbers.Length;
        var values = RequireSquarable(column, WeightedValues.FromSample(numbers));
        if (choice is null && values.AreIntegers)
        {
            return new NumericSample(values, null, null, AreMidpoints: false, ignored);
        }

        var chosen = PairedDistributions.CreateBins(column, choice ?? Deciles);
        if (chosen.Binning is not NumericBinning binning)
        {
            throw new UsageException($"{column.Name}: families are fitted to numbers, not categories: use --bins quantiles:10 or --edges");
        }

        var counts = new long[binning.Count];
        foreach (var number in numbers)
        {
            counts[binning.BinOf(number)]++;
        }

        return new NumericSample(values, binning, Distribution.FromCounts(counts), AreMidpoints: false, ignored) { Notes = chosen.Notes };
    }

    private static NumericSample OfWeights(GivenWeights given)
    {
        var places = new double[given.Shares.Count];
        for (var bin = 0; bin < places.Length; bin++)
        {
            places[bin] = given.Labels is null ? bin
                : PairedDistributions.ParseNumber(given.Labels[bin])
                ?? throw new UsageException(
                    $"{given.Name}: the label \"{given.Labels[bin]}\" is not a number: families are fitted to numbers, "
                    + "so use numbers as labels, for example {\"0\":0.2,\"1\":0.8}");
        }

        var weights = places.Zip(given.Shares.Probabilities.ToArray(), KeyValuePair.Create);
        var values = RequireSquarable(given, given.Counted is { } counted
            ? WeightedValues.FromCounts(weights.Select(weight => KeyValuePair.Create(weight.Key, weight.Value * counted)))
            : WeightedValues.FromWeights(weights));
        if (values.AreIntegers)
        {
            return new NumericSample(values, null, null, AreMidpoints: false, 0);
        }

        if (values.Values.Length == 1)
        {
            throw new UsageException($"{given.Name} has only one number, which is not whole: use a sample with more numbers");
        }

        // Each number gets a bin that reaches halfway to its neighbours.
        var at = values.Values.ToArray();
        var edges = new double[at.Length + 1];
        for (var i = 1; i < at.Length; i++)
        {
            edges[i] = NumericBinning.Middle(at[i - 1], at[i]);
        }

        edges[0] = at[0] - (edges[1] - at[0]);
        edges[^1] = Math.Max(at[^1] + (at[^1] - edges[^2]), Math.BitIncrement(at[^1]));
        var binning = new NumericBinning(edges);
        var shares = Distribution.FromProbabilities([.. values.Shares, .. new double[binning.Count - binning.Regular]]);
        return new NumericSample(values, binning, shares, AreMidpoints: false, 0);
    }

    private static NumericSample OfReference(GivenReference given)
    {
        var reference = given.File.Reference;
        if (reference.Binning is not NumericBinning binning)
        {
            throw new UsageException($"{given.Name} has categories, but families are fitted to numbers: use a reference with edges");
        }

        var counts = reference.Counts.ToArray();
        var ignored = counts[binning.NaN] + counts[binning.Missing] + counts[binning.WrongType];
        (counts[binning.NaN], counts[binning.Missing], counts[binning.WrongType]) = (0, 0, 0);
        if (counts.AsSpan(0, binning.Regular).IndexOfAnyExcept(0L) < 0)
        {
            throw new UsageException($"{given.Name} has no event between its edges: use a reference with numbers");
        }

        var edges = binning.Edges.ToArray();
        var bins = Enumerable.Range(0, binning.Regular);
        var midpoints = bins.Select(bin => KeyValuePair.Create(edges[bin] / 2 + edges[bin + 1] / 2, (double)counts[bin]));
        var values = RequireSquarable(given, WeightedValues.FromCounts(midpoints));

        // As --bins integers makes them: each midpoint is then the value itself.
        var areIntegers = values.AreIntegers && bins.All(bin => edges[bin + 1] - edges[bin] == 1);
        return new NumericSample(values, binning, Distribution.FromCounts(counts), !areIntegers, ignored);
    }
}
