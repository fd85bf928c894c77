namespace DriftMonitor.Core.Distributions;

/// <summary>Probabilities over bins: each at least 0, together 1.</summary>
public sealed class Distribution
{
    /// <summary>How far from 1 the sum of given probabilities may lie: the rounding of a few thousand terms written with 12 digits.</summary>
    public const double SumTolerance = 1e-9;

    private readonly double[] _probabilities;

    private Distribution(double[] probabilities) => _probabilities = probabilities;

    /// <summary>The probability of each bin.</summary>
    public ReadOnlySpan<double> Probabilities => _probabilities;

    /// <summary>The number of bins.</summary>
    public int Count => _probabilities.Length;

    /// <summary>The probability of a bin.</summary>
    public double this[int bin] => _probabilities[bin];

    /// <summary>A distribution of given probabilities, taken as they are.</summary>
    /// <exception cref="ArgumentException">No bin, a value that is negative or not finite, or a sum further than <see cref="SumTolerance"/> from 1.</exception>
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
                throw new ArgumentException(FormattableString.Invariant($"probability {i} is {probabilities[i]}: probabilities are finite and not negative"));
            }

            sum += probabilities[i];
        }

        return Math.Abs(sum - 1) <= SumTolerance
            ? new Distribution(probabilities.ToArray())
            : throw new ArgumentException(FormattableString.Invariant($"probabilities must sum to 1, and these sum to {sum}"));
    }

    /// <summary>The relative frequencies pᵢ = cᵢ / N.</summary>
    /// <exception cref="ArgumentException">A negative count, or no event at all.</exception>
    public static Distribution FromCounts(ReadOnlySpan<long> counts) => FromCounts(counts, new double[counts.Length]);

    /// <summary>Additively smoothed frequencies pᵢ = (cᵢ + αᵢ) / (N + Σα).</summary>
    /// <param name="counts">The counts cᵢ, not negative.</param>
    /// <param name="pseudoCounts">The pseudo-counts αᵢ, one for each bin, finite and not negative.</param>
    /// <exception cref="ArgumentException">A negative count or pseudo-count, different lengths, or nothing to divide by.</exception>
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
                throw new ArgumentException(FormattableString.Invariant($"pseudo-count {i} is {pseudoCounts[i]}: pseudo-counts are finite and not negative"));
            }

            events = checked(events + counts[i]);
            pseudo += pseudoCounts[i];
        }

        var total = events + pseudo;
        if (!(total > 0))
        {
            throw new ArgumentException("a distribution of no events does not exist");
        }

        var probabilities = new double[counts.Length];
        for (var i = 0; i < counts.Length; i++)
        {
            probabilities[i] = (counts[i] + pseudoCounts[i]) / total;
        }

        return new Distribution(probabilities);
    }
}
