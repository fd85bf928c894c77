using DriftMonitor.Wording;

namespace DriftMonitor.Live;

/// <summary>
/// Finds out whether all events of a topic, or all that a monitor gets, are rejected: at least <see cref="LeastEvents"/>, without one
/// accepted event among them, the first at least <see cref="LeastTime"/> ago.
/// </summary>
/// <remarks>
/// An accepted event ends it. So does quiet, if some event has ever been accepted: a bad batch in an otherwise idle topic is no lasting
/// state. The quiet must last as long as the run, so that slow streams do not end it, and at least <see cref="LeastQuiet"/>.
/// </remarks>
internal sealed class RejectionRun
{
    /// <summary>Fewer events are no reason to report anything.</summary>
    public const int LeastEvents = 20;

    /// <summary>The least time without an accepted event.</summary>
    public static readonly TimeSpan LeastTime = TimeSpan.FromMinutes(1);

    /// <summary>The least time without any event that ends a run.</summary>
    public static readonly TimeSpan LeastQuiet = TimeSpan.FromMinutes(10);

    private long _accepted;
    private long _rejectedBefore; // when the run began
    private long _rejected;
    private IReadOnlyDictionary<string, long> _reasonsBefore = new Dictionary<string, long>();
    private IReadOnlyDictionary<string, long> _reasons = new Dictionary<string, long>();
    private TimeSpan _now;
    private TimeSpan? _first; // when the first event of the run was rejected
    private TimeSpan _last;

    /// <summary>Takes note of what has come so far.</summary>
    /// <param name="accepted">Events accepted.</param>
    /// <param name="rejected">Events rejected.</param>
    /// <param name="reasons">Those by reason.</param>
    /// <param name="now">The clock.</param>
    public void Observe(long accepted, long rejected, IReadOnlyDictionary<string, long> reasons, TimeSpan now)
    {
        _now = now;
        if (accepted != _accepted || rejected < _rejected) // fewer: everything is read again from a start
        {
            (_accepted, _rejectedBefore, _reasonsBefore, _first) = (accepted, rejected, reasons, null);
        }
        else if (rejected > _rejected)
        {
            _first ??= now;
            _last = now;
        }

        (_rejected, _reasons) = (rejected, reasons);
    }

    /// <summary>
    /// What has been rejected, such as <c>all 5123 events of the last 3 minutes were rejected as late (see AllowedLateness)</c>; null where
    /// not all are.
    /// </summary>
    public string? Reason
    {
        get
        {
            var events = _rejected - _rejectedBefore;
            if (_first is not { } first || events < LeastEvents || _now - first < LeastTime)
            {
                return null;
            }

            var quiet = _last - first > LeastQuiet ? _last - first : LeastQuiet;
            if (_accepted > 0 && _now - _last > quiet)
            {
                return null;
            }

            var reasons = _reasons
                .Select(reason => (Name: reason.Key, Count: reason.Value - _reasonsBefore.GetValueOrDefault(reason.Key)))
                .Where(reason => reason.Count > 0)
                .OrderByDescending(reason => reason.Count)
                .Select(reason => RejectionText.RemedyFor(RejectionNames.Parse(reason.Name)) is { } remedy
                    ? $"{reason.Name} ({remedy})"
                    : reason.Name);
            return $"all {events} events of the last {Phrases.Duration((_now - first).TotalSeconds)} were rejected as "
                + Phrases.Alternatives([.. reasons]);
        }
    }
}
