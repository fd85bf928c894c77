namespace DriftMonitor.Core.Numerics;

/// <summary>Puts some order statistics in their places without sorting the rest.</summary>
public static class OrderStatistics
{
    private const int SortedBelow = 32;

    /// <summary>
    /// Rearranges values so that those of the given ranks are where sorting would put them: quickselect for several ranks at once
    /// (Chambers, "Algorithm 410: Partial sorting", CACM 14 (1971) 357–358), with the median of three as pivot.
    /// </summary>
    /// <param name="values">The values, without NaN.</param>
    /// <param name="ranks">The ranks, from 0, in ascending order; a rank may occur more than once.</param>
    public static void Place(Span<double> values, ReadOnlySpan<int> ranks) => Place(values, ranks, first: 0);

    // The values are those of the ranks from `first` on.
    private static void Place(Span<double> values, ReadOnlySpan<int> ranks, int first)
    {
        while (ranks.Length > 0)
        {
            if (values.Length <= SortedBelow)
            {
                values.Sort();
                return;
            }

            var (less, upTo) = Partition(values);
            var before = CountBelow(ranks, first + less);
            var within = CountBelow(ranks, first + upTo); // the others of these equal the pivot and are in their places
            Place(values[..less], ranks[..before], first);
            values = values[upTo..];
            ranks = ranks[within..];
            first += upTo;
        }
    }

    private static int CountBelow(ReadOnlySpan<int> ranks, int rank)
    {
        var count = 0;
        while (count < ranks.Length && ranks[count] < rank)
        {
            count++;
        }

        return count;
    }

    // Less than the pivot, and the others. Where none is less, the pivot is the least: what equals it is split off instead, as equal values
    // would otherwise make it quadratic.
    private static (int Less, int UpTo) Partition(Span<double> values)
    {
        var pivot = Median(values[0], values[values.Length / 2], values[^1]);
        var less = Split(values, pivot, orEqual: false);
        return less > 0 ? (less, less) : (0, Split(values, pivot, orEqual: true));
    }

    // Without a branch on the comparison, whose outcome no processor could predict.
    private static int Split(Span<double> values, double pivot, bool orEqual)
    {
        var less = 0;
        for (var at = 0; at < values.Length; at++)
        {
            var value = values[at];
            values[at] = values[less];
            values[less] = value;
            less += (orEqual ? value <= pivot : value < pivot) ? 1 : 0;
        }

        return less;
    }

    private static double Median(double a, double b, double c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
}
