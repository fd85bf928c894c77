using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DriftMonitor.Core.Binning;

/// <summary>
/// Bins of a numeric field: edges e₀ &lt; … &lt; eₙ give the bins [eᵢ, eᵢ₊₁), the last one closed. Values below e₀, values
/// above eₙ and NaN have special bins.
/// </summary>
public sealed class NumericBinning : FieldBinning
{
    /// <summary>
    /// The largest number of bins that a rule is asked for or finds itself: no window has enough events for more. Quantiles give up to
    /// twice as many as they are asked for.
    /// </summary>
    public const int MaximumBins = 1000;

    /// <summary>The largest integer in magnitude with an edge on both sides: up to here, n ± ½ is a double for every integer n.</summary>
    public const double LargestInteger = (1L << 52) - 1;

    private const int MostComparedEdges = 64;
    private static readonly string[] Specials = ["below", "above", "nan", "missing", "wrong_type"];
    private readonly double[] _padded; // the edges, then infinities up to a whole number of vectors; empty where there are too many edges
    private readonly double[] _edges;
    private readonly string[] _texts;

    /// <summary>Creates the bins between the given edges.</summary>
    /// <param name="edges">At least two edges, finite and strictly increasing.</param>
    /// <exception cref="ArgumentException">There are fewer than two edges, one is not finite, or they do not increase.</exception>
    public NumericBinning(IReadOnlyList<double> edges)
        : base(Math.Max(0, edges.Count - 1), Specials)
    {
        if (edges.Count < 2)
        {
            throw new ArgumentException($"edges need at least two values, and there {(edges.Count == 1 ? "is 1" : "are none")}");
        }

        _edges = [.. edges];
        for (var i = 0; i < _edges.Length; i++)
        {
            if (!double.IsFinite(_edges[i]))
            {
                throw new ArgumentException(
                    $"edge {i} is {Text(_edges[i])}: edges are finite, since values beyond them have bins of their own");
            }

            if (i > 0 && _edges[i] <= _edges[i - 1])
            {
                throw new ArgumentException(
                    $"edges must increase, and edge {i} ({Text(_edges[i])}) is not above edge {i - 1} ({Text(_edges[i - 1])})");
            }
        }

        _padded = _edges.Length <= MostComparedEdges ? [.. _edges, .. Enumerable.Repeat(double.PositiveInfinity, -_edges.Length & 3)] : [];
        _texts = ShortestTexts(_edges);
    }

    /// <summary>The edges, strictly increasing.</summary>
    public ReadOnlySpan<double> Edges => _edges;

    /// <summary>Whether numbers that are written as JSON strings are numbers; otherwise they are of the wrong type.</summary>
    public bool ReadsTextNumbers { get; init; }

    /// <summary>The index of the bin of values below the first edge.</summary>
    public int Below => Regular;

    /// <summary>The index of the bin of values above the last edge.</summary>
    public int Above => Regular + 1;

    /// <summary>The index of the bin of NaN.</summary>
    public int NaN => Regular + 2;

    /// <summary>
    /// Creates bins that hold about n/k of the n numbers each. A value that occurs n/k times or more has a bin of its own, and each value
    /// has if there are at most 2k; the numbers in between are divided at their quantiles (type 7: linear between order statistics).
    /// Without such values, the edges are the quantiles 0, 1/k, …, 1 of the sample. At most 2k bins; fewer than k only because of ties. A
    /// constant sample gives one bin that contains its value. <see cref="CompressedHistogram"/> has the formula.
    /// </summary>
    /// <param name="sorted">The finite values of the sample in ascending order; at least one.</param>
    /// <param name="bins">k, at least 1.</param>
    /// <exception cref="ArgumentException">The sample is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">k is less than 1.</exception>
    public static NumericBinning FromQuantiles(ReadOnlySpan<double> sorted, int bins)
    {
        RequireSample(sorted, bins);
        return FromQuantiles(SortedValues.Of(sorted), bins);
    }

    /// <summary>The same of counted values.</summary>
    /// <param name="values">The distinct finite values of the sample in ascending order; at least one.</param>
    /// <param name="counts">How often each occurs, at least once.</param>
    /// <param name="bins">k, at least 1.</param>
    public static NumericBinning FromQuantiles(double[] values, ReadOnlySpan<long> counts, int bins)
    {
        RequireSample(values, bins);
        return FromQuantiles(new SortedValues(values, counts), bins);
    }

    /// <summary>
    /// Creates k bins of equal width from the minimum to the maximum; fewer if there are fewer doubles in between. A constant sample gives
    /// one bin that contains its value.
    /// </summary>
    /// <param name="sorted">The finite values of the sample in ascending order; at least one.</param>
    /// <param name="bins">k, at least 1.</param>
    /// <exception cref="ArgumentException">The sample is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">k is less than 1.</exception>
    public static NumericBinning FromEqualWidths(ReadOnlySpan<double> sorted, int bins)
    {
        RequireSample(sorted, bins);
        var (least, range) = (sorted[0], sorted[^1] - sorted[0]);
        var inner = new double[bins - 1];
        for (var i = 1; i < bins; i++)
        {
            // Multiply before dividing: 0 to 100 in hundredths then has the edge 29 instead of 28.999999999999996.
            var step = range * i;
            inner[i - 1] = double.IsFinite(step) ? least + step / bins : Mix(least, sorted[^1], (double)i / bins);
        }

        return Between(sorted, inner);
    }

