using DriftMonitor.Configuration;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Proposals;

/// <summary>Monitors for a topic, proposed from a sample of its events.</summary>
/// <param name="Options">The configuration.</param>
/// <param name="Fields">The fields, in the order of their first occurrence.</param>
/// <param name="Times">The events and their times.</param>
/// <param name="EventTime">The field of the event time; null for the record's own time.</param>
/// <param name="EventTimeFormat">How it is written; null for the usual forms.</param>
/// <param name="Unpack">The array whose elements are the events; null if a record is one.</param>
/// <param name="Period">The period of the references.</param>
/// <param name="Windows">The windows.</param>
internal sealed record Proposal(
    DriftMonitorOptions Options,
    IReadOnlyList<ProposedField> Fields,
    EventTimes Times,
    FieldPath? EventTime,
    EventTimeFormat? EventTimeFormat,
    FieldPath? Unpack,
    Period Period,
    WindowChoice Windows)
{
    /// <summary>What a person should know, one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The fields that are watched.</summary>
    public IEnumerable<ProposedField> Watched => Fields.Where(one => one.Monitor is not null);

    private const int MostSegments = 20;
    private const int EventsInSegment = 100; // in the long window, on average: the default of MinimumEvents

    /// <summary>A field whose values could be segments; null if none is suitable.</summary>
    public ProposedField? Segments =>
        Watched.Where(one => one is { Decision.IsNumeric: false, Facts: { Missing: 0, Distinct: >= 2 and <= MostSegments } facts }
                && Times.CountInRange() * (Windows.Long.Span / Period.Length) / facts.Distinct >= EventsInSegment)
            .MinBy(one => one.Facts!.Distinct);
}
