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
    /// <param name="sorted">The finite numbers in ascending order, of which at least two differ.</param>
    /// <param name="bins">k, at least 1.</param>
    public static double[] EdgesOf(ReadOnlySpan<double> sorted, int bins)
    {
        var singles = FindSingleValues(sorted, bins);
        var rest = sorted.Length - singles.Sum(single => (long)single.Count); // m
        var left = bins - singles.Count; // k − h
        var edges = new List<double> { sorted[0] };
        var end = 0;
        foreach (var single in singles.Append(new Run(sorted.Length, 0)))
        {
            var stretch = sorted[end..single.Start];
            var share = stretch.IsEmpty ? 0 : Math.Max(1, (2L * left * stretch.Length + rest) / (2 * rest)); // b, in whole numbers
            AddQuantiles(edges, stretch, share, sorted[^1]);
            end = single.Start + single.Count;
            AddMiddle(edges, sorted, single.Start);
            AddMiddle(edges, sorted, end);
        }

        if (edges[^1] < sorted[^1])
        {
            edges.Add(sorted[^1]);
        }
        else if (Math.BitIncrement(sorted[^1]) is var next && double.IsFinite(next))
        {
            edges.Add(next);
        }

        return [.. edges.Select(edge => edge + 0.0)]; // -0 + 0 is 0
    }

    private static List<Run> FindSingleValues(ReadOnlySpan<double> sorted, int bins)
    {
        var runs = new List<Run>();
        var values = 0;
        for (var start = 0; start < sorted.Length;)
        {
            var end = start + 1;
            while (end < sorted.Length && sorted[end] == sorted[start])
            {
                end++;
            }

            // Of more than 2k values, one that occurs once never holds a bin's share: more values than bins are left.
            values++;
            if (end - start > 1 || values <= 2L * bins)
            {
                runs.Add(new Run(start, end - start));
            }

            start = end;
        }

        if (values <= 2L * bins)
        {
            return runs;
        }

        // A value that is single lowers m/(k − h) or keeps it. So it suffices to try the values once, the most frequent first.
        var singles = new List<Run>();
        var rest = sorted.Length;
        foreach (var run in runs.OrderByDescending(run => run.Count))
        {
            if ((long)run.Count * (bins - singles.Count) < rest)
            {
                break;
            }

            singles.Add(run);
            rest -= run.Count;
        }

        singles.Sort((a, b) => a.Start.CompareTo(b.Start));
        return singles;
    }

    private static void AddQuantiles(List<double> edges, ReadOnlySpan<double> stretch, long bins, double greatest)
    {
        for (var i = 1; i < bins; i++)
        {
            var quantile = NumericBinning.Quantile(stretch, (double)i / bins);
            if (quantile > stretch[0] && quantile > edges[^1] && quantile < greatest)
            {
                edges.Add(quantile);
            }
        }
    }

    private static void AddMiddle(List<double> edges, ReadOnlySpan<double> sorted, int place)
    {
        if (place == 0 || place == sorted.Length)
        {
            return; // the least and the greatest number are edges themselves
        }

        // Between two single values there is one edge, and both ask for it.
        var middle = NumericBinning.Middle(sorted[place - 1], sorted[place]);
        if (middle > edges[^1])
        {
            edges.Add(middle);
        }
    }

    /// <summary>Equal numbers in the sorted sample.</summary>
    private readonly record struct Run(int Start, int Count);
}