    /// <summary>
    /// Creates k bins of equal width on the logarithmic scale, from the minimum to the maximum: the edges have equal ratios.
    /// </summary>
    /// <param name="sorted">The finite values of the sample in ascending order, all above 0; at least one.</param>
    /// <param name="bins">k, at least 1.</param>
    /// <exception cref="ArgumentException">The sample is empty, or a value is not above 0.</exception>
    /// <exception cref="ArgumentOutOfRangeException">k is less than 1.</exception>
    public static NumericBinning FromEqualRatios(ReadOnlySpan<double> sorted, int bins)
    {
        RequireSample(sorted, bins);
        if (sorted[0] <= 0)
        {
            var others = sorted.IndexOfAnyExceptInRange(double.NegativeInfinity, 0);
            var count = others < 0 ? sorted.Length : others;
            throw new ArgumentException(
                $"bins of equal ratio need numbers above 0, and {count} of {sorted.Length} are not (the least is {Text(sorted[0])})");
        }

        // Base 10, so that decades have round edges.
        var (least, most) = (Math.Log10(sorted[0]), Math.Log10(sorted[^1]));
        var inner = new double[bins - 1];
        for (var i = 1; i < bins; i++)
        {
            inner[i - 1] = Math.Pow(10, least + (most - least) * i / bins);
        }

        return Between(sorted, inner);
    }

    /// <summary>
    /// Creates one bin for each integer n from the minimum to the maximum: [n − ½, n + ½), so n is in the middle of its bin, and the
    /// next integers on both sides are counted in <c>below</c> and <c>above</c>.
    /// </summary>
    /// <param name="sorted">The values of the sample in ascending order, all integers; at least one.</param>
    /// <exception cref="ArgumentException">
    /// The sample is empty, a value is not an integer, there are more than <see cref="MaximumBins"/> integers, or they are beyond
    /// ±<see cref="LargestInteger"/>.
    /// </exception>
    public static NumericBinning FromIntegers(ReadOnlySpan<double> sorted)
    {
        RequireSample(sorted, 1);
        var (least, most) = (sorted[0], sorted[^1]);
        var broken = sorted.ToArray().Where(value => value != Math.Floor(value)).ToArray();
        if (broken.Length > 0)
        {
            throw new ArgumentException(
                $"bins of single integers need whole numbers, and {broken.Length} of {sorted.Length} are not, such as {Text(broken[0])}");
        }

        if (most - least >= MaximumBins)
        {
            throw new ArgumentException($"the integers from {Text(least)} to {Text(most)} are more than {MaximumBins} bins");
        }

        if (Math.Max(Math.Abs(least), Math.Abs(most)) > LargestInteger)
        {
            throw new ArgumentException(
                $"the integers from {Text(least)} to {Text(most)} are beyond ±{Text(LargestInteger)}, "
                + "where no double lies between two of them");
        }

        return new NumericBinning([.. Enumerable.Range(0, (int)(most - least) + 2).Select(i => least - 0.5 + i)]);
    }

    /// <summary>
    /// The quantile of type 7 (the default in R and NumPy): x₍ⱼ₎ + (h − j)(x₍ⱼ₊₁₎ − x₍ⱼ₎) with h = (n − 1)·p
    /// and j = ⌊h⌋, counted from 0.
    /// </summary>
    /// <param name="sorted">The values of the sample in ascending order; at least one.</param>
    /// <param name="probability">p, from 0 to 1.</param>
    /// <remarks>Hyndman and Fan, "Sample quantiles in statistical packages", The American Statistician 50 (1996) 361–365.</remarks>
    public static double Quantile(ReadOnlySpan<double> sorted, double probability)
    {
        var h = (sorted.Length - 1) * probability;
        var j = (int)Math.Floor(h);
        return j + 1 >= sorted.Length ? sorted[^1] : Mix(sorted[j], sorted[j + 1], h - j);
    }

    /// <summary>
    /// An edge that puts two numbers into different bins: above the lower one, at most the upper one, and half-way between them unless they
    /// are neighbouring doubles.
    /// </summary>
    /// <param name="lower">A finite number.</param>
    /// <param name="upper">A finite number above it.</param>
    public static double Middle(double lower, double upper)
    {
        var middle = double.IsFinite(lower + upper) ? (lower + upper) / 2 : lower / 2 + upper / 2;
        return middle > lower ? middle : upper;
    }

