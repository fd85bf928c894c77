using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming;

/// <summary>What has come from a topic, or from one of its partitions.</summary>
public sealed class TopicTally
{
    /// <summary>Records read, whether they were counted or rejected.</summary>
    public long Events { get; internal set; }

    /// <summary>Events that no monitor could read.</summary>
    public RejectionCounts Rejected { get; internal init; } = new();

    /// <summary>The first event of each reason that no monitor could read.</summary>
    public FirstRejections FirstRejected { get; internal init; } = new();

    /// <summary>The last event's record time, or, for files, the newest event time; null before the first event.</summary>
    public EventTime? LastEvent { get; internal set; }

    /// <summary>Several tallies together; the last event is the newest.</summary>
    internal static TopicTally Sum(IReadOnlyList<TopicTally> parts) => new()
    {
        Events = parts.Sum(part => part.Events),
        Rejected = RejectionCounts.Sum(parts.Select(part => part.Rejected)),
        FirstRejected = FirstRejections.Of(parts.Select(part => part.FirstRejected)),
        LastEvent = parts.Max(part => part.LastEvent),
    };
}
