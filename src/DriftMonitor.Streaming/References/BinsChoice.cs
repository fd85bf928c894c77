using System.Globalization;
using DriftMonitor.Core.Binning;

namespace DriftMonitor.Streaming.References;

/// <summary>
/// How a reference's bins are found: given edges, a rule for its numbers, its most frequent categories or, without a choice, depending on
/// its values.
/// </summary>
public sealed record BinsChoice
{
    /// <summary>
    /// A bin that expects fewer events than this is rare: χ² describes divergences badly if there are many rare bins
    /// (src/DriftMonitor.Core/README.md, pooling).
    /// </summary>
    public const int FewestExpected = 5;

    private const string Given = "edges";
    private const string Quantiles = "quantiles";
    private const string Equal = "equal";
    private const string Log = "log";
    private const string Integers = "integers";
    private const string FreedmanDiaconis = "fd";
    private const string Doane = "doane";
    private const string Categories = "categories";

    // The kinds as people write them, and the default number of bins of each; null if the sample decides.
    private static readonly (string Kind, int? Bins)[] Known =
        [(Quantiles, 10), (Equal, 20), (Log, 20), (Integers, null), (FreedmanDiaconis, null), (Doane, null), (Categories, 20)];

    /// <summary>
    /// Deciles if most values are numbers (each value by itself if there are at most 20), otherwise the 20 most frequent values.
    /// </summary>
    public static readonly BinsChoice Auto = new(kind: null, bins: null);

    private readonly string? _kind;
    private readonly int _bins;
    private readonly NumericBinning? _edges;

    private BinsChoice(string? kind, int? bins, NumericBinning? edges = null)
    {
        _kind = kind;
        _bins = bins ?? BinsOf(kind);
        _edges = edges;
    }

    /// <summary>The kinds that <see cref="Parse"/> accepts.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [.. Known.Select(known => known.Kind)];

    /// <summary>Each kind as it can be written, with its default number of bins if it has one.</summary>
    public static IReadOnlyList<string> Forms { get; } = [.. Known.Select(known => FormOf(known.Kind))];

    /// <summary>Whether values, including numbers, are treated as categories; null if the values decide.</summary>
    public bool? IsCategorical => _kind is null ? null : _kind == Categories;

    /// <summary>
    /// Bins that expect fewer events than this in a shortest window are pooled; 0 to pool none. Null if the kind decides:
    /// <see cref="FewestExpected"/> for the kinds whose number of bins is found by a rule, so that nobody has chosen it; none for the
    /// others.
    /// </summary>
    public int? MinExpected { get; init; }

    /// <summary>Reads given edges, <c>e0,e1,…</c>.</summary>
    /// <exception cref="FormatException">They are not numbers, or do not increase.</exception>
    public static BinsChoice Edges(string text)
    {
        var edges = new List<double>();
        foreach (var (i, part) in text.Split(',').Index())
        {
            edges.Add(double.TryParse(part.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var edge)
                ? edge
                : throw new FormatException($"edge {i} is \"{part}\": write numbers separated by commas, such as -15,0,15,60"));
        }

        try
        {
            return new BinsChoice(Given, bins: null, new NumericBinning(edges));
        }
        catch (ArgumentException e)
        {
            throw new FormatException(e.Message, e);
        }
    }

    /// <summary>A bin for each of the most frequent values.</summary>
    /// <param name="values">How many, at least 1.</param>
    public static BinsChoice MostFrequent(int values) => new(Categories, values);

    /// <summary>
    /// Reads a way to find bins: <c>quantiles:10</c>, <c>equal:20</c>, <c>log:20</c>, <c>integers</c>, <c>fd</c>, <c>doane</c> or
    /// <c>categories:20</c>.
    /// </summary>
    /// <exception cref="FormatException">None of these, or a number of bins that is not possible.</exception>
    public static BinsChoice Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var kind = colon < 0 ? text : text[..colon];
        if (!Kinds.Contains(kind))
        {
            throw new FormatException(
                $"there is no such kind of bins: write {string.Join(", ", Forms.SkipLast(1))} or {Forms[^1]}, or give --edges");
        }

        if (colon < 0)
        {
            return new BinsChoice(kind, bins: null);
        }

        if (FormOf(kind) == kind)
        {
            throw new FormatException($"{kind} finds the number of bins itself: write {kind}");
        }

