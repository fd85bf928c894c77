namespace DriftMonitor.Streaming.Events;

/// <summary>Why events were lost before they were read.</summary>
public enum LossReason
{
    /// <summary>The topic's retention deleted them.</summary>
    Retention,

    /// <summary>The log became shorter: the topic was deleted and created again, or a broker lost its end.</summary>
    Truncated,
}
