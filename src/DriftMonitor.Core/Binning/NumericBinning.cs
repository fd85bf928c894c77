using System.Globalization;

namespace DriftMonitor.Core.Binning;

/// <summary>
/// Bins of a number: edges e₀ &lt; … &lt; eₙ give [eᵢ, eᵢ₊₁), the last one closed; below e₀, above eₙ and NaN have bins of their own.
/// </summary>
public sealed class NumericBinning : FieldBinning
{
    /// <summary>The most bins that a rule makes of a sample: more than this no window fills.</summary>
    public const int MostBins = 1000;

    /// <summary>The largest integer, in magnitude, that has an edge on either side: n + ½ is a double for every integer n up to here.</summary>
    public const double LargestInteger = (1L << 52) - 1;

    private static readonly string[] Specials = ["below", "above", "nan", "missing", "wrong_type"];
    private readonly double[] _edges;
    private readonly string[] _texts;

    /// <summary>Bins between the given edges.</summary>
    /// <param name="edges">At least two finite edges, strictly increasing.</param>
    /// <exception cref="ArgumentException">Fewer than two edges, an edge that is not finite, or edges that do not increase.</exception>
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
                throw new ArgumentException($"edge {i} is {Text(_edges[i])}: edges are finite, since values beyond them have bins of their own");
            }

            if (i > 0 && _edges[i] <= _edges[i - 1])
            {
                throw new ArgumentException($"edges must increase, and edge {i} ({Text(_edges[i])}) is not above edge {i - 1} ({Text(_edges[i - 1])})");
            }
        }

        _texts = ShortestTexts(_edges);
    }

    /// <summary>The edges, strictly increasing.</summary>
    public ReadOnlySpan<double> Edges => _edges;

    /// <summary>The bin of values under the first edge.</summary>
    public int Below => Regular;

    /// <summary>The bin of values over the last edge.</summary>
    public int Above => Regular + 1;

    /// <summary>The bin of values that are not a number.</summary>
    public int NaN => Regular + 2;

    /// <summary>
    /// Edges at the quantiles 0, 1/k, …, 1 of a sample (type 7: linear between order statistics). Equal quantiles, which ties cause, become one edge;
    /// a constant sample gives one bin around its value.
    /// </summary>
    /// <param name="sorted">The finite values of the sample in ascending order; at least one.</param>
    /// <param name="bins">k, at least 1.</param>
    /// <exception cref="ArgumentException">The sample is empty.</exception>
    public static NumericBinning FromQuantiles(ReadOnlySpan<double> sorted, int bins)
    {
        RequireSample(sorted, bins);
        var inner = new double[bins - 1];
        for (var i = 1; i < bins; i++)
        {
            inner[i - 1] = Quantile(sorted, (double)i / bins);
        }

        return Between(sorted, inner);
    }

    /// <summary>k bins of equal width from the least value to the greatest; fewer where there are fewer doubles between the two, and one around the value of a constant sample.</summary>
    /// <param name="sorted">The finite values of the sample in ascending order; at least one.</param>
    /// <param name="bins">k, at least 1.</param>
    /// <exception cref="ArgumentException">The sample is empty.</exception>
    public static NumericBinning FromEqualWidths(ReadOnlySpan<double> sorted, int bins)
    {
        RequireSample(sorted, bins);
        var (least, range) = (sorted[0], sorted[^1] - sorted[0]);
        var inner = new double[bins - 1];
        for (var i = 1; i < bins; i++)
        {
            // Multiplied before it is divided: 0 to 100 in hundredths has the edge 29, and not 28.999999999999996.
            var step = range * i;
            inner[i - 1] = double.IsFinite(step) ? least + step / bins : Mix(least, sorted[^1], (double)i / bins);
        }

        return Between(sorted, inner);
    }

    /// <summary>k bins of equal ratio of their edges, from the least value to the greatest: equal widths of the logarithm.</summary>
    /// <param name="sorted">The finite values of the sample in ascending order, all above 0; at least one.</param>
    /// <param name="bins">k, at least 1.</param>
    /// <exception cref="ArgumentException">The sample is empty, or has a value that is not above 0.</exception>
    public static NumericBinning FromEqualRatios(ReadOnlySpan<double> sorted, int bins)
    {
        RequireSample(sorted, bins);
        if (sorted[0] <= 0)
        {
            var others = sorted.IndexOfAnyExceptInRange(double.NegativeInfinity, 0);
            throw new ArgumentException(
                $"bins of equal ratio need numbers above 0, and {(others < 0 ? sorted.Length : others)} of {sorted.Length} are not (the least is {Text(sorted[0])})");
        }

        // To base 10, so that decades have their round edges.
        var (least, most) = (Math.Log10(sorted[0]), Math.Log10(sorted[^1]));
        var inner = new double[bins - 1];
        for (var i = 1; i < bins; i++)
        {
            inner[i - 1] = Math.Pow(10, least + (most - least) * i / bins);
        }

        return Between(sorted, inner);
    }

    /// <summary>
    /// One bin for each integer n from the least value to the greatest: [n − ½, n + ½), so that n stands in its middle, and the next integers on both sides fall
    /// into <c>below</c> and <c>above</c>.
    /// </summary>
    /// <param name="sorted">The values of the sample in ascending order, whole numbers; at least one.</param>
    /// <exception cref="ArgumentException">
    /// The sample is empty, a value is not whole, the integers are more than <see cref="MostBins"/>, or they lie so far from 0 that doubles have no halves there.
    /// </exception>
    public static NumericBinning FromIntegers(ReadOnlySpan<double> sorted)
    {
        RequireSample(sorted, 1);
        var (least, most) = (sorted[0], sorted[^1]);
        var broken = sorted.ToArray().Where(value => value != Math.Floor(value)).ToArray();
        if (broken.Length > 0)
        {
            throw new ArgumentException($"bins of single integers need whole numbers, and {broken.Length} of {sorted.Length} are not, such as {Text(broken[0])}");
        }

        if (most - least >= MostBins)
        {
            throw new ArgumentException($"the integers from {Text(least)} to {Text(most)} are more than {MostBins} bins");
        }

        if (Math.Max(Math.Abs(least), Math.Abs(most)) > LargestInteger)
        {
            throw new ArgumentException($"the integers from {Text(least)} to {Text(most)} lie beyond ±{Text(LargestInteger)}, where doubles have no halves to stand between them");
        }

        return new NumericBinning([.. Enumerable.Range(0, (int)(most - least) + 2).Select(i => least - 0.5 + i)]);
    }

    /// <summary>
    /// The quantile of type 7 (R's and NumPy's default): x₍ⱼ₎ + (h − j)(x₍ⱼ₊₁₎ − x₍ⱼ₎) with h = (n − 1)·p and j = ⌊h⌋, counted from 0.
    /// </summary>
    /// <remarks>Hyndman and Fan, "Sample quantiles in statistical packages", The American Statistician 50 (1996) 361–365.</remarks>
    public static double Quantile(ReadOnlySpan<double> sorted, double probability)
    {
        var h = (sorted.Length - 1) * probability;
        var j = (int)Math.Floor(h);
        return j + 1 >= sorted.Length ? sorted[^1] : Mix(sorted[j], sorted[j + 1], h - j);
    }

    /// <summary>The bin of a value, by binary search.</summary>
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
    public override bool IsSameAs(FieldBinning other) => other is NumericBinning numeric && numeric._edges.AsSpan().SequenceEqual(_edges);

    /// <summary>
    /// The bin with the fewest events joins that neighbour of it which has fewer, until every bin has enough: rare bins join each other before they join a frequent one.
    /// </summary>
    /// <inheritdoc/>
    public override FieldBinning Pooled(ReadOnlySpan<long> counts, double least)
    {
        RequireCounts(counts);
        var (edges, left) = (_edges.ToList(), counts[..Regular].ToArray().ToList());
        while (left.Count > 1 && left.Index().MinBy(bin => bin.Item) is var (rarest, count) && count < least)
        {
            var neighbour = rarest == 0 || (rarest < left.Count - 1 && left[rarest + 1] < left[rarest - 1]) ? rarest + 1 : rarest - 1;
            left[neighbour] += count;
            left.RemoveAt(rarest);
            edges.RemoveAt(Math.Max(rarest, neighbour));
        }

        return new NumericBinning(edges);
    }

    private static void RequireSample(ReadOnlySpan<double> sorted, int bins)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        if (sorted.IsEmpty)
        {
            throw new ArgumentException("an empty sample gives no edges");
        }
    }

    // The sample's least value, the inner edges that lie above the ones before them and below its greatest value, and that value: equal edges, which ties and rounding cause, become one.
    private static NumericBinning Between(ReadOnlySpan<double> sorted, ReadOnlySpan<double> inner)
    {
        var (least, most) = (sorted[0] + 0.0, sorted[^1] + 0.0); // -0 + 0 is 0: the two are one value, and which of them comes first in a sorted sample is chance
        if (least == most)
        {
            // One value only: the narrowest bin that holds it, [value, next double].
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

    // a + t (b − a), and as a weighted mean where the difference is beyond the doubles; never above b.
    private static double Mix(double a, double b, double t) => Math.Min(b, double.IsFinite(b - a) ? a + t * (b - a) : a * (1 - t) + b * t);

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    // As few digits as tell the edges apart, from six on: a quantile such as 55.361000000000004 is read as 55.361.
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
