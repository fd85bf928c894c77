namespace DriftMonitor.Core.Monitoring;

/// <summary>Events that were left out, by reason.</summary>
public sealed class RejectionCounts
{
    private static readonly Rejection[] Reasons = Enum.GetValues<Rejection>();

    private readonly long[] _counts = new long[Reasons.Length];

    /// <summary>The events left out for a reason.</summary>
    public long this[Rejection reason] => _counts[(int)reason];

    /// <summary>All events left out.</summary>
    public long Total => _counts.Sum();

    /// <summary>The reasons that occurred, with their counts.</summary>
    public IEnumerable<KeyValuePair<Rejection, long>> Occurred =>
        Reasons.Zip(_counts, KeyValuePair.Create).Where(entry => entry.Value > 0);

    /// <summary>These and others together.</summary>
    public RejectionCounts With(RejectionCounts others)
    {
        var sum = new RejectionCounts();
        for (var reason = 0; reason < _counts.Length; reason++)
        {
            sum._counts[reason] = _counts[reason] + others._counts[reason];
        }

        return sum;
    }

    /// <summary>Several counts together.</summary>
    public static RejectionCounts Sum(IEnumerable<RejectionCounts> parts) =>
        parts.Aggregate(new RejectionCounts(), (sum, part) => sum.With(part));

    /// <summary>Counts an event left out.</summary>
    public void Add(Rejection reason) => _counts[(int)reason]++;
}
