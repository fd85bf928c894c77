using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Distributions;

/// <summary>What windows are compared with: counts per bin and, where the reference has a course of its own, when it was.</summary>
public sealed class Reference
{
    /// <summary>Additive smoothing of a regular bin, unless a monitor says otherwise: Jeffreys' prior.</summary>
    public const double DefaultPseudoCount = 0.5;

    private const long TruthEvents = 1_000_000;

    private readonly long[] _counts;

    /// <summary>A reference of counts.</summary>
    /// <param name="binning">The bins.</param>
    /// <param name="counts">One count for each bin, special bins included; not negative; together at least 1.</param>
    /// <param name="pseudoCount">α, above 0: without it an empty bin of the reference would make divergences infinite.</param>
    /// <exception cref="ArgumentException">The counts do not fit the binning, one is negative, all are 0, or α is not a positive number.</exception>
    public Reference(FieldBinning binning, ReadOnlySpan<long> counts, double pseudoCount = DefaultPseudoCount)
    {
        if (counts.Length != binning.Count)
        {
            throw new ArgumentException($"{counts.Length} counts for {binning.Count} bins: there must be one for each");
        }

        if (!(pseudoCount > 0) || double.IsPositiveInfinity(pseudoCount))
        {
            throw new ArgumentException(FormattableString.Invariant($"the pseudo-count is {pseudoCount}: it must be above 0"));
        }

        Binning = binning;
        _counts = counts.ToArray();
        Smoothed = Distribution.FromCounts(counts, binning.PseudoCounts(pseudoCount));
        PseudoCount = pseudoCount;
        foreach (var count in counts)
        {
            Events = checked(Events + count);
            OccupiedBins += count > 0 ? 1 : 0;
        }

        if (Events == 0)
        {
            throw new ArgumentException("the reference holds no event: every count is 0");
        }

        SampleSize = Events;
    }

    private Reference(FieldBinning binning, Distribution truth, double pseudoCount)
        : this(binning, Rounded(truth), pseudoCount)
    {
        // As of a million events, but with the probabilities as they are.
        var alpha = binning.PseudoCounts(pseudoCount);
        var total = TruthEvents + alpha.Sum();
        Smoothed = Distribution.FromProbabilities([.. truth.Probabilities.ToArray().Zip(alpha, (p, a) => (p * TruthEvents + a) / total)]);
        SampleSize = double.PositiveInfinity;
    }

    /// <summary>A reference that is known and not sampled: given probabilities, or a parametric distribution.</summary>
    /// <param name="binning">The bins.</param>
    /// <param name="truth">The probability of each, special bins included.</param>
    /// <param name="pseudoCount">α: bins of probability 0 are smoothed as if the probabilities had been counted on a million events.</param>
    /// <exception cref="ArgumentException">The probabilities do not fit the binning, or α is not a positive number.</exception>
    public static Reference OfTruth(FieldBinning binning, Distribution truth, double pseudoCount = DefaultPseudoCount) => new(binning, truth, pseudoCount);

