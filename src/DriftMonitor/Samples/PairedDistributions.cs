using System.Globalization;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Metrics;
using DriftMonitor.Streaming.References;

namespace DriftMonitor.Samples;

/// <summary>Two distributions over the same bins.</summary>
/// <remarks>
/// Arrays are matched by position, objects by label, where a label that one side lacks is 0 there. Bins of values come from Q alone, as a monitor's come from its reference: its reference file, its labels, or bins made of its column. Both sides are as counted, unless they are to be smoothed, which only counts can be: then Q is wherever a monitor's reference is, and P where a monitor's window is, so that each measure is the very number of a monitor.
/// </remarks>
internal sealed class PairedDistributions
{
    private PairedDistributions(IReadOnlyList<string> labels, Distribution p, Distribution q)
    {
        Labels = labels;
        P = p;
        Q = q;
        SmoothedP = p;
    }

    /// <summary>The bins' labels.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The first distribution, which a monitor would call current.</summary>
    public Distribution P { get; }

    /// <summary>The second, the reference.</summary>
    public Distribution Q { get; }

    /// <summary>P as it is where it stands on the right of a divergence: smoothed where Q is, else P itself.</summary>
    public Distribution SmoothedP { get; private init; }

    /// <summary>The bins that stand in an order, ascending; none for categories.</summary>
    public IReadOnlyList<int> Ordered { get; private init; } = [];

    /// <summary>Where bins lie on the axis of numbers, ascending: a bin between edges at its midpoint. None for categories, and for arrays, whose bins have a position only.</summary>
    public IReadOnlyList<(int Bin, double Place)> Places { get; private init; } = [];

    /// <summary>Puts two distributions over the same bins.</summary>
    /// <param name="p">The first.</param>
    /// <param name="q">The second, the reference.</param>
    /// <param name="choice">How bins are made where both are columns; null where nothing was chosen.</param>
    /// <param name="pseudoCount">α by which counts are smoothed as a monitor smooths them (<see cref="FieldBinning.PseudoCounts"/>); 0 for as counted.</param>
    /// <exception cref="GivenException">They do not go together; the message says what does.</exception>
    public static PairedDistributions Pair(GivenDistribution p, GivenDistribution q, BinsChoice? choice = null, double pseudoCount = 0)
    {
        if (pseudoCount > 0 && q is GivenWeights)
        {
            throw new GivenException($"--alpha smooths counts of values, and {q.Name} is weights: leave it out, or name a CSV column or a reference file");
        }

        if (choice is not null && (p, q) is not (GivenColumn, GivenColumn))
        {
            throw new GivenException("--bins and --edges make bins of a CSV column, and only where P and Q both are one: leave them out");
        }

        return (p, q) switch
        {
            (GivenWeights { Labels: null } a, GivenWeights { Labels: null } b) => ByPosition(a, b),
            (GivenWeights { Labels: { } ofP } a, GivenWeights { Labels: { } ofQ } b) => ByLabel(a, ofP, b, ofQ),
            (GivenColumn a, GivenColumn b) => Binned(BinsOf(b, choice ?? BinsChoice.Auto), a, b, pseudoCount),
            (GivenColumn a, GivenReference b) => OverBins(b.File.Reference.Binning, a.Sample.CountBins(b.File.Reference.Binning), b.File.Reference.Counts, pseudoCount),
            (GivenColumn a, GivenWeights { Labels: { } labels } b) => OverLabels(a, new CategoricalBinning(labels), b.Shares),
            (GivenReference a, GivenReference b) => a.File.Reference.Binning.IsSameAs(b.File.Reference.Binning)
                ? OverBins(b.File.Reference.Binning, a.File.Reference.Counts, b.File.Reference.Counts, pseudoCount)
                : throw new GivenException($"{a.Name} and {b.Name} have different bins: build one of them with the bins of the other (`driftmonitor reference build --edges …`)"),
            (GivenWeights, GivenWeights) => throw new GivenException($"{p.Name} and {q.Name}: one is an array, whose bins are known by position, and the other an object, whose bins are known by label: write both the same way"),
            (not GivenColumn, GivenColumn) => throw new GivenException($"{q.Name} is a sample, whose bins would have to come from {p.Name}, and bins come from Q alone: give the sample first, or two samples"),
            _ => throw new GivenException($"{p.Name} and {q.Name} do not go together: give two arrays, two objects, two CSV columns, two reference files, or a CSV column and then a reference file or an object"),
        };
    }

