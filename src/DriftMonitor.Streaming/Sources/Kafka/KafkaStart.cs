namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>Where reading of a topic starts if there is no checkpoint.</summary>
public enum KafkaStart
{
    /// <summary>One longest window before the topic's newest event, so that windows are full at once.</summary>
    Window,

    /// <summary>At the oldest record in the topic.</summary>
    Earliest,

    /// <summary>At the next record that is written.</summary>
    Latest,
}
