using System.Runtime.InteropServices;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Windows;

/// <summary>The values of a pane and how often each occurs, for bins that are found later.</summary>
/// <remarks>
/// Bounded whatever comes: numbers are kept with fewer bits where there would be more than <see cref="FineNumber.MostBins"/> different
/// ones, and of the texts of a partition only the first <see cref="MostLabels"/> are kept, up to <see cref="LongestLabel"/> bytes each.
/// The sum of several partitions does not depend on their order.
/// </remarks>
public sealed class ValueCounts
{
    /// <summary>The most different texts.</summary>
    public const int MostLabels = 16_384;

    /// <summary>Longer texts, in bytes of UTF-8, are not kept.</summary>
    public const int LongestLabel = 1024;

    private readonly ValueViews _views;
    private readonly Dictionary<long, long> _numbers = [];
    private readonly Dictionary<byte[], long> _labels = new(Utf8Comparer.Instance);
    private readonly Dictionary<byte[], long>.AlternateLookup<ReadOnlySpan<byte>> _byText;

    /// <summary>Without a value.</summary>
    /// <param name="views">How values are counted.</param>
    public ValueCounts(ValueViews views)
    {
        _views = views;
        _byText = _labels.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>How values are counted.</summary>
    internal ValueViews Views => _views;

    /// <summary>Numbers by the key of their fine bin, at <see cref="Level"/>; those in strings apart.</summary>
    public IReadOnlyDictionary<long, long> Numbers => _numbers;

    /// <summary>How many bits less than usual the keys of numbers have.</summary>
    public int Level { get; private set; }

    /// <summary>Categories by their <see cref="ValueLabel"/>, numbers among them.</summary>
    public IReadOnlyDictionary<byte[], long> Labels => _labels;

    /// <summary>Values of a category that is not kept: beyond <see cref="MostLabels"/>, too long, or no valid Unicode.</summary>
    public long WithoutLabel { get; private set; }

    /// <summary>Whether there were more texts than <see cref="MostLabels"/>.</summary>
    public bool HasManyLabels { get; private set; }

    /// <summary>Absent values.</summary>
    public long Missing { get; private set; }

    /// <summary>Objects and arrays.</summary>
    public long Composites { get; private set; }

    /// <summary>Texts that are no numbers.</summary>
    public long PlainTexts { get; private set; }

    /// <summary>The kinds of the values.</summary>
    public ValueKinds Kinds { get; } = new();

    /// <summary>All values.</summary>
    public long Events { get; private set; }

    /// <summary>Counts a value.</summary>
    public void Add(in FieldValue value)
    {
        Events++;
        switch (value.Kind)
        {
            case FieldValueKind.Missing:
                Missing++;
                return;
            case FieldValueKind.Composite:
                Composites++;
                return;
        }

        Kinds.Add(value);
        if ((_views & ValueViews.Numbers) != 0)
        {
            AddNumber(value);
        }

        if ((_views & ValueViews.Labels) != 0)
        {
            AddLabel(value);
        }
    }

    /// <summary>Adds the values of another partition's pane.</summary>
    public void Add(ValueCounts other)
    {
        Events += other.Events;
        Missing += other.Missing;
        Composites += other.Composites;
        PlainTexts += other.PlainTexts;
        WithoutLabel += other.WithoutLabel;
        HasManyLabels |= other.HasManyLabels;
        Kinds.Add(other.Kinds);
        KeepLevel(other.Level);
        foreach (var (key, count) in other._numbers)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_numbers, FineNumber.Coarsen(key, Level), out _) += count;
        }

        KeepLevel(Level);
        foreach (var (label, count) in other._labels)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_labels, label, out _) += count;
        }
    }

    private void AddNumber(in FieldValue value)
    {
        if (value.Kind == FieldValueKind.Text)
        {
            PlainTexts++;
            return;
        }

        var key = FineNumber.Coarsen(FineNumber.KeyOf(value.Number), Level);
        key = value.Kind == FieldValueKind.TextNumber ? FineNumber.MarkInText(key) : key;
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, key, out var isKnown);
        count++;
        if (!isKnown && _numbers.Count > FineNumber.MostBins)
        {
            KeepLevel(Level);
        }
    }

    private void AddLabel(in FieldValue value)
    {
        if (!value.HasLabel || value.Label.Length > LongestLabel)
        {
            WithoutLabel++;
            return;
        }

        Span<byte> buffer = stackalloc byte[ValueLabel.LongestFor(LongestLabel)];
        var key = ValueLabel.Write(value.Label, value.IsJsonToken, buffer);
        ref var count = ref CollectionsMarshal.GetValueRefOrNullRef(_byText, key);
        if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref count))
        {
            count++;
        }
        else if (_labels.Count < MostLabels)
        {
            _labels.Add(key.ToArray(), 1);
        }
        else
        {
            WithoutLabel++;
            HasManyLabels = true;
        }
    }

    // The least level from the given one on at which there are not too many numbers.
    private void KeepLevel(int level)
    {
        while (level > Level || _numbers.Count > FineNumber.MostBins)
        {
            Level = Math.Max(level, Level + 1);
            var finer = _numbers.ToArray();
            _numbers.Clear();
            foreach (var (key, count) in finer)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(_numbers, FineNumber.Coarsen(key, Level), out _) += count;
            }
        }
    }

    internal void Exchange(StateExchange state)
    {
        Level = (int)state.Number(Level);
        WithoutLabel = state.Number(WithoutLabel);
        HasManyLabels = state.Flag(HasManyLabels);
        (Missing, Composites, PlainTexts) = (state.Number(Missing), state.Number(Composites), state.Number(PlainTexts));
        Kinds.Exchange(state);
        Events = state.Number(Events);

        // In their order, in which tables give indexes to values.
        List<KeyValuePair<long, long>> numbers = [.. _numbers];
        state.List(numbers, (ref KeyValuePair<long, long> number) => number = new(state.Number(number.Key), state.Number(number.Value)));
        List<KeyValuePair<byte[], long>> labels = [.. _labels];
        state.List(labels, (ref KeyValuePair<byte[], long> label) =>
        {
            var text = label.Key ?? [];
            state.Bytes(ref text);
            label = new(text, state.Number(label.Value));
        });
        if (state.IsLoading)
        {
            numbers.ForEach(number => _numbers.Add(number.Key, number.Value));
            labels.ForEach(label => _labels.Add(label.Key, label.Value));
        }
    }
}