        const int most = NumericBinning.MaximumBins;
        var number = text.AsSpan(colon + 1);
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var bins) && bins is >= 1 and <= most
            ? new BinsChoice(kind, bins)
            : throw new FormatException($"the number of bins must be 1 to {most}: write {FormOf(kind)}, for example");
    }

    /// <summary>Finds the bins for a sample.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="share">
    /// The share of the sample's events that a shortest window contains on average, above 0: a bin with n of the sample's events expects n
    /// · share events in a window. 1 if there are no windows.
    /// </param>
    /// <exception cref="ArgumentException">
    /// There are no such bins for the sample; the message is one line that says what the sample contains instead, and the remedy.
    /// </exception>
    public ChosenBins For(FieldSample sample, double share = 1)
    {
        var notes = new List<string>();
        var found = Find(sample, notes);
        if (found is NumericBinning numbers && sample.ReadsTextNumbers)
        {
            found = new NumericBinning(numbers.Edges.ToArray()) { ReadsTextNumbers = true };
            var remedy = sample.IsDerived ? "" : $": use --bins {FormOf(Categories)} to count them as categories";
            notes.Add($"{sample.TextNumbers} of {sample.Strings} strings are numbers and are read as numbers (text_numbers){remedy}");
        }
        else if (_kind is null && found is CategoricalBinning && sample.LeadingZero is { } zero)
        {
            notes.Add(
                $"numbers with leading zeros, such as \"{zero}\", are taken for categories: "
                + $"use --bins {FormOf(Quantiles)} to read them as numbers");
        }

        if ((MinExpected ?? (_kind is FreedmanDiaconis or Doane ? FewestExpected : 0)) is var least and > 0)
        {
            var pooled = found.PoolRareBins(sample.CountBins(found), least / share);
            if (pooled.Regular < found.Regular)
            {
                notes.Add(found is CategoricalBinning
                    ? $"{found.Regular - pooled.Regular} of {found.Regular} values count as unseen: "
                        + $"each expects fewer than {least} events in the shortest window"
                    : pooled.Regular == 1
                        ? $"{found.Regular} bins are pooled to one, because no two bins would each expect {least} events "
                            + "in the shortest window"
                        : $"{found.Regular} bins are pooled to {pooled.Regular}, so that each expects at least {least} events "
                            + "in the shortest window");
            }

            found = pooled;
        }

        return new ChosenBins(found, notes);
    }

    private static string FormOf(string kind) => BinsOf(kind) is > 0 and var bins ? $"{kind}:{bins}" : kind;

    private static int BinsOf(string? kind) => Known.FirstOrDefault(known => known.Kind == kind).Bins ?? 0;

    private FieldBinning Find(FieldSample sample, List<string> notes)
    {
        if (_edges is not null)
        {
            return _edges;
        }

        if (sample.IsMissing)
        {
            throw new ArgumentException($"it is missing from all {sample.Count} events; is the name right?");
        }

        if (IsCategorical ?? !sample.IsMostlyNumbers)
        {
            if (sample.NumbersWithoutText > 0)
            {
                notes.Add(
                    $"{sample.NumbersWithoutText} numbers count as unseen, because they came after {FieldSample.MostNumberTexts} "
                    + $"distinct ones: use --bins {FormOf(Categories)} to count each");
            }

            var categories = sample.CountCategories().ToList();
            return categories.Count > 0
                ? CategoricalBinning.MostFrequent(categories, _kind is null ? BinsOf(Categories) : _bins, sample.HasNumberLabels)
                : throw new ArgumentException(
                    $"categories need strings, numbers or booleans, but its {sample.Count} events contain {sample.Describe()}; "
                    + "name a field within the object");
        }

        var numbers = sample.FiniteNumbers();
        if (numbers.Length == 0)
        {
            throw new ArgumentException(
                $"{_kind ?? Quantiles} bins need finite numbers, but its {sample.Count} events contain {sample.Describe()}; "
                + (sample.HasTexts ? "use --bins categories:20" : "is the name right?"));
        }

        Array.Sort(numbers);
        try
        {
            return _kind switch
            {
                null => NumericBinning.FromQuantiles(numbers, BinsOf(Quantiles)),
                Quantiles => NumericBinning.FromQuantiles(numbers, _bins),
                Equal => NumericBinning.FromEqualWidths(numbers, _bins),
                Log => NumericBinning.FromEqualRatios(numbers, _bins),
                Integers => NumericBinning.FromIntegers(numbers),
                _ => FindByRule(numbers, notes),
            };
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"{e.Message}; use --bins quantiles:10, or give --edges", e);
        }
    }

    private NumericBinning FindByRule(double[] sorted, List<string> notes)
    {
        var rule = _kind == Doane ? BinCount.Doane(sorted) : BinCount.FreedmanDiaconis(sorted);
        if (rule is null)
        {
            notes.Add(
                "at least half of the numbers are equal, so their interquartile range is 0 and fd gives no bin width: "
                + "Doane's rule is used instead");
        }

        var bins = rule ?? BinCount.Doane(sorted);
        var range = sorted[^1] - sorted[0];
        var hasEdges = Math.Max(-sorted[0], sorted[^1]) <= NumericBinning.LargestInteger;
        if (hasEdges && range < Math.Min(bins, NumericBinning.MaximumBins) && Array.TrueForAll(sorted, double.IsInteger))
        {
            // Bins narrower than the step between whole numbers would be like a comb: many of them always empty.
            return NumericBinning.FromIntegers(sorted);
        }

        if (bins > NumericBinning.MaximumBins)
        {
            var asked = bins < 1e6 ? bins.ToString(CultureInfo.InvariantCulture) : bins.ToString("0.#e+0", CultureInfo.InvariantCulture);
            notes.Add($"{_kind} gives {asked} bins because of a few outliers: {NumericBinning.MaximumBins} are made");
        }

        return NumericBinning.FromEqualWidths(sorted, (int)Math.Min(bins, NumericBinning.MaximumBins));
    }
}