    private static PairedDistributions ByPosition(GivenWeights p, GivenWeights q)
    {
        if (p.Shares.Count != q.Shares.Count)
        {
            throw new GivenException($"{p.Name} has {p.Shares.Count} weights and {q.Name} has {q.Shares.Count}: arrays are matched by position, so write as many for both");
        }

        var bins = Enumerable.Range(0, p.Shares.Count).ToList();
        return new PairedDistributions([.. bins.Select(bin => bin.ToString(CultureInfo.InvariantCulture))], p.Shares, q.Shares) { Ordered = bins };
    }

    private static PairedDistributions ByLabel(GivenWeights p, IReadOnlyList<string> ofP, GivenWeights q, IReadOnlyList<string> ofQ)
    {
        string[] labels = [.. ofQ.Union(ofP, StringComparer.Ordinal)];
        var places = Array.ConvertAll(labels, NumberOf);
        var isAxis = Array.TrueForAll(places, place => place is not null) && places.Distinct().Count() == places.Length;
        if (isAxis)
        {
            Array.Sort(places, labels);
        }

        return new PairedDistributions(labels, Spread(labels, ofP, p.Shares), Spread(labels, ofQ, q.Shares))
        {
            Ordered = isAxis ? [.. Enumerable.Range(0, labels.Length)] : [],
            Places = isAxis ? [.. places.Select((place, bin) => (bin, place!.Value))] : [],
        };
    }

    private static Distribution Spread(string[] labels, IReadOnlyList<string> written, Distribution shares)
    {
        var share = written.Zip(shares.Probabilities.ToArray()).ToDictionary(StringComparer.Ordinal);
        return Distribution.FromProbabilities(Array.ConvertAll(labels, label => share.GetValueOrDefault(label)));
    }

    /// <summary>The number that a label is; null where it is none.</summary>
    internal static double? NumberOf(string label) =>
        double.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    /// <summary>A column's bins.</summary>
    /// <exception cref="GivenException">The choice gives none for its values.</exception>
    internal static FieldBinning BinsOf(GivenColumn q, BinsChoice choice)
    {
        try
        {
            return choice.For(q.Sample).Binning;
        }
        catch (ArgumentException e)
        {
            throw new GivenException($"no bins can be made of {q.Name}: {e.Message}", e);
        }
    }

    private static PairedDistributions Binned(FieldBinning binning, GivenColumn p, GivenColumn q, double pseudoCount) => OverBins(binning, p.Sample.CountBins(binning), q.Sample.CountBins(binning), pseudoCount);

    // As counted, a special bin that is empty on both sides is left out: most always are.
    private static PairedDistributions OverBins(FieldBinning binning, ReadOnlySpan<long> p, ReadOnlySpan<long> q, double pseudoCount)
    {
        var bins = new List<int>();
        for (var bin = 0; bin < binning.Count; bin++)
        {
            if (bin < binning.Regular || p[bin] > 0 || q[bin] > 0 || pseudoCount > 0)
            {
                bins.Add(bin);
            }
        }

        long[] ofP = [.. p], ofQ = [.. q];
        var pseudo = binning.PseudoCounts(pseudoCount);
        var (countsP, countsQ, alpha) = (bins.ConvertAll(bin => ofP[bin]).ToArray(), bins.ConvertAll(bin => ofQ[bin]).ToArray(), bins.ConvertAll(bin => pseudo[bin]).ToArray());
        var pair = (Labels: bins.ConvertAll(binning.Label), P: Distribution.FromCounts(countsP), Q: Distribution.FromCounts(countsQ, alpha), SmoothedP: Distribution.FromCounts(countsP, alpha));
        if (binning is not NumericBinning numeric)
        {
            return new PairedDistributions(pair.Labels, pair.P, pair.Q) { SmoothedP = pair.SmoothedP };
        }

        int[] axis = [numeric.Below, .. Enumerable.Range(0, numeric.Regular), numeric.Above];
        return new PairedDistributions(pair.Labels, pair.P, pair.Q)
        {
            SmoothedP = pair.SmoothedP,
            Ordered = [.. axis.Select(bin => bins.IndexOf(bin)).Where(bin => bin >= 0)],
            Places = [.. Enumerable.Range(0, numeric.Regular).Select(bin => (bin, numeric.Edges[bin] / 2 + numeric.Edges[bin + 1] / 2))],
        };
    }

    private static PairedDistributions OverLabels(GivenColumn p, CategoricalBinning binning, Distribution q)
    {
        var counts = p.Sample.CountBins(binning);
        int[] bins = [.. Enumerable.Range(0, binning.Count).Where(bin => bin < binning.Regular || counts[bin] > 0)];
        return new PairedDistributions(
            [.. bins.Select(binning.Label)],
            Distribution.FromCounts(Array.ConvertAll(bins, bin => counts[bin])),
            Distribution.FromProbabilities(Array.ConvertAll(bins, bin => bin < q.Count ? q[bin] : 0)));
    }
}
