using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Live;

/// <summary>A topic as it has been read.</summary>
/// <param name="Topic">Its name.</param>
/// <param name="Events">Records read.</param>
/// <param name="Rejected">Events that no monitor could read, by reason.</param>
/// <param name="LastEvent">The last event's time; null before the first.</param>
/// <param name="Progress">How far each partition has been read.</param>
internal sealed record TopicSnapshot(
    string Topic, long Events, IReadOnlyDictionary<string, long> Rejected, EventTime? LastEvent, IReadOnlyList<Progress> Progress);
