using DriftMonitor.Core.Binning;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Distributions;

/// <summary>
/// The reference that windows are compared with: counts per bin and, if it was recorded from a stream, its period of event time.
/// </summary>
public sealed class Reference
{
    /// <summary>The default pseudo-count of a regular bin: Jeffreys' prior.</summary>
    public const double DefaultPseudoCount = 0.5;

    private const long TruthEvents = 1_000_000;

    private readonly long[] _counts;

    /// <summary>Creates a reference from counts.</summary>
    /// <param name="binning">The bins.</param>
    /// <param name="counts">One count for each bin, special bins included; not negative, and at least one is above 0.</param>
    /// <param name="pseudoCount">α, above 0 and finite. Without it, an empty bin of the reference would make divergences infinite.</param>
    /// <exception cref="ArgumentException">
    /// The counts do not match the binning, one is negative, all are 0, or α is not a positive finite number.
    /// </exception>
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
        // Smoothed like the counts of a million events, but with the exact probabilities.
        var alpha = binning.PseudoCounts(pseudoCount);
        var total = TruthEvents + alpha.Sum();
        Smoothed = Distribution.FromProbabilities([.. truth.Probabilities.ToArray().Zip(alpha, (p, a) => (p * TruthEvents + a) / total)]);
        SampleSize = double.PositiveInfinity;
    }

    /// <summary>
    /// Creates a reference from known probabilities rather than a sample: given probabilities or a parametric distribution.
    /// </summary>
    /// <param name="binning">The bins.</param>
    /// <param name="truth">The probability of each bin, special bins included.</param>
    /// <param name="pseudoCount">
    /// α. Bins of probability 0 are smoothed as if the probabilities had been counted on a million events.
    /// </param>
    /// <exception cref="ArgumentException">The probabilities do not match the binning, or α is not a positive finite number.</exception>
    public static Reference FromProbabilities(FieldBinning binning, Distribution truth, double pseudoCount = DefaultPseudoCount) =>
        new(binning, truth, pseudoCount);

    /// <summary>Creates a reference from the panes of a period, with the means of their event counts.</summary>
    /// <param name="binning">The bins.</param>
    /// <param name="course">The counts of each pane of the period, in order; null for a pane without events.</param>
    /// <param name="period">The period, aligned to the panes.</param>
    /// <param name="excluded">The parts of the period that are left out.</param>
    /// <param name="pseudoCount">α, above 0 and finite.</param>
    /// <param name="panes">The pane grid.</param>
    /// <param name="longestWindow">The length of the longest window, in panes.</param>
    /// <param name="places">For two fields, the events at each place; null for one.</param>
    public static Reference FromPanes(
        FieldBinning binning,
        IReadOnlyList<long[]?> course,
        Period period,
        IReadOnlyList<Period> excluded,
        double pseudoCount,
        PaneGrid panes,
        int longestWindow,
        IReadOnlyList<long>? places = null)
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
            Places = places,
        };

        Period Span(int first, int length) => new(period.From + first * panes.Length, period.From + (first + length) * panes.Length);

        // V̄, the mean number of events in the longest window, over the pane ends at which the window is full and overlaps no excluded
        // part.
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

    /// <summary>The bins of both the reference and the windows.</summary>
    public FieldBinning Binning { get; }

    /// <summary>rᵢ, the number of events in each bin.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>m = Σ rᵢ, the number of events; a million for a reference of known probabilities.</summary>
    public long Events { get; }

    /// <summary>m as used for noise and z: +∞ for a reference of known probabilities, otherwise <see cref="Events"/>.</summary>
    public double SampleSize { get; }

    /// <summary>The number of bins with at least one event.</summary>
    public int OccupiedBins { get; }

    /// <summary>α, the pseudo-count of a regular bin.</summary>
    public double PseudoCount { get; }

    /// <summary>qᵢ = (rᵢ + αᵢ) / (m + Σα): above 0 in every bin, so that D(current ‖ reference) is finite.</summary>
    public Distribution Smoothed { get; }

    /// <summary>The period of event time that the reference was recorded from; null if it was not recorded from a stream.</summary>
    public Period? Period { get; init; }

    /// <summary>The parts of <see cref="Period"/> that were left out. They may overlap, and reach beyond it.</summary>
    public IReadOnlyList<Period> Excluded { get; init; } = [];

    /// <summary>
    /// For two fields, the events at each place (<see cref="PairBinning.PlaceOf"/>); null for one field, and if unknown.
    /// </summary>
    public IReadOnlyList<long>? Places { get; init; }

    /// <summary>The mean number of events per pane of the reference; null if unknown.</summary>
    public double? EventsPerPane { get; init; }

    /// <summary>V̄, the mean number of events in the longest window, over the reference's full windows; null if unknown.</summary>
    public double? MeanEvents { get; init; }

    /// <summary>The length of the reference's panes, derived from its events and their mean per pane; null if these are unknown.</summary>
    public TimeSpan? Pane
    {
        get
        {
            if (Period is not { } period || EventsPerPane is not { } perPane)
            {
                return null;
            }

            var panes = Events / perPane;
            return TimeSpan.FromMilliseconds(Math.Round((period.Length - ExcludedLength(period)) / panes / TimeSpan.FromMilliseconds(1)));
        }
    }

    private TimeSpan ExcludedLength(Period period)
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

    /// <summary>
    /// Whether the reference contains the events of a window: the window lies entirely within its period and overlaps no excluded part.
    /// </summary>
    public bool Includes(Period window)
    {
        if (Period is not { } period || !period.Contains(window))
        {
            return false;
        }

        foreach (var excluded in Excluded)
        {
            if (excluded.Overlaps(window))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Saves a reference that was learned, or loads it.</summary>
    internal static Reference Exchange(StateExchange state, Reference? reference)
    {
        var binning = FieldBinning.Exchange(state, reference?.Binning);
        var counts = state.Numbers(reference is null ? [] : reference.Counts);
        var pseudoCount = state.Number(reference?.PseudoCount ?? 0);
        var period = state.Flag(reference?.Period is not null) ? PeriodOf(reference?.Period ?? default) : (Period?)null;
        List<Period> excluded = [.. reference?.Excluded ?? []];
        state.List(excluded, (ref Period left) => left = PeriodOf(left));
        var (perPane, mean) = (state.Optional(reference?.EventsPerPane), state.Optional(reference?.MeanEvents));
        return reference ?? new Reference(binning, counts, pseudoCount)
        {
            Period = period,
            Excluded = excluded,
            EventsPerPane = perPane,
            MeanEvents = mean,
        };

        Period PeriodOf(Period known) => Time.Period.Exchange(state, known);
    }

    private static long[] Rounded(Distribution truth) =>
        Array.ConvertAll(truth.Probabilities.ToArray(), p => (long)Math.Round(p * TruthEvents));
}
