using System.Globalization;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Metrics;
using DriftMonitor.Streaming.References;

namespace DriftMonitor.Samples;

/// <summary>Two distributions over the same bins.</summary>
/// <remarks>
/// Arrays are matched by position, objects by label; a label that one side lacks has probability 0 there.
/// The bins of values come from Q only, as the bins of a monitor come from its reference: from a reference file, from labels,
/// or from the values of a column. Without a pseudo-count, both sides are as counted. With one, which needs counts, Q is smoothed
/// like a monitor's reference and P like its window, so that each measure equals the monitor's.
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

    /// <summary>The labels of the bins.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The first distribution. For a monitor, it is the current one.</summary>
    public Distribution P { get; }

    /// <summary>The second distribution. For a monitor, it is the reference.</summary>
    public Distribution Q { get; }

    /// <summary>P as the second argument of a divergence: smoothed if Q is smoothed, otherwise P itself.</summary>
    public Distribution SmoothedP { get; private init; }

    /// <summary>The bins that have an order, ascending; none for categories.</summary>
    public IReadOnlyList<int> Ordered { get; private init; } = [];

    /// <summary>
    /// The positions of the bins on the number axis, ascending; a bin between edges is at its midpoint. None for categories and arrays.
    /// </summary>
    public IReadOnlyList<(int Bin, double Place)> Places { get; private init; } = [];

    /// <summary>
    /// What people should know about the bins and about values that they do not hold, one line each that starts with <c>note:</c> or
    /// <c>warning:</c>.
    /// </summary>
    public IReadOnlyList<string> Remarks { get; private init; } = [];

    /// <summary>Puts two distributions over the same bins.</summary>
    /// <param name="p">The first.</param>
    /// <param name="q">The second, the reference.</param>
    /// <param name="choice">How to bin two columns; null for the default.</param>
    /// <param name="pseudoCount">
    /// The pseudo-count α, applied as in a monitor (<see cref="FieldBinning.PseudoCounts"/>); 0 for none.
    /// </param>
    /// <exception cref="UsageException">They cannot be compared; the message says what can.</exception>
    public static PairedDistributions Pair(GivenDistribution p, GivenDistribution q, BinsChoice? choice = null, double pseudoCount = 0)
    {
        if (pseudoCount > 0 && q is GivenWeights)
        {
            throw new UsageException(
                $"--alpha smooths counts, but {q.Name} is weights: leave it out, or use a CSV column or a reference file");
        }

        if (choice is not null && (p, q) is not (GivenColumn, GivenColumn))
        {
            throw new UsageException("--bins and --edges apply only if P and Q are both CSV columns: leave them out");
        }

        return (p, q) switch
        {
            (GivenWeights { Labels: null } a, GivenWeights { Labels: null } b) => ByPosition(a, b),
            (GivenWeights { Labels: { } ofP } a, GivenWeights { Labels: { } ofQ } b) => ByLabel(a, ofP, b, ofQ),
            (GivenColumn a, GivenColumn b) => OverColumns(CreateBins(b, choice ?? BinsChoice.Auto), a, b, pseudoCount),
            (GivenColumn a, GivenReference { File.Reference: var reference }) =>
                OverBins(
                    reference.Binning,
                    a.Sample.CountBins(reference.Binning),
                    reference.Counts,
                    pseudoCount,
                    BinRemarks.OfTypes(a.Name, reference.Binning, a.Sample.CountBins(reference.Binning))),
            (GivenColumn a, GivenWeights { Labels: { } labels } b) => OverLabels(a, new CategoricalBinning(labels), b.Shares),
            (GivenReference a, GivenReference b) => a.File.Reference.Binning.IsSameAs(b.File.Reference.Binning)
                ? OverBins(b.File.Reference.Binning, a.File.Reference.Counts, b.File.Reference.Counts, pseudoCount)
                : throw new UsageException(
                    $"{a.Name} and {b.Name} have different bins: build one of them with the bins of the other "
                    + "(`driftmonitor reference build --edges …`)"),
            (GivenWeights, GivenWeights) => throw new UsageException(
                $"{p.Name} and {q.Name}: one is an array (bins by position) and the other an object (bins by label): "
                + "use the same form for both"),
            (not GivenColumn, GivenColumn) => throw new UsageException(
                $"{q.Name} is a sample and {p.Name} is not, but bins come from Q only: give the sample as P, or give two samples"),
            _ => throw new UsageException(
                $"{p.Name} and {q.Name} cannot be compared: use two arrays, two objects, two CSV columns, two reference files, "
                + "or a CSV column as P and a reference file or an object as Q"),
        };
    }

    /// <summary>Makes distributions of counts of the same labels, without an order.</summary>
    /// <param name="labels">The labels.</param>
    /// <param name="p">How often each occurs in P; at least one is above 0.</param>
    /// <param name="q">How often each occurs in Q; at least one is above 0.</param>
    /// <param name="pseudoCount">The pseudo-count α of each label; 0 for none.</param>
    public static PairedDistributions OfCounts(
        IReadOnlyList<string> labels, ReadOnlySpan<long> p, ReadOnlySpan<long> q, double pseudoCount)
    {
        var alpha = new double[labels.Count];
        Array.Fill(alpha, pseudoCount);
        return new PairedDistributions(labels, Distribution.FromCounts(p), Distribution.FromCounts(q, alpha))
        {
            SmoothedP = Distribution.FromCounts(p, alpha),
        };
    }

    private static PairedDistributions ByPosition(GivenWeights p, GivenWeights q)
    {
        if (p.Shares.Count != q.Shares.Count)
        {
            throw new UsageException(
                $"{p.Name} has {p.Shares.Count} weights and {q.Name} has {q.Shares.Count}: arrays are matched by position, "
                + "so give both the same number");
        }

        var bins = Enumerable.Range(0, p.Shares.Count).ToList();
        var labels = bins.ConvertAll(bin => bin.ToString(CultureInfo.InvariantCulture));
        return new PairedDistributions(labels, p.Shares, q.Shares) { Ordered = bins };
    }

    private static PairedDistributions ByLabel(GivenWeights p, IReadOnlyList<string> ofP, GivenWeights q, IReadOnlyList<string> ofQ)
    {
        string[] labels = [.. ofQ.Union(ofP, StringComparer.Ordinal)];
        var places = Array.ConvertAll(labels, ParseNumber);
        var isAxis = Array.TrueForAll(places, place => place is not null) && places.Distinct().Count() == places.Length;
        if (isAxis)
        {
            Array.Sort(places, labels);
        }

        return new PairedDistributions(labels, Rearrange(labels, ofP, p.Shares), Rearrange(labels, ofQ, q.Shares))
        {
            Ordered = isAxis ? [.. Enumerable.Range(0, labels.Length)] : [],
            Places = isAxis ? [.. places.Select((place, bin) => (bin, place!.Value))] : [],
        };
    }

    private static Distribution Rearrange(string[] labels, IReadOnlyList<string> given, Distribution shares)
    {
        var share = given.Zip(shares.Probabilities.ToArray()).ToDictionary(StringComparer.Ordinal);
        return Distribution.FromProbabilities(Array.ConvertAll(labels, label => share.GetValueOrDefault(label)));
    }

    /// <summary>The value of a label that is a finite number; null for other labels.</summary>
    internal static double? ParseNumber(string label) =>
        double.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    /// <summary>Makes bins from the values of a column.</summary>
    /// <exception cref="UsageException">The choice of bins does not suit the values.</exception>
    internal static ChosenBins CreateBins(GivenColumn q, BinsChoice choice)
    {
        try
        {
            return choice.For(q.Sample);
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"cannot make bins of {q.Name}: {e.Message}", e);
        }
    }

    private static PairedDistributions OverColumns(ChosenBins chosen, GivenColumn p, GivenColumn q, double pseudoCount)
    {
        var binning = chosen.Binning;
        var (ofP, ofQ) = (p.Sample.CountBins(binning), q.Sample.CountBins(binning));
        var crowded = q.Sample.FindCrowdedBin(binning, [.. q.Sample.Bins(binning)]);
        return OverBins(binning, ofP, ofQ, pseudoCount,
        [
            .. chosen.Notes.Select(note => $"note: {q.Name}: {note}"),
            .. BinRemarks.Of(q.Name, binning, ofQ, crowded),
            .. BinRemarks.OfTypes(p.Name, binning, ofP),
        ]);
    }

    // Without a pseudo-count, special bins that are empty on both sides are left out, as most are.
    private static PairedDistributions OverBins(
        FieldBinning binning, ReadOnlySpan<long> p, ReadOnlySpan<long> q, double pseudoCount, IEnumerable<string>? remarks = null)
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
        long[] countsP = [.. bins.Select(bin => ofP[bin])], countsQ = [.. bins.Select(bin => ofQ[bin])];
        double[] alpha = [.. bins.Select(bin => pseudo[bin])];
        var labels = bins.ConvertAll(binning.Label);
        var (shareP, smoothedP, smoothedQ) =
            (Distribution.FromCounts(countsP), Distribution.FromCounts(countsP, alpha), Distribution.FromCounts(countsQ, alpha));
        if (binning is not NumericBinning numeric)
        {
            return new PairedDistributions(labels, shareP, smoothedQ) { SmoothedP = smoothedP, Remarks = [.. remarks ?? []] };
        }

        int[] axis = [numeric.Below, .. Enumerable.Range(0, numeric.Regular), numeric.Above];
        return new PairedDistributions(labels, shareP, smoothedQ)
        {
            SmoothedP = smoothedP,
            Remarks = [.. remarks ?? []],
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
            Distribution.FromProbabilities(Array.ConvertAll(bins, bin => bin < q.Count ? q[bin] : 0)))
        {
            Remarks = [.. BinRemarks.OfTypes(p.Name, binning, counts)],
        };
    }
}
