using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Binning;

/// <summary>
/// The binning of a field: regular bins, then special bins, so that every value has a bin.
/// An increase of nulls, of strings among numbers, or of values out of range is drift too.
/// </summary>
/// <remarks>
/// Bin indices start at 0: first the regular bins, then the special ones in the order of <see cref="SpecialNames"/>.
/// The only implementations are <see cref="NumericBinning"/>, <see cref="CategoricalBinning"/>, <see cref="PairBinning"/> of two fields,
/// and, before there are bins, <see cref="UnknownBinning"/>.
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

    /// <summary>The names of the special bins, as in reference files and labels.</summary>
    public IReadOnlyList<string> SpecialNames { get; }

    /// <summary>The number of all bins, regular and special.</summary>
    public int Count => Regular + SpecialNames.Count;

    /// <summary>The index of the bin of absent and null values.</summary>
    public int Missing => Count - 2;

    /// <summary>The index of the bin of values whose type does not match the field.</summary>
    public int WrongType => Count - 1;

    /// <summary>The display name of a bin, also used in labels: <c>[0, 15)</c>, <c>UA</c>, <c>missing</c>.</summary>
    public abstract string Label(int bin);

    /// <summary>
    /// The pseudo-counts αᵢ: α for each regular bin; the special bins share one α equally, so that bins which are almost always empty
    /// do not distort a small reference. The smoothing is described in src/DriftMonitor.Core/README.md.
    /// </summary>
    /// <param name="alpha">α.</param>
    /// <returns>One pseudo-count for each bin, special bins included.</returns>
    public double[] PseudoCounts(double alpha)
    {
        var pseudo = new double[Count];
        pseudo.AsSpan(0, Regular).Fill(alpha);
        pseudo.AsSpan(Regular).Fill(alpha / SpecialNames.Count);
        return pseudo;
    }

    /// <summary>Pools rare bins until each regular bin has enough events or only one is left.</summary>
    /// <param name="counts">The number of events in each bin of this binning, special bins included.</param>
    /// <param name="minimum">The number of events that a regular bin needs.</param>
    /// <returns>A binning of the same kind, coarser or the same.</returns>
    /// <exception cref="ArgumentException">There is not exactly one count for each bin.</exception>
    public abstract FieldBinning PoolRareBins(ReadOnlySpan<long> counts, double minimum);

    /// <summary>Whether two binnings put every value into the same bin.</summary>
    public abstract bool IsSameAs(FieldBinning other);

    private protected void RequireCounts(ReadOnlySpan<long> counts)
    {
        if (counts.Length != Count)
        {
            throw new ArgumentException($"{counts.Length} counts for {Count} bins: there must be one for each");
        }
    }

    /// <summary>Saves bins, or loads them.</summary>
    /// <exception cref="StateException">There are no such bins.</exception>
    internal static FieldBinning Exchange(StateExchange state, FieldBinning? binning)
    {
        if (binning is PairBinning)
        {
            throw new NotSupportedException("no reference that is learned has pairs");
        }

        if (state.Flag(binning is NumericBinning))
        {
            var numbers = binning as NumericBinning;
            return new NumericBinning(state.Numbers(numbers is null ? [] : numbers.Edges))
            {
                ReadsTextNumbers = state.Flag(numbers?.ReadsTextNumbers ?? false),
            };
        }

        List<string> values = binning is CategoricalBinning categories ? [.. categories.Values] : [];
        state.List(values, (ref string value) =>
        {
            value ??= "";
            state.Text(ref value);
        });
        return new CategoricalBinning(values, state.Flag(binning is CategoricalBinning { AreNumberLabels: true }));
    }
}
