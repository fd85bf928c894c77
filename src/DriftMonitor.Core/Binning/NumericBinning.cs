using System.Globalization;

namespace DriftMonitor.Core.Binning;

/// <summary>
/// Bins of a number: edges e₀ &lt; … &lt; eₙ give [eᵢ, eᵢ₊₁), the last one closed; below e₀, above eₙ and NaN have bins of their own.
/// </summary>
public sealed class NumericBinning : FieldBinning
{
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
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        if (sorted.IsEmpty)
        {
            throw new ArgumentException("quantiles of an empty sample do not exist");
        }

        var edges = new List<double>(bins + 1);
        for (var i = 0; i <= bins; i++)
        {
            var edge = Quantile(sorted, (double)i / bins);
            if (edges.Count == 0 || edge > edges[^1])
            {
                edges.Add(edge);
            }
        }

        if (edges.Count == 1)
        {
            // One value only: the narrowest bin that holds it, [value, next double].
            edges.Add(Math.BitIncrement(edges[0]));
        }

        return new NumericBinning(edges);
    }

    /// <summary>
    /// The quantile of type 7 (R's and NumPy's default): x₍ⱼ₎ + (h − j)(x₍ⱼ₊₁₎ − x₍ⱼ₎) with h = (n − 1)·p and j = ⌊h⌋, counted from 0.
    /// </summary>
    /// <remarks>Hyndman and Fan, "Sample quantiles in statistical packages", The American Statistician 50 (1996) 361–365.</remarks>
    public static double Quantile(ReadOnlySpan<double> sorted, double probability)
    {
        var h = (sorted.Length - 1) * probability;
        var j = (int)Math.Floor(h);
        return j + 1 >= sorted.Length ? sorted[^1] : sorted[j] + (h - j) * (sorted[j + 1] - sorted[j]);
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
