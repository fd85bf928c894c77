namespace DriftMonitor.Streaming.Events;

/// <summary>How far a partition has been read: the next offset, and the log's end where that is known.</summary>
public readonly record struct Progress(Position Position, long? LogEnd)
{
    /// <summary>Events between the position and the log's end; null where the end is not known.</summary>
    public long? Lag => LogEnd is { } end ? Math.Max(0, end - Position.NextOffset) : null;
}
