namespace DriftMonitor.Core.Binning;

/// <summary>
/// Bins of two fields together: pairs of a bin of each. Pairs without a bin of their own count as <c>rare</c>, and events of which a field
/// is missing or of the wrong type as <c>missing</c> and <c>wrong_type</c>.
/// </summary>
/// <remarks>
/// An event is counted at its place, one for each pair, so that the joint distribution is known whatever pairs are pooled. A place belongs
/// to one bin. The bins of numbers out of range, NaN and unseen categories make pairs as the regular ones do.
/// </remarks>
public sealed class PairBinning : FieldBinning
{
    /// <summary>The largest number of pairs of regular bins.</summary>
    public const int MostPairs = 4096;

    private const int NoValues = 2; // special bins of a field: missing and wrong_type
    private static readonly string[] Specials = ["rare", "missing", "wrong_type"];

    private readonly int[] _binOfPlace;

    /// <summary>Creates a bin for each pair of regular bins.</summary>
    /// <param name="first">The bins of the first field.</param>
    /// <param name="second">The bins of the second field.</param>
    /// <exception cref="ArgumentException">There are more than <see cref="MostPairs"/> pairs.</exception>
    public PairBinning(FieldBinning first, FieldBinning second)
        : this(first, second, AllPairs(first, second))
    {
    }

    /// <summary>Creates a bin for each given pair.</summary>
    /// <param name="first">The bins of the first field.</param>
    /// <param name="second">The bins of the second field.</param>
    /// <param name="kept">The pairs, at least one, none twice.</param>
    /// <exception cref="ArgumentException">
    /// There are more than <see cref="MostPairs"/> pairs of regular bins, or a given pair is repeated or does not exist.
    /// </exception>
    public PairBinning(FieldBinning first, FieldBinning second, IReadOnlyList<(int First, int Second)> kept)
        : base(kept.Count, Specials)
    {
        RequireRoom(first, second);
        (First, Second, Kept) = (first, second, kept);
        (Rows, Columns) = (first.Count - NoValues, second.Count - NoValues);
        _binOfPlace = new int[Rows * Columns + NoValues];
        Array.Fill(_binOfPlace, Rare);
        (_binOfPlace[MissingPlace], _binOfPlace[WrongTypePlace]) = (Missing, WrongType);
        if (kept.Count == 0)
        {
            throw new ArgumentException("pairs need at least one with a bin of its own");
        }

        foreach (var (bin, (x, y)) in kept.Index())
        {
            if (x < 0 || x >= Rows || y < 0 || y >= Columns)
            {
                throw new ArgumentException($"pair {bin} is [{x}, {y}], and there are {Rows} bins of the first field and {Columns} "
                    + "of the second, counted from 0");
            }

            ref var known = ref _binOfPlace[x * Columns + y];
            known = known == Rare ? bin : throw new ArgumentException($"the pair [{x}, {y}] is in the list twice");
        }
    }

    /// <summary>The bins of the first field.</summary>
    public FieldBinning First { get; }

    /// <summary>The bins of the second field.</summary>
    public FieldBinning Second { get; }

    /// <summary>The pairs with a bin of their own, in the order of the bins.</summary>
    public IReadOnlyList<(int First, int Second)> Kept { get; }

    /// <summary>The bins of the first field that hold values: all but missing and wrong_type.</summary>
    public int Rows { get; }

    /// <summary>The bins of the second field that hold values.</summary>
    public int Columns { get; }

    /// <summary>The number of places: one for each pair, row by row, then missing and wrong_type.</summary>
    public int Places => _binOfPlace.Length;

    /// <summary>The place of events of which a field is missing, and none is of the wrong type.</summary>
    public int MissingPlace => Rows * Columns;

    /// <summary>The place of events of which a field is of the wrong type.</summary>
    public int WrongTypePlace => Rows * Columns + 1;

    /// <summary>The bin of pairs without a bin of their own.</summary>
    public int Rare => Regular;

    /// <summary>The place of an event.</summary>
    /// <param name="first">The bin of its first field.</param>
    /// <param name="second">The bin of its second field.</param>
    public int PlaceOf(int first, int second) =>
        first < Rows && second < Columns ? first * Columns + second
        : first == First.WrongType || second == Second.WrongType ? WrongTypePlace
        : MissingPlace;

    /// <summary>The bin that a place belongs to.</summary>
    public int BinOfPlace(int place) => _binOfPlace[place];

    /// <summary>Adds up the counts of places in their bins.</summary>
    public long[] CountBins(ReadOnlySpan<long> places)
    {
        var counts = new long[Count];
        for (var place = 0; place < places.Length; place++)
        {
            counts[_binOfPlace[place]] += places[place];
        }

        return counts;
    }

    /// <summary>Gives the pairs that have enough events a bin of their own; if none has, the most frequent one.</summary>
    /// <param name="places">The number of events at each place.</param>
    /// <param name="minimum">The number that a pair of regular bins needs; 0 to keep each.</param>
    /// <param name="minimumOutside">The number that a pair with a bin out of range, NaN or unseen needs.</param>
    public PairBinning Keep(ReadOnlySpan<long> places, double minimum, double minimumOutside)
    {
        var (kept, most) = (new List<(int First, int Second)>(), 0);
        for (var place = 0; place < Rows * Columns; place++)
        {
            var (x, y) = (place / Columns, place % Columns);
            var isRegular = x < First.Regular && y < Second.Regular;
            if (places[place] >= (isRegular ? minimum : minimumOutside))
            {
                kept.Add((x, y));
            }

            most = places[place] > places[most] ? place : most;
        }

        return new PairBinning(First, Second, kept.Count > 0 ? kept : [(most / Columns, most % Columns)]);
    }

    /// <summary>
    /// Categories with the labels of these bins: in number, order and smoothing they are the same, for what counts bins and not places.
    /// </summary>
    public CategoricalBinning AsCategories() => new([.. Enumerable.Range(0, Regular).Select(bin => $"{bin}: {Label(bin)}")]);

    /// <inheritdoc/>
    public override string Label(int bin) => bin < Regular
        ? $"{First.Label(Kept[bin].First)} × {Second.Label(Kept[bin].Second)}"
        : SpecialNames[bin - Regular];

    /// <inheritdoc/>
    public override FieldBinning PoolRareBins(ReadOnlySpan<long> counts, double minimum)
    {
        RequireCounts(counts);
        var known = counts[..Regular].ToArray();
        var kept = Kept.Where((_, bin) => known[bin] >= minimum).ToList();
        return new PairBinning(First, Second, kept.Count > 0 ? kept : [Kept[known.Index().MaxBy(bin => bin.Item).Index]]);
    }

    /// <inheritdoc/>
    public override bool IsSameAs(FieldBinning other) =>
        other is PairBinning pairs && pairs.First.IsSameAs(First) && pairs.Second.IsSameAs(Second) && pairs.Kept.SequenceEqual(Kept);

    private static void RequireRoom(FieldBinning first, FieldBinning second)
    {
        if ((long)first.Regular * second.Regular is > MostPairs and var pairs)
        {
            throw new ArgumentException(
                $"{first.Regular} bins and {second.Regular} bins are {pairs} pairs, and the limit is {MostPairs}: choose fewer bins");
        }
    }

    private static List<(int First, int Second)> AllPairs(FieldBinning first, FieldBinning second)
    {
        RequireRoom(first, second);
        return
        [
            .. from x in Enumerable.Range(0, first.Regular)
               from y in Enumerable.Range(0, second.Regular)
               select (x, y),
        ];
    }
}
