using System.Globalization;
using DriftMonitor.Core.Binning;

namespace DriftMonitor.Streaming.References;

/// <summary>How a reference's bins are found: given edges, a rule for its numbers, its most frequent categories, or, without a choice, what its values suggest.</summary>
public sealed record BinsChoice
{
    /// <summary>A bin that expects fewer events than this is rare: χ² describes divergences badly where there are many of them (src/DriftMonitor.Core/README.md, pooling).</summary>
    public const int FewestExpected = 5;

    private const string Given = "edges";
    private const string Quantiles = "quantiles";
    private const string Equal = "equal";
    private const string Log = "log";
    private const string Integers = "integers";
    private const string FreedmanDiaconis = "fd";
    private const string Doane = "doane";
    private const string Categories = "categories";

    // The kinds as people write them, and how many bins each makes unless told; null where the sample tells.
    private static readonly (string Kind, int? Bins)[] Known = [(Quantiles, 10), (Equal, 20), (Log, 20), (Integers, null), (FreedmanDiaconis, null), (Doane, null), (Categories, 20)];

    /// <summary>Deciles where most values are numbers, else the 20 most frequent values.</summary>
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

    /// <summary>The kinds that <see cref="Parse"/> takes.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [.. Known.Select(known => known.Kind)];

    /// <summary>What can be written: each kind, with its number of bins where it takes one.</summary>
    public static IReadOnlyList<string> Forms { get; } = [.. Known.Select(known => FormOf(known.Kind))];

    /// <summary>Whether values are to be taken as categories, numbers too; null where the values decide.</summary>
    public bool? IsCategorical => _kind is null ? null : _kind == Categories;

    /// <summary>
    /// Bins that expect fewer events than this in a shortest window are pooled; 0 for none, null where the kind decides: <see cref="FewestExpected"/> for those whose number
    /// of bins a rule finds, and which therefore nobody has chosen, else none.
    /// </summary>
    public int? MinExpected { get; init; }

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
            return new BinsChoice(Given, bins: null, new NumericBinning(edges));
        }
        catch (ArgumentException e)
        {
            throw new FormatException(e.Message, e);
        }
    }

    /// <summary>A way to find bins, as <c>quantiles:10</c>, <c>equal:20</c>, <c>log:20</c>, <c>integers</c>, <c>fd</c>, <c>doane</c> or <c>categories:20</c>.</summary>
    /// <exception cref="FormatException">None of them, or a number of bins that cannot be.</exception>
    public static BinsChoice Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var kind = colon < 0 ? text : text[..colon];
        if (!Kinds.Contains(kind))
        {
            throw new FormatException($"there is no such kind of bins: write {string.Join(", ", Forms.SkipLast(1))} or {Forms[^1]}, or give --edges");
        }

        if (colon < 0)
        {
            return new BinsChoice(kind, bins: null);
        }

        return FormOf(kind) == kind ? throw new FormatException($"{kind} finds the number of bins itself: write {kind}")
            : int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var bins) && bins is >= 1 and <= NumericBinning.MaximumBins ? new BinsChoice(kind, bins)
            : throw new FormatException($"the number of bins is 1 to {NumericBinning.MaximumBins}: write {FormOf(kind)}, for example");
    }

    /// <summary>The bins for a sample.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="share">The share of the sample's events that a shortest window holds on average, above 0: a bin with n of them expects n · share in it; 1 where nothing slides over it.</param>
    /// <exception cref="ArgumentException">No such bins can be made of the sample; the message is one line with what it holds instead, and the remedy.</exception>
    public ChosenBins For(FieldSample sample, double share = 1)
    {
        var notes = new List<string>();
        var found = Find(sample, notes);
        if ((MinExpected ?? (_kind is FreedmanDiaconis or Doane ? FewestExpected : 0)) is var least and > 0)
        {
            var pooled = found.PoolRareBins(sample.CountBins(found), least / share);
            if (pooled.Regular < found.Regular)
            {
                notes.Add(found is CategoricalBinning
                    ? $"{found.Regular - pooled.Regular} of {found.Regular} values count as unseen: each expects fewer than {least} events in the shortest window"
                    : pooled.Regular == 1 ? $"{found.Regular} bins are pooled to one, as no two of them would expect {least} events each in the shortest window"
                    : $"{found.Regular} bins are pooled to {pooled.Regular}, for each to expect {least} events or more in the shortest window");
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
                notes.Add($"{sample.NumbersWithoutText} numbers count as unseen, as {FieldSample.MostNumberTexts} distinct ones came before them: --bins {FormOf(Categories)} counts each");
            }

            return sample.CountTexts().Any()
                ? CategoricalBinning.MostFrequent(sample.CountTexts(), _kind is null ? BinsOf(Categories) : _bins)
                : throw new ArgumentException($"categories need strings, numbers or booleans, and its {sample.Count} events hold {sample.Describe()}; name a field within the object");
        }

        var numbers = sample.FiniteNumbers();
        if (numbers.Length == 0)
        {
            throw new ArgumentException(
                $"{_kind ?? Quantiles} bins need finite numbers, and its {sample.Count} events hold {sample.Describe()}; {(sample.HasTexts ? "use --bins categories:20" : "is the name right?")}");
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
                _ => ByRule(numbers, notes),
            };
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"{e.Message}; use --bins quantiles:10, or give --edges", e);
        }
    }

    private NumericBinning ByRule(double[] sorted, List<string> notes)
    {
        var rule = _kind == Doane ? BinCount.Doane(sorted) : BinCount.FreedmanDiaconis(sorted);
        if (rule is null)
        {
            notes.Add("half of the numbers or more are equal, so that their interquartile range is 0 and fd has no width: Doane's rule in its place");
        }

        var bins = rule ?? BinCount.Doane(sorted);
        var range = sorted[^1] - sorted[0];
        var hasEdges = Math.Max(-sorted[0], sorted[^1]) <= NumericBinning.LargestInteger;
        if (hasEdges && range < Math.Min(bins, NumericBinning.MaximumBins) && Array.TrueForAll(sorted, double.IsInteger))
        {
            // Bins narrower than the step between whole numbers would be a comb, with teeth that are empty for ever.
            return NumericBinning.FromIntegers(sorted);
        }

        if (bins > NumericBinning.MaximumBins)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{_kind} asks for {(bins < 1e6 ? $"{bins}" : $"{bins:0.#e+0}")} bins, as a few values lie far off: {NumericBinning.MaximumBins} are made"));
        }

        return NumericBinning.FromEqualWidths(sorted, (int)Math.Min(bins, NumericBinning.MaximumBins));
    }
}

/// <summary>The bins found for a sample.</summary>
/// <param name="Binning">The bins.</param>
/// <param name="Notes">What people should know of how they were found, a line each; mostly nothing.</param>
public sealed record ChosenBins(FieldBinning Binning, IReadOnlyList<string> Notes);
