using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Derivations;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Monitoring;

/// <summary>One named question, validated: how a field's events are windowed, and what fires its alert.</summary>
public sealed record MonitorSpec : ReadingSpec
{
    /// <summary>The monitor's name, unique in a process.</summary>
    public required string Name { get; init; }

    /// <summary>How far an event may be behind the newest event of its partition and still count.</summary>
    public TimeSpan AllowedLateness { get; init; }

    /// <summary>How far an event may be ahead of its record's own time.</summary>
    public TimeSpan MaxAhead { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How far an event may be before its record's own time or, without one, the third event of its partition.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(14_600);

    /// <summary>
    /// A reading is untrusted where a larger share of its window's events was rejected: rejected ÷ (rejected + counted), over all segments.
    /// </summary>
    public double MaxRejected { get; init; } = 0.2;

    /// <summary>With segments: how many get a series. Segments that the reference knows always get one.</summary>
    public int MostSegments { get; init; } = 100;

    /// <summary>How its values are derived from events; null where they are those of a field.</summary>
    public Derivation? Derivation { get; init; }

    /// <summary>Whether its values are not of events: each pane that closes has one, the number of its events.</summary>
    public bool CountsVolume => Derivation is { Kind: DerivedKind.Volume };

    /// <summary>
    /// How far apart in event time the two events of a pair may be, in whole panes, where each pair is of two topics, joined by the keys of
    /// their records; null where an event has all that is watched.
    /// </summary>
    public TimeSpan? JoinWithin { get; init; }

    /// <summary>What fires the alert; null for none.</summary>
    public AlertRule? Rule { get; init; }

    /// <summary>
    /// The first pane end at which the alert is judged: where windows are filled by a part of the events before it, their readings tell
    /// nothing.
    /// </summary>
    public EventTime JudgedFrom { get; init; } = EventTime.Earliest;

    /// <summary>How long the alert waits before it fires and resolves.</summary>
    public AlertTiming Timing { get; init; } = new(TimeSpan.Zero);
}
