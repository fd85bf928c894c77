namespace DriftMonitor.Core.Numerics;

/// <summary>
/// Draws Poisson counts of one mean, again and again, by inversion: the least k whose distribution function exceeds a uniform number. A
/// guide table gives the k to begin at (Chen and Asau, "On generating random variates from an empirical distribution", AIIE Transactions 6
/// (1974) 163–166), so a draw takes one uniform number and about one comparison.
/// </summary>
public sealed class PoissonCounts
{
    private const double LargestMeanByTable = 1000;
    private const int Guides = 256;
    private const double LargestMeanByTimes = 1; // about where both ways of drawing many counts take as long

    private readonly double _mean;
    private readonly double[]? _upTo; // P(X ≤ k), up to the k at which a double is 1
    private readonly int[] _guide = new int[Guides];

    /// <summary>Counts of a mean.</summary>
    /// <param name="mean">The mean, not negative.</param>
    public PoissonCounts(double mean)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(mean);
        _mean = mean;
        if (mean <= LargestMeanByTable)
        {
            _upTo = Distribution(mean);
            for (int i = 0, k = 0; i < Guides; i++)
            {
                while (k < _upTo.Length - 1 && _upTo[k] <= i / (double)Guides)
                {
                    k++;
                }

                _guide[i] = k;
            }
        }
    }

    /// <summary>Draws many counts.</summary>
    /// <param name="random">The generator.</param>
    /// <param name="mean">The mean, not negative.</param>
    /// <param name="counts">Gets the counts.</param>
    /// <remarks>
    /// Where most counts are 0, the events are drawn instead: their number, which is a Poisson count too, and the place of each, as given
    /// their number the events of a Poisson process are independent and uniform (Kingman, Poisson Processes, 1993, section 2.4).
    /// </remarks>
    public static void Draw(Random random, double mean, Span<long> counts)
    {
        if (mean > LargestMeanByTimes)
        {
            var drawn = new PoissonCounts(mean);
            foreach (ref var count in counts)
            {
                count = drawn.Draw(random);
            }

            return;
        }

        counts.Clear();
        for (var events = new PoissonCounts(mean * counts.Length).Draw(random); events > 0; events--)
        {
            counts[(int)(random.NextDouble() * counts.Length)]++;
        }
    }

    /// <summary>Draws a count.</summary>
    public long Draw(Random random)
    {
        if (_upTo is null)
        {
            return Chance.Poisson(random, _mean);
        }

        var u = random.NextDouble();
        var k = _guide[(int)(u * Guides)];
        while (k < _upTo.Length - 1 && _upTo[k] <= u)
        {
            k++;
        }

        return k;
    }

    // From the mode outwards, where nothing underflows, and then divided by the sum. Only products, quotients and sums: every machine gets
    // the same table.
    private static double[] Distribution(double mean)
    {
        var mode = (int)mean;
        var weights = new List<double> { 1 };
        for (var (k, weight) = (mode + 1, 1.0); (weight *= mean / k) > 1e-18; k++)
        {
            weights.Add(weight);
        }

        var below = new List<double>();
        for (var (k, weight) = (mode, 1.0); k > 0; k--)
        {
            below.Add(weight *= k / mean);
        }

        below.Reverse();
        double[] all = [.. below, .. weights];
        var total = all.Sum();
        var sum = 0.0;
        return Array.ConvertAll(all, weight => (sum += weight) / total);
    }
}