    /// <summary>A reference of a stretch of event time, with its means.</summary>
    /// <param name="binning">The bins.</param>
    /// <param name="course">The counts of each pane of the period in order; null for a pane without events.</param>
    /// <param name="period">The period, aligned to the panes.</param>
    /// <param name="excluded">Stretches of it that are left out.</param>
    /// <param name="pseudoCount">α of the smoothing.</param>
    /// <param name="panes">The panes.</param>
    /// <param name="longestWindow">The longest window, in panes.</param>
    public static Reference OfCourse(
        FieldBinning binning, IReadOnlyList<long[]?> course, Period period, IReadOnlyList<Period> excluded, double pseudoCount, PaneGrid panes, int longestWindow)
    {
        var counts = new long[binning.Count];
        foreach (var pane in course)
        {
            for (var bin = 0; bin < pane?.Length; bin++)
            {
                counts[bin] += pane[bin];
            }
        }

        var plain = new Reference(binning, counts, pseudoCount) { Period = period, Excluded = excluded };
        var perPane = course.Select(pane => pane?.Sum() ?? 0).ToArray();
        return new Reference(binning, counts, pseudoCount)
        {
            Period = period,
            Excluded = excluded,
            EventsPerPane = (double)plain.Events / Enumerable.Range(0, perPane.Length).Count(pane => plain.Includes(Span(pane, 1))),
            MeanEvents = MeanOfFullWindows(),
        };

        Period Span(int first, int length) => new(period.From + first * panes.Length, period.From + (first + length) * panes.Length);

        // V̄: the mean of the events in the longest window, over the panes' ends at which it is full and touches nothing excluded.
        double? MeanOfFullWindows()
        {
            long inWindow = 0, sum = 0, windows = 0;
            for (var end = 1; end <= perPane.Length; end++)
            {
                inWindow += perPane[end - 1] - (end > longestWindow ? perPane[end - 1 - longestWindow] : 0);
                if (end >= longestWindow && plain.Includes(Span(end - longestWindow, longestWindow)))
                {
                    sum += inWindow;
                    windows++;
                }
            }

            return sum == 0 ? null : (double)sum / windows;
        }
    }

    /// <summary>The bins that both the reference and the windows use.</summary>
    public FieldBinning Binning { get; }

    /// <summary>rᵢ, the events in each bin.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>m = Σ rᵢ; for a reference that is known, a million.</summary>
    public long Events { get; }

    /// <summary>m as it counts in noise and z: infinite for a reference that is known and not sampled.</summary>
    public double SampleSize { get; }

    /// <summary>The bins with an event.</summary>
    public int OccupiedBins { get; }

    /// <summary>α, the pseudo-count of a regular bin.</summary>
    public double PseudoCount { get; }

    /// <summary>qᵢ = (rᵢ + αᵢ) / (m + Σα): no bin is empty, so that D(current ‖ reference) is finite.</summary>
    public Distribution Smoothed { get; }

    /// <summary>When the reference was recorded; null where it has no course of its own.</summary>
    public Period? Period { get; init; }

    /// <summary>Stretches within <see cref="Period"/> that were left out of it.</summary>
    public IReadOnlyList<Period> Excluded { get; init; } = [];

    /// <summary>Events in a pane of the reference, on average; null where unknown.</summary>
    public double? EventsPerPane { get; init; }

    /// <summary>Events in the longest window, on average over the reference's full windows; null where unknown.</summary>
    public double? MeanEvents { get; init; }

    /// <summary>The length of a pane of the reference, by its events and their mean a pane; null where these are unknown.</summary>
    public TimeSpan? Pane => Period is { } period && EventsPerPane is { } perPane
        ? TimeSpan.FromMilliseconds(Math.Round((period.Length - LeftOut(period)) / (Events / perPane) / TimeSpan.FromMilliseconds(1)))
        : null;

    // Stretches may overlap, and reach beyond the period.
    private TimeSpan LeftOut(Period period)
    {
        var (sum, end) = (TimeSpan.Zero, period.From);
        foreach (var excluded in Excluded.OrderBy(excluded => excluded.From))
        {
            var from = excluded.From > end ? excluded.From : end;
            var to = excluded.To < period.To ? excluded.To : period.To;
            if (from < to)
            {
                (sum, end) = (sum + (to - from), to);
            }
        }

        return sum;
    }

    private static long[] Rounded(Distribution truth) => Array.ConvertAll(truth.Probabilities.ToArray(), p => (long)Math.Round(p * TruthEvents));

    /// <summary>Whether the reference was made from a window's own events, among others: wholly within its period, and touching nothing excluded.</summary>
    public bool Includes(Period window)
    {
        if (Period is not { } period || !period.Contains(window))
        {
            return false;
        }

        foreach (var excluded in Excluded)
        {
            if (excluded.Touches(window))
            {
                return false;
            }
        }

        return true;
    }
}
