namespace DriftMonitor.Core.Binning;

/// <summary>
/// How the values of a field fall into bins: regular bins, then the special bins, so that every value has a bin.
/// A rise of nulls, of strings among numbers, or of values out of range is drift too.
/// </summary>
/// <remarks>
/// Bin indices run from 0: the regular bins first, then the special ones in the order of <see cref="SpecialNames"/>.
/// Two implementations exist, <see cref="NumericBinning"/> and <see cref="CategoricalBinning"/>, and no other can.
/// </remarks>
public abstract class FieldBinning
{
    private protected FieldBinning(int regular, IReadOnlyList<string> specialNames)
    {
        Regular = regular;
        SpecialNames = specialNames;
    }

    /// <summary>The number of regular bins.</summary>
    public int Regular { get; }

    /// <summary>The special bins' names, as reference files and labels write them.</summary>
    public IReadOnlyList<string> SpecialNames { get; }

    /// <summary>The number of all bins.</summary>
    public int Count => Regular + SpecialNames.Count;

    /// <summary>The bin of an absent or null value.</summary>
    public int Missing => Count - 2;

    /// <summary>The bin of a value whose type does not fit the field.</summary>
    public int WrongType => Count - 1;

    /// <summary>The name of a bin for people and labels: <c>[0, 15)</c>, <c>UA</c>, <c>missing</c>.</summary>
    public abstract string Label(int bin);

    /// <summary>
    /// The pseudo-counts αᵢ: α for a regular bin; the special bins share one α among them, so that bins which are almost always empty
    /// do not bend a small reference (DESIGN of the smoothing: src/DriftMonitor.Core/README.md).
    /// </summary>
    public double[] PseudoCounts(double alpha)
    {
        var pseudo = new double[Count];
        pseudo.AsSpan(0, Regular).Fill(alpha);
        pseudo.AsSpan(Regular).Fill(alpha / SpecialNames.Count);
        return pseudo;
    }

    /// <summary>Coarser bins of the same kind, of which each regular one holds enough events, or which are a single one.</summary>
    /// <param name="counts">The events in each bin of this binning, special bins included.</param>
    /// <param name="least">How many events are enough.</param>
    /// <exception cref="ArgumentException">The counts are not one for each bin.</exception>
    public abstract FieldBinning Pooled(ReadOnlySpan<long> counts, double least);

    /// <summary>Whether two binnings give every value the same bin.</summary>
    public abstract bool IsSameAs(FieldBinning other);

    private protected void RequireCounts(ReadOnlySpan<long> counts)
    {
        if (counts.Length != Count)
        {
            throw new ArgumentException($"{counts.Length} counts for {Count} bins: there must be one for each");
        }
    }
}
