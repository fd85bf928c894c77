using DriftMonitor.Core.Binning;

namespace DriftMonitor.Core.Distributions;

/// <summary>A stretch of event time, from its start up to but without its end.</summary>
public readonly record struct Period(EventTime From, EventTime To)
{
    /// <summary>Whether another stretch lies wholly within this one.</summary>
    public bool Contains(Period other) => From <= other.From && other.To <= To;

    /// <summary>Whether two stretches share a moment.</summary>
    public bool Touches(Period other) => From < other.To && other.From < To;

    /// <summary>How long the stretch is.</summary>
    public TimeSpan Length => To - From;
}

/// <summary>What windows are compared with: counts per bin and, where the reference has a course of its own, when it was.</summary>
public sealed class Reference
{
    /// <summary>Additive smoothing of a regular bin, unless a monitor says otherwise: Jeffreys' prior.</summary>
    public const double DefaultPseudoCount = 0.5;

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
    }

    /// <summary>The bins that both the reference and the windows use.</summary>
    public FieldBinning Binning { get; }

    /// <summary>rᵢ, the events in each bin.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>m = Σ rᵢ.</summary>
    public long Events { get; }

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
        ? TimeSpan.FromMilliseconds(Math.Round((period.Length - Excluded.Aggregate(TimeSpan.Zero, (sum, excluded) => sum + excluded.Length)) / (Events / perPane) / TimeSpan.FromMilliseconds(1)))
        : null;

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
