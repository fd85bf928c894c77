using System.Globalization;
using DriftMonitor.Core.Binning;

namespace DriftMonitor.Streaming.References;

/// <summary>How a reference's bins are found: given edges, quantiles of its numbers, its most frequent categories, or, without a choice, what its values suggest.</summary>
public sealed record BinsChoice
{
    private const int DefaultQuantiles = 10;
    private const int DefaultCategories = 20;

    /// <summary>Deciles where most values are numbers, else the 20 most frequent values.</summary>
    public static readonly BinsChoice Auto = new();

    private NumericBinning? _edges;
    private int? _quantiles;
    private int? _categories;

    private BinsChoice()
    {
    }

    /// <summary>Whether values are to be taken as categories, numbers too; null where the values decide.</summary>
    public bool? IsCategorical => _categories is not null ? true : _edges is not null || _quantiles is not null ? false : null;

    /// <summary>Given edges, as <c>e0,e1,…</c>.</summary>
    /// <exception cref="FormatException">Not numbers, or not increasing.</exception>
    public static BinsChoice Edges(string text)
    {
        var edges = new List<double>();
        foreach (var (i, part) in text.Split(',').Index())
        {
            edges.Add(double.TryParse(part.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var edge)
                ? edge
                : throw new FormatException($"edge {i} is \"{part}\": write numbers with commas between them, such as -15,0,15,60"));
        }

        try
        {
            return new BinsChoice { _edges = new NumericBinning(edges) };
        }
        catch (ArgumentException e)
        {
            throw new FormatException(e.Message, e);
        }
    }

    /// <summary>A way to find bins, as <c>quantiles:10</c> or <c>categories:20</c>.</summary>
    /// <exception cref="FormatException">Neither.</exception>
    public static BinsChoice Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? text : text[..colon];
        var count = 0;
        var isCounted = colon >= 0;
        if (!isCounted || (int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out count) && count is >= 1 and <= 1000))
        {
            switch (name)
            {
                case "quantiles":
                    return new BinsChoice { _quantiles = isCounted ? count : DefaultQuantiles };
                case "categories":
                    return new BinsChoice { _categories = isCounted ? count : DefaultCategories };
                default:
                    break;
            }
        }

        throw new FormatException($"\"{text}\" names no bins: write quantiles:10 or categories:20 (1 to 1000), or give --edges");
    }

    /// <summary>The bins for a sample.</summary>
    /// <exception cref="ArgumentException">The sample has no value to make them of.</exception>
    public FieldBinning For(FieldSample sample)
    {
        if (_edges is not null)
        {
            return _edges;
        }

        if (IsCategorical ?? !sample.IsMostlyNumbers)
        {
            return CategoricalBinning.MostFrequent(sample.CountTexts(), _categories ?? DefaultCategories);
        }

        var numbers = sample.FiniteNumbers();
        Array.Sort(numbers);
        return NumericBinning.FromQuantiles(numbers, _quantiles ?? DefaultQuantiles);
    }
}
