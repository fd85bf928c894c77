using System.Text;

namespace DriftMonitor.Core.Binning;

/// <summary>Bins of a categorical field: one for each listed value, and <c>unseen</c> for all others.</summary>
public sealed class CategoricalBinning : FieldBinning
{
    private static readonly string[] Specials = ["unseen", "missing", "wrong_type"];
    private readonly string[] _values;
    private readonly CategoryTable _table;

    /// <summary>Creates one bin for each value, in the given order.</summary>
    /// <param name="values">At least one value, all different.</param>
    /// <exception cref="ArgumentException">There is no value, or a value is repeated.</exception>
    public CategoricalBinning(IReadOnlyList<string> values)
        : base(values.Count, Specials)
    {
        if (values.Count == 0)
        {
            throw new ArgumentException("categories need at least one value");
        }

        _values = [.. values];
        var known = new HashSet<byte[]>(Utf8Comparer.Instance);
        if (Array.Find(_values, value => !known.Add(Encoding.UTF8.GetBytes(value))) is { } repeated)
        {
            throw new ArgumentException($"the category \"{repeated}\" is in the list twice");
        }

        _table = new CategoryTable(_values);
    }

    /// <summary>The listed values, in the order of their bins.</summary>
    public IReadOnlyList<string> Values => _values;

    /// <summary>The bin of a value that is not listed.</summary>
    public int Unseen => Regular;

    /// <summary>
    /// Creates bins for the k most frequent values of a sample, the most frequent first, ties in ordinal order. All other values count as
    /// <c>unseen</c>.
    /// </summary>
    /// <param name="sample">The values with their counts. A value with count 0 gets no bin.</param>
    /// <param name="k">The number of bins, at least 1; fewer are made if the sample has fewer values.</param>
    /// <exception cref="ArgumentException">The sample is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">k is less than 1.</exception>
    public static CategoricalBinning MostFrequent(IEnumerable<KeyValuePair<string, long>> sample, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        var values = sample.Where(entry => entry.Value > 0)
            .OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal)
            .Take(k).Select(entry => entry.Key);
        return new CategoricalBinning([.. values]);
    }

    /// <summary>The bin of a value in UTF-8. Allocates nothing.</summary>
    public int BinOf(ReadOnlySpan<byte> utf8) => _table.Find(utf8) is >= 0 and var bin ? bin : Unseen;

    /// <inheritdoc/>
    public override string Label(int bin) => bin < Regular ? _values[bin] : SpecialNames[bin - Regular];

    /// <inheritdoc/>
    public override bool IsSameAs(FieldBinning other) =>
        other is CategoricalBinning categorical && categorical._values.AsSpan().SequenceEqual(_values);

    /// <summary>
    /// Removes the values with too few events from the list, so that they count as <c>unseen</c>. If no value has enough, the most frequent
    /// one stays.
    /// </summary>
    /// <inheritdoc/>
    public override FieldBinning PoolRareBins(ReadOnlySpan<long> counts, double minimum)
    {
        RequireCounts(counts);
        var known = counts[..Regular].ToArray();
        var kept = _values.Where((_, bin) => known[bin] >= minimum).ToList();
        return new CategoricalBinning(kept.Count > 0 ? kept : [_values[known.Index().MaxBy(bin => bin.Item).Index]]);
    }
}
