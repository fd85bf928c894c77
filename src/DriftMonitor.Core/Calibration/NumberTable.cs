using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Calibration;

/// <summary>The fine bins of the numbers of a series: at most <see cref="FineNumber.MostBins"/>, with as few bits as that takes.</summary>
/// <param name="readsText">Whether numbers in JSON strings are numbers; null while that is not known, and they are kept apart.</param>
internal sealed class NumberTable(bool? readsText) : ValueTable
{
    private readonly List<long> _keys = []; // from index Specials on
    private Dictionary<long, int> _indexes = [];

    /// <summary>Whether numbers in JSON strings are numbers; null while that is not known.</summary>
    public bool? ReadsText => readsText;

    /// <summary>How many bits less than usual are kept.</summary>
    public int Level { get; private set; }

    /// <inheritdoc/>
    public override int Count => Specials + _keys.Count;

    /// <summary>The keys of the fine bins, in the order of their indexes.</summary>
    public IReadOnlyList<long> Keys => _keys;

    /// <summary>Restores a table without values.</summary>
    public void Restore(int level, IEnumerable<long> keys)
    {
        Level = level;
        foreach (var key in keys)
        {
            IndexOf(key);
        }
    }

    /// <summary>Decides whether numbers in strings are numbers.</summary>
    /// <returns>The new index of each one.</returns>
    public int[] Decide(bool isNumber)
    {
        readsText = isNumber;
        return Rebuild();
    }

    /// <inheritdoc/>
    public override int[]? Admit(ValueCounts pane)
    {
        int[]? moved = null;
        if (pane.Level > Level)
        {
            Level = pane.Level;
            moved = Rebuild();
        }

        foreach (var key in pane.Numbers.Keys)
        {
            IndexOf(key);
        }

        while (_keys.Count > FineNumber.MostBins)
        {
            Level++;
            var again = Rebuild();
            moved = moved is null ? again : Array.ConvertAll(moved, index => again[index]);
        }

        return moved;
    }

    /// <inheritdoc/>
    public override void Sum(ValueCounts pane, long[] counts)
    {
        counts[Missing] += pane.Missing;
        counts[WrongType] += pane.Composites + pane.PlainTexts;
        foreach (var (key, count) in pane.Numbers)
        {
            counts[IndexOf(key)] += count;
        }
    }

    /// <inheritdoc/>
    public override int BinOf(int index, FieldBinning binning) =>
        SpecialBinOf(index, binning) is >= 0 and var special ? special
        : binning is NumericBinning numbers ? numbers.BinOf(FineNumber.ValueOf(_keys[index - Specials]))
        : 0;

    /// <inheritdoc/>
    public override FieldBinning? FindBins(ReadOnlySpan<long> counts, int bins)
    {
        var sample = new List<(double Value, long Count)>();
        for (var i = 0; i < _keys.Count && Specials + i < counts.Length; i++)
        {
            if (counts[Specials + i] > 0 && FineNumber.ValueOf(_keys[i]) is var value && double.IsFinite(value))
            {
                sample.Add((value, counts[Specials + i]));
            }
        }

        sample.Sort((a, b) => a.Value.CompareTo(b.Value));
        return sample.Count == 0
            ? null
            : NumericBinning.FromQuantiles([.. sample.Select(one => one.Value)], [.. sample.Select(one => one.Count)], bins);
    }

    // Adds the key if it is new.
    private int IndexOf(long key)
    {
        if (FineNumber.IsInText(key) && readsText is { } areNumbers)
        {
            if (!areNumbers)
            {
                return WrongType;
            }

            key = FineNumber.WithoutMark(key);
        }

        key = FineNumber.Coarsen(key, Level);
        if (!_indexes.TryGetValue(key, out var index))
        {
            _indexes[key] = index = Count;
            _keys.Add(key);
        }

        return index;
    }

    private int[] Rebuild()
    {
        var old = _keys.ToArray();
        _keys.Clear();
        _indexes = new Dictionary<long, int>(old.Length);
        return [Missing, WrongType, Unseen, .. old.Select(IndexOf)];
    }
}
