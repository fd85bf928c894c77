namespace DriftMonitor.Core.Monitoring;

/// <summary>Why an event was left out. A missing or ill-typed field is no reason: it has a bin.</summary>
public enum Rejection
{
    /// <summary>It was not left out.</summary>
    None,

    /// <summary>Not JSON, or a CSV row that does not fit its header.</summary>
    Malformed,

    /// <summary>No bytes: an empty line, or a tombstone.</summary>
    Empty,

    /// <summary>More bytes than an event may have.</summary>
    TooLarge,

    /// <summary>Not of the schema that it claims.</summary>
    Schema,

    /// <summary>Without an event time that can be read, for a monitor.</summary>
    NoEventTime,

    /// <summary>Its pane has closed, for a monitor.</summary>
    Late,

    /// <summary>
    /// For a monitor, further ahead of its record's time than allowed, or so far ahead of its partition's events that others would have had
    /// to confirm it.
    /// </summary>
    Ahead,

    /// <summary>Further before its record's time, or the times of its partition, than allowed, for a monitor.</summary>
    TooOld,
}
