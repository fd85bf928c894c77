using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Derivations;

/// <summary>How the values of a monitor are derived from events.</summary>
/// <param name="Kind">What is derived.</param>
/// <param name="Last">n of <see cref="DerivedKind.DeviationFromLast"/>; 0 for the others.</param>
public sealed record Derivation(DerivedKind Kind, int Last = 0)
{
    /// <summary>Whether it is derived from a field, x; the others need only event times.</summary>
    public bool HasField => Kind is not (DerivedKind.Gap or DerivedKind.Hour or DerivedKind.Volume);

    /// <summary>Whether it is derived from two fields of an event.</summary>
    public bool HasTwoFields =>
        Kind is DerivedKind.LogLoss or DerivedKind.Residual or DerivedKind.AbsoluteResidual or DerivedKind.Match;

    /// <summary>
    /// Whether the values are numbers; those of <see cref="DerivedKind.Present"/> and <see cref="DerivedKind.Match"/> are the categories
    /// <c>true</c> and <c>false</c>.
    /// </summary>
    public bool IsNumeric => Kind is not (DerivedKind.Present or DerivedKind.Match);

    /// <summary>Whether an event's value is known only when the events before it, and its own time, are.</summary>
    public bool IsOrdered =>
        !HasTwoFields && Kind is not (DerivedKind.Length or DerivedKind.Present or DerivedKind.Volume);

    /// <summary>What has to be remembered of the events of a partition (and segment), before the first.</summary>
    /// <param name="pane">The monitor's panes; they must divide a day for <see cref="DerivedKind.DeviationFromDays"/>.</param>
    /// <param name="lateness">
    /// How far an event time can be behind the largest before it, panes aside; null where there is no limit.
    /// </param>
    /// <exception cref="InvalidOperationException">It is not derived in order.</exception>
    public DerivedState CreateState(PaneGrid pane, TimeSpan? lateness) => Kind switch
    {
        DerivedKind.Difference => new PreviousValue(isAbsolute: false),
        DerivedKind.AbsoluteDifference => new PreviousValue(isAbsolute: true),
        DerivedKind.DeviationFromLast => new LastValues(Last),
        DerivedKind.DeviationFromDays => new EarlierDays(pane, lateness),
        DerivedKind.Gap => new PreviousTime(),
        DerivedKind.Hour => new NoHistory(),
        _ => throw new InvalidOperationException($"{Kind} depends on no other event"),
    };
}