    /// <summary>Finds the bin of a value by binary search.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int BinOf(double value)
    {
        var edges = _edges;
        if (!(value >= edges[0]))
        {
            return double.IsNaN(value) ? NaN : Below;
        }

        if (value >= edges[^1])
        {
            return value == edges[^1] ? Regular - 1 : Above;
        }

        if (Vector256.IsHardwareAccelerated && _padded.Length > 0)
        {
            return CountEdgesUpTo(value) - 1;
        }

        int low = 0, high = edges.Length - 1; // edges[low] ≤ value < edges[high]
        while (high - low > 1)
        {
            var middle = (low + high) >>> 1;
            if (value >= edges[middle])
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    // Comparing with all edges takes less time than a binary search whose branches can't be predicted.
    private int CountEdgesUpTo(double value)
    {
        var compared = Vector256.Create(value);
        var count = 0;
        for (var i = 0; i < _padded.Length; i += Vector256<double>.Count)
        {
            var isUpTo = Vector256.LessThanOrEqual(Vector256.LoadUnsafe(ref _padded[i]), compared);
            count += BitOperations.PopCount(isUpTo.ExtractMostSignificantBits());
        }

        return count;
    }

    /// <inheritdoc/>
    public override string Label(int bin)
    {
        if (bin >= Regular)
        {
            return SpecialNames[bin - Regular];
        }

        var close = bin == Regular - 1 ? "]" : ")";
        return $"[{_texts[bin]}, {_texts[bin + 1]}{close}";
    }

    /// <inheritdoc/>
    public override bool IsSameAs(FieldBinning other) =>
        other is NumericBinning numeric
        && numeric._edges.AsSpan().SequenceEqual(_edges)
        && numeric.ReadsTextNumbers == ReadsTextNumbers;

    /// <summary>
    /// Merges the bin with the fewest events into the neighbour that has fewer, until every bin has enough. So rare bins merge with each
    /// other before they merge with a frequent one.
    /// </summary>
    /// <inheritdoc/>
    public override FieldBinning PoolRareBins(ReadOnlySpan<long> counts, double minimum)
    {
        RequireCounts(counts);
        var (edges, left) = (_edges.ToList(), counts[..Regular].ToArray().ToList());
        while (left.Count > 1 && left.Index().MinBy(bin => bin.Item) is var (rarest, count) && count < minimum)
        {
            var neighbour = rarest == 0 || (rarest < left.Count - 1 && left[rarest + 1] < left[rarest - 1]) ? rarest + 1 : rarest - 1;
            left[neighbour] += count;
            left.RemoveAt(rarest);
            edges.RemoveAt(Math.Max(rarest, neighbour));
        }

        return new NumericBinning(edges) { ReadsTextNumbers = ReadsTextNumbers };
    }

    private static NumericBinning FromQuantiles(SortedValues sample, int bins) =>
        sample[0] < sample[sample.Count - 1]
            ? new NumericBinning(CompressedHistogram.EdgesOf(sample, bins))
            : Between([sample[0]], []);

    private static void RequireSample(ReadOnlySpan<double> sorted, int bins)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        if (sorted.IsEmpty)
        {
            throw new ArgumentException("an empty sample gives no edges");
        }
    }

    // Edges at the sample's minimum, at the inner edges and at its maximum. Inner edges that do not increase, because of ties or rounding,
    // are left out.
    private static NumericBinning Between(ReadOnlySpan<double> sorted, ReadOnlySpan<double> inner)
    {
        // -0 + 0 is 0: the two zeros are one value, and either may come first in a sorted sample.
        var (least, most) = (sorted[0] + 0.0, sorted[^1] + 0.0);
        if (least == most)
        {
            // A single value: the narrowest bin that contains it, [value, next double].
            var next = Math.BitIncrement(least);
            return new NumericBinning(double.IsFinite(next) ? [least, next] : [Math.BitDecrement(least), least]);
        }

        var edges = new List<double>(inner.Length + 2) { least };
        foreach (var edge in inner)
        {
            if (edge > edges[^1] && edge < most)
            {
                edges.Add(edge + 0.0);
            }
        }

        edges.Add(most);
        return new NumericBinning(edges);
    }

    // a + t (b − a), as a weighted mean if the difference overflows; never above b.
    internal static double Mix(double a, double b, double t) => Math.Min(b, double.IsFinite(b - a) ? a + t * (b - a) : a * (1 - t) + b * t);

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    // The fewest digits, at least six, that keep the edges different: a quantile such as 55.361000000000004 is shown as 55.361.
    private static string[] ShortestTexts(double[] edges)
    {
        foreach (var format in (ReadOnlySpan<string>)["G6", "G9", "G12", "G15"])
        {
            var texts = Array.ConvertAll(edges, edge => edge.ToString(format, CultureInfo.InvariantCulture));
            if (texts.Distinct(StringComparer.Ordinal).Count() == texts.Length)
            {
                return texts;
            }
        }

        return Array.ConvertAll(edges, Text);
    }
}
