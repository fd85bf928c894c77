namespace DriftMonitor.Core.Binning;

/// <summary>
/// Edges of about k bins with equal numbers of events, in which a value that holds a bin's share of the sample has a bin of its own.
/// Quantiles alone would put such a value into one bin with its neighbours, and a drift between them would not be seen.
/// </summary>
/// <remarks>
/// <para><b>Single values</b> have a bin of their own. Of at most 2k distinct values, each is single. Of more, a value that occurs c times
/// among the n numbers is single if c ≥ m/(k − h), where h counts the values that are single already, and m the numbers that are not. It
/// begins with c ≥ n/k, and ends when no further value is single.</para>
/// <para><b>Edges</b> are: the least and the greatest number; the middle (a + b)/2 of neighbouring values a &lt; b, if one of them is
/// single; and within each stretch between single values, which has s of the m numbers, the quantiles i/b of these s numbers, of type 7
/// (<see cref="NumericBinning.Quantile"/>), for 0 &lt; i &lt; b, with b = max(1, ⌊(k − h)·s/m + ½⌋). Quantiles that are equal, or equal to
/// the least number of the stretch, are left out. A sample without single values has the quantiles i/k of all its numbers. There are at
/// most 2k bins.</para>
/// <para><b>Neighbouring doubles</b> have no double between them: where the middle is rounded to a, the edge is b, and where it is the
/// greatest number, the last edge is the next double. The largest double has none: it shares the bin of the one before.</para>
/// <para>Poosala, Ioannidis, Haas and Shekita, "Improved histograms for selectivity estimation of range predicates", SIGMOD 1996,
/// 294–305, section 2.3: compressed histograms.</para>
/// </remarks>
internal static class CompressedHistogram
{
    /// <summary>The edges, strictly increasing.</summary>
    /// <param name="sample">The finite numbers, of which at least two differ.</param>
    /// <param name="bins">k, at least 1.</param>
    public static double[] EdgesOf(SortedValues sample, int bins)
    {
        var (n, greatest) = (sample.Count, sample[sample.Count - 1]);
        var singles = FindSingleValues(sample, bins);
        var rest = n - singles.Sum(sample.CountOf); // m
        var left = bins - singles.Count; // k − h
        var edges = new List<double> { sample[0] };
        var end = 0L;
        foreach (var (start, count) in singles.Select(single => (sample.StartOf(single), sample.CountOf(single))).Append((n, 0)))
        {
            var stretch = start - end; // s
            var share = stretch == 0 ? 0 : Math.Max(1, (long)((2 * left * (Int128)stretch + rest) / (2 * (Int128)rest))); // b, exact
            AddQuantiles(edges, sample, end, stretch, share);
            end = start + count;
            AddMiddle(edges, sample, start);
            AddMiddle(edges, sample, end);
        }

        if (edges[^1] < greatest)
        {
            edges.Add(greatest);
        }
        else if (Math.BitIncrement(greatest) is var next && double.IsFinite(next))
        {
            edges.Add(next);
        }

        return [.. edges.Select(edge => edge + 0.0)]; // -0 + 0 is 0
    }

    // The single values in ascending order, by their places among the distinct ones.
    private static List<int> FindSingleValues(SortedValues sample, int bins)
    {
        var values = Enumerable.Range(0, sample.Distinct);
        if (sample.Distinct <= 2L * bins)
        {
            return [.. values];
        }

        // A value that is single lowers m/(k − h) or keeps it. So it suffices to try the values once, the most frequent first. One that
        // occurs once never holds a bin's share: more values than bins are left.
        var singles = new List<int>();
        var rest = sample.Count;
        foreach (var value in values.Where(value => sample.CountOf(value) > 1).OrderByDescending(sample.CountOf))
        {
            if ((Int128)sample.CountOf(value) * (bins - singles.Count) < rest)
            {
                break;
            }

            singles.Add(value);
            rest -= sample.CountOf(value);
        }

        singles.Sort();
        return singles;
    }

    private static void AddQuantiles(List<double> edges, SortedValues sample, long start, long length, long bins)
    {
        for (var i = 1; i < bins; i++)
        {
            var quantile = sample.Quantile(start, length, i, bins);
            if (quantile > sample[start] && quantile > edges[^1] && quantile < sample[sample.Count - 1])
            {
                edges.Add(quantile);
            }
        }
    }

    private static void AddMiddle(List<double> edges, SortedValues sample, long place)
    {
        if (place == 0 || place == sample.Count)
        {
            return; // the least and the greatest number are edges themselves
        }

        // Between two single values there is one edge, and both ask for it.
        var middle = NumericBinning.Middle(sample[place - 1], sample[place]);
        if (middle > edges[^1])
        {
            edges.Add(middle);
        }
    }
}
