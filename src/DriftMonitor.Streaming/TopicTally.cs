using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming;

/// <summary>What has come from a topic.</summary>
public sealed class TopicTally
{
    /// <summary>Records read, including rejected ones.</summary>
    public long Events { get; internal set; }

    /// <summary>Events that no monitor could read.</summary>
    public RejectionCounts Rejected { get; } = new();

    /// <summary>The last event's record time, or, for files, the newest event time; null before the first event.</summary>
    public EventTime? LastEvent { get; internal set; }
}
