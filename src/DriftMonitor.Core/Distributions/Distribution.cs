namespace DriftMonitor.Core.Distributions;

/// <summary>A probability distribution over bins: each probability is at least 0, and their sum is 1.</summary>
public sealed class Distribution
{
    /// <summary>
    /// The largest accepted difference between 1 and the sum of given probabilities: the rounding error of a few thousand terms with 12
    /// digits.
    /// </summary>
    public const double SumTolerance = 1e-9;

    private readonly double[] _probabilities;

    private Distribution(double[] probabilities) => _probabilities = probabilities;

    /// <summary>The probability of each bin.</summary>
    public ReadOnlySpan<double> Probabilities => _probabilities;

    /// <summary>The number of bins.</summary>
    public int Count => _probabilities.Length;

    /// <summary>The probability of a bin.</summary>
    public double this[int bin] => _probabilities[bin];

    /// <summary>Creates a distribution from probabilities, which are not changed.</summary>
    /// <param name="probabilities">At least one; not negative; their sum is 1 within <see cref="SumTolerance"/>.</param>
    /// <exception cref="ArgumentException">
    /// There is no bin, a value is negative or not finite, or the sum differs from 1 by more than <see cref="SumTolerance"/>.
    /// </exception>
    public static Distribution FromProbabilities(ReadOnlySpan<double> probabilities)
    {
        if (probabilities.IsEmpty)
        {
            throw new ArgumentException("a distribution needs at least one bin");
        }

        var sum = 0.0;
        for (var i = 0; i < probabilities.Length; i++)
        {
            if (!(probabilities[i] >= 0) || double.IsPositiveInfinity(probabilities[i]))
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"probability {i} is {probabilities[i]}: probabilities are finite and not negative"));
            }

            sum += probabilities[i];
        }

        return Math.Abs(sum - 1) <= SumTolerance
            ? new Distribution(probabilities.ToArray())
            : throw new ArgumentException(FormattableString.Invariant($"probabilities must sum to 1, and these sum to {sum}"));
    }

    /// <summary>Creates the relative frequencies pᵢ = cᵢ / N.</summary>
    /// <param name="counts">The counts cᵢ, not negative; at least one is above 0.</param>
    /// <exception cref="ArgumentException">A count is negative, or all are 0.</exception>
    public static Distribution FromCounts(ReadOnlySpan<long> counts) => FromCounts(counts, new double[counts.Length]);

    /// <summary>Creates additively smoothed frequencies pᵢ = (cᵢ + αᵢ) / (N + Σα).</summary>
    /// <param name="counts">The counts cᵢ, not negative.</param>
    /// <param name="pseudoCounts">The pseudo-counts αᵢ, one for each bin, finite and not negative.</param>
    /// <exception cref="ArgumentException">
    /// A count is negative, a pseudo-count is negative or not finite, the lengths differ, or N + Σα is 0.
    /// </exception>
    public static Distribution FromCounts(ReadOnlySpan<long> counts, ReadOnlySpan<double> pseudoCounts)
    {
        if (counts.Length != pseudoCounts.Length)
        {
            throw new ArgumentException($"{counts.Length} counts and {pseudoCounts.Length} pseudo-counts: there must be one for each bin");
        }

        var events = 0L;
        var pseudo = 0.0;
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] < 0)
            {
                throw new ArgumentException($"count {i} is {counts[i]}: counts are not negative");
            }

            if (!(pseudoCounts[i] >= 0) || double.IsPositiveInfinity(pseudoCounts[i]))
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"pseudo-count {i} is {pseudoCounts[i]}: pseudo-counts are finite and not negative"));
            }

            events = checked(events + counts[i]);
            pseudo += pseudoCounts[i];
        }

        var total = events + pseudo;
        if (!(total > 0))
        {
            throw new ArgumentException("there are no events: a distribution needs at least one");
        }

        var probabilities = new double[counts.Length];
        for (var i = 0; i < counts.Length; i++)
        {
            probabilities[i] = (counts[i] + pseudoCounts[i]) / total;
        }

        return new Distribution(probabilities);
    }
}
