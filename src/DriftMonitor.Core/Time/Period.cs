namespace DriftMonitor.Core.Time;

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
