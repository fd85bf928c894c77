using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Monitoring;

/// <summary>What becomes of an event.</summary>
/// <param name="Reason">Why it was rejected, or <see cref="Rejection.None"/>.</param>
/// <param name="Pane">
/// The pane in which it counts; for a rejected event, the pane of the partition's largest event time, null before that is known.
/// </param>
/// <param name="Time">Its event time; null where it has none that can be read.</param>
/// <param name="IsHeld">Whether it is held until further events decide; nothing else is then known.</param>
public readonly record struct Admission(Rejection Reason, long? Pane, EventTime? Time, bool IsHeld = false)
{
    /// <summary>Whether it is not to be counted: its time alone matters.</summary>
    public bool IsOther { get; init; }
}
