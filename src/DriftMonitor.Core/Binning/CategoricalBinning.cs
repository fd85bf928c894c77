using System.Text;

namespace DriftMonitor.Core.Binning;

/// <summary>Bins of a categorical field: one for each listed value, and <c>unseen</c> for all others.</summary>
public sealed class CategoricalBinning : FieldBinning
{
    private const int LongestNumber = 256; // bytes; longer cells are texts

    private static readonly string[] Specials = ["unseen", "missing", "wrong_type"];
    private readonly string[] _values;
    private readonly CategoryTable _table;
    private readonly CategoryTable _numbers; // the values in which numbers are looked up: the same, with numbers by their labels

    /// <summary>Creates one bin for each value, in the given order.</summary>
    /// <param name="values">At least one value, all different.</param>
    /// <param name="areNumberLabels">
    /// Whether the values are those of a field of numbers: numbers among them are replaced by their <see cref="NumberLabel"/>.
    /// </param>
    /// <exception cref="ArgumentException">There is no value, or a value is repeated.</exception>
    public CategoricalBinning(IReadOnlyList<string> values, bool areNumberLabels = false)
        : base(values.Count, Specials)
    {
        if (values.Count == 0)
        {
            throw new ArgumentException("categories need at least one value");
        }

        AreNumberLabels = areNumberLabels;
        _values = [.. areNumberLabels ? values.Select(value => NumberLabel.Of(value) ?? value) : values];
        var known = new HashSet<byte[]>(Utf8Comparer.Instance);
        if (Array.Find(_values, value => !known.Add(Encoding.UTF8.GetBytes(value))) is { } repeated)
        {
            throw new ArgumentException($"the category \"{repeated}\" is in the list twice");
        }

        _table = new CategoryTable(_values);
        _numbers = FindNumbers();
    }

    /// <summary>
    /// Whether the field is one of numbers, so that equal numbers in cells of CSV are one category, as numbers of JSON always are.
    /// </summary>
    public bool AreNumberLabels { get; }

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
    /// <param name="areNumberLabels">Whether the field is one of numbers, and the values are labels of numbers.</param>
    /// <exception cref="ArgumentException">The sample is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">k is less than 1.</exception>
    public static CategoricalBinning MostFrequent(IEnumerable<KeyValuePair<string, long>> sample, int k, bool areNumberLabels = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        var values = sample.Where(entry => entry.Value > 0)
            .OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal)
            .Take(k).Select(entry => entry.Key);
        return new CategoricalBinning([.. values], areNumberLabels);
    }

    /// <summary>The bin of a text in UTF-8. Allocates nothing.</summary>
    public int BinOf(ReadOnlySpan<byte> utf8) => _table.Find(utf8) is >= 0 and var bin ? bin : Unseen;

    /// <summary>The bin of a number. Allocates nothing.</summary>
    /// <param name="label">Its <see cref="NumberLabel"/>.</param>
    public int BinOfNumber(ReadOnlySpan<byte> label) => _numbers.Find(label) is >= 0 and var bin ? bin : Unseen;

    /// <summary>The bin of a cell of CSV in UTF-8: that of a number where the field is one of numbers. Allocates nothing.</summary>
    public int BinOfCell(ReadOnlySpan<byte> utf8)
    {
        if (_table.Find(utf8) is >= 0 and var bin)
        {
            return bin;
        }

        var number = utf8.Trim(" \t"u8);
        Span<byte> label = stackalloc byte[LongestNumber + NumberLabel.MostAdded];
        return AreNumberLabels && number.Length <= LongestNumber && NumberLabel.TryWrite(number, label, out var length)
            ? BinOfNumber(label[..length])
            : Unseen;
    }

    /// <inheritdoc/>
    public override string Label(int bin) => bin < Regular ? _values[bin] : SpecialNames[bin - Regular];

    /// <inheritdoc/>
    public override bool IsSameAs(FieldBinning other) =>
        other is CategoricalBinning categorical
        && categorical._values.AsSpan().SequenceEqual(_values)
        && categorical.AreNumberLabels == AreNumberLabels;

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
        return new CategoricalBinning(
            kept.Count > 0 ? kept : [_values[known.Index().MaxBy(bin => bin.Item).Index]], AreNumberLabels);
    }

    // A number is found under its label where that is listed, and otherwise under the first value that is equal to it: 17 under "17.0".
    private CategoryTable FindNumbers()
    {
        var taken = new HashSet<string>(_values, StringComparer.Ordinal);
        string[] numbers = Array.ConvertAll(
            _values, value => NumberLabel.Of(value) is { } label && taken.Add(label) ? label : value);
        return numbers.AsSpan().SequenceEqual(_values) ? _table : new CategoryTable(numbers);
    }
}
