using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming.Sources.Ingest;

/// <summary>The events of a request that has been accepted.</summary>
/// <param name="Topic">The topic's place among those of the buffer.</param>
/// <param name="Lines">The events, one a line; the last line may lack its end.</param>
/// <param name="Count">How many they are.</param>
/// <param name="Reserved">The bytes of room that they take until they have been counted.</param>
/// <param name="RecordTime">When they came, or, where the request says so, when they occurred.</param>
internal sealed record PostedEvents(int Topic, ReadOnlyMemory<byte> Lines, int Count, long Reserved, EventTime RecordTime);
