using System.Text;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Calibration;

/// <summary>
/// The categories of a series: at most <see cref="ValueCounts.MostLabels"/>. Of those that first occur in the same pane, the first in
/// ordinal order are kept; the others count as unseen.
/// </summary>
internal sealed class LabelTable : ValueTable
{
    private readonly List<byte[]> _labels = []; // from index Specials on
    private readonly Dictionary<byte[], int> _indexes = new(Utf8Comparer.Instance);

    /// <summary>Whether a category was left out because there were too many.</summary>
    public bool IsFull { get; private set; }

    /// <inheritdoc/>
    public override int Count => Specials + _labels.Count;

    /// <summary>The <see cref="ValueLabel"/> of each category, in the order of their indexes.</summary>
    public IReadOnlyList<byte[]> Labels => _labels;

    /// <summary>Restores a table without values.</summary>
    public void Restore(IEnumerable<byte[]> labels, bool isFull)
    {
        IsFull = isFull;
        foreach (var label in labels)
        {
            _indexes[label] = Count;
            _labels.Add(label);
        }
    }

    /// <inheritdoc/>
    public override int[]? Admit(ValueCounts pane)
    {
        var added = pane.Labels.Keys.Where(label => !_indexes.ContainsKey(label)).ToArray();
        Array.Sort(added, (a, b) => a.AsSpan().SequenceCompareTo(b));
        var kept = Math.Min(added.Length, ValueCounts.MostLabels - _labels.Count);
        foreach (var label in added.AsSpan(0, kept))
        {
            _indexes[label] = Count;
            _labels.Add(label);
        }

        IsFull |= kept < added.Length || pane.HasManyLabels;
        return null;
    }

    /// <inheritdoc/>
    public override void Sum(ValueCounts pane, long[] counts)
    {
        counts[Missing] += pane.Missing;
        counts[WrongType] += pane.Composites;
        counts[Unseen] += pane.WithoutLabel;
        foreach (var (label, count) in pane.Labels)
        {
            counts[_indexes.GetValueOrDefault(label, Unseen)] += count;
        }
    }

    /// <inheritdoc/>
    public override int BinOf(int index, FieldBinning binning) =>
        SpecialBinOf(index, binning) is >= 0 and var special ? special
        : binning is CategoricalBinning categories ? ValueLabel.BinOf(_labels[index - Specials], categories)
        : 0;

    /// <inheritdoc/>
    public override FieldBinning? FindBins(ReadOnlySpan<long> counts, int bins)
    {
        var sample = new Dictionary<string, long>(StringComparer.Ordinal);
        for (var i = 0; i < _labels.Count && Specials + i < counts.Length; i++)
        {
            if (counts[Specials + i] > 0)
            {
                var text = Encoding.UTF8.GetString(ValueLabel.TextOf(_labels[i]));
                sample[text] = sample.GetValueOrDefault(text) + counts[Specials + i];
            }
        }

        return sample.Count == 0 ? null : CategoricalBinning.MostFrequent(sample, bins);
    }
}
