using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Proposals;

/// <summary>A field whose values can be read as times, in one form.</summary>
/// <param name="Field">The index of the field.</param>
/// <param name="Format">How the times are written; null for ISO 8601 and Unix time.</param>
/// <param name="ShareOfEvents">The share of the events that have such a time.</param>
/// <param name="ShareOfValues">The same among the events with a value in the field.</param>
/// <param name="IsDateOnly">Whether nearly all times are at midnight: dates without a time of day.</param>
/// <param name="ShareAhead">
/// The share that is more than <c>MaxAhead</c> after the record's own time, of the records that have one: such events are rejected.
/// </param>
/// <param name="Disorder">
/// How far the times are from following the order in which they were read: the interquartile range of a sixteenth of them, in a row, as a
/// share of that of all; about 1 for times in random order, 1/16 for ascending ones, 0 where it is not known.
/// </param>
internal sealed record EventTimeCandidate(
    int Field, EventTimeFormat? Format, double ShareOfEvents, double ShareOfValues, bool IsDateOnly, double ShareAhead, double Disorder);
