using System.Text;

namespace DriftMonitor.Core.Binning;

/// <summary>Bins of a category: one for each listed value, and <c>unseen</c> for every other.</summary>
public sealed class CategoricalBinning : FieldBinning
{
    private static readonly string[] Specials = ["unseen", "missing", "wrong_type"];
    private readonly string[] _values;
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _bins;

    /// <summary>Bins for the given values, in their order.</summary>
    /// <exception cref="ArgumentException">No value, or a value twice.</exception>
    public CategoricalBinning(IReadOnlyList<string> values)
        : base(values.Count, Specials)
    {
        if (values.Count == 0)
        {
            throw new ArgumentException("categories need at least one value");
        }

        _values = [.. values];
        var bins = new Dictionary<byte[], int>(Utf8Comparer.Instance);
        for (var i = 0; i < _values.Length; i++)
        {
            if (!bins.TryAdd(Encoding.UTF8.GetBytes(_values[i]), i))
            {
                throw new ArgumentException($"the category \"{_values[i]}\" stands twice in the list");
            }
        }

        _bins = bins.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>The listed values, in the order of their bins.</summary>
    public IReadOnlyList<string> Values => _values;

    /// <summary>The bin of a value that is not listed.</summary>
    public int Unseen => Regular;

    /// <summary>
    /// The k most frequent values of a sample as categories, the most frequent first, ties in ordinal order; what is left counts as <c>unseen</c>.
    /// </summary>
    /// <exception cref="ArgumentException">The sample is empty.</exception>
    public static CategoricalBinning MostFrequent(IEnumerable<KeyValuePair<string, long>> sample, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        var values = sample.Where(entry => entry.Value > 0)
            .OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal)
            .Take(k).Select(entry => entry.Key);
        return new CategoricalBinning([.. values]);
    }

    /// <summary>The bin of a value given in UTF-8; nothing is allocated.</summary>
    public int BinOf(ReadOnlySpan<byte> utf8) => _bins.TryGetValue(utf8, out var bin) ? bin : Unseen;

    /// <inheritdoc/>
    public override string Label(int bin) => bin < Regular ? _values[bin] : SpecialNames[bin - Regular];

    /// <inheritdoc/>
    public override bool IsSameAs(FieldBinning other) => other is CategoricalBinning categorical && categorical._values.AsSpan().SequenceEqual(_values);

    /// <summary>Values without enough events are no longer listed, and count as <c>unseen</c>; where none has enough, the most frequent one stays.</summary>
    /// <inheritdoc/>
    public override FieldBinning Pooled(ReadOnlySpan<long> counts, double least)
    {
        RequireCounts(counts);
        var known = counts[..Regular].ToArray();
        var kept = _values.Where((_, bin) => known[bin] >= least).ToList();
        return new CategoricalBinning(kept.Count > 0 ? kept : [_values[known.Index().MaxBy(bin => bin.Item).Index]]);
    }
}
