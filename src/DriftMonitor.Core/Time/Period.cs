using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Time;

/// <summary>A period of event time: [From, To).</summary>
/// <param name="From">The first moment.</param>
/// <param name="To">The first moment after it.</param>
public readonly record struct Period(EventTime From, EventTime To)
{
    /// <summary>Whether another period lies entirely within this one.</summary>
    public bool Contains(Period other) => From <= other.From && other.To <= To;

    /// <summary>Whether two periods have a moment in common.</summary>
    public bool Overlaps(Period other) => From < other.To && other.From < To;

    /// <summary>The length of the period.</summary>
    public TimeSpan Length => To - From;

    /// <summary>Saves a period, or loads it.</summary>
    internal static Period Exchange(StateExchange state, Period period) =>
        new(new EventTime(state.Number(period.From.Milliseconds)), new EventTime(state.Number(period.To.Milliseconds)));
}
