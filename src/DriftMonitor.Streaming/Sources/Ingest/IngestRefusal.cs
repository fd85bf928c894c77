namespace DriftMonitor.Streaming.Sources.Ingest;

/// <summary>Why a request with events is refused: none of its events is then counted.</summary>
public enum IngestRefusal
{
    /// <summary>There is no room for its body until earlier events have been counted.</summary>
    BufferFull,

    /// <summary>Its body is larger than bodies may be.</summary>
    TooLarge,

    /// <summary>No monitor reads its topic from requests.</summary>
    UnknownTopic,

    /// <summary>Its content type, or its content encoding, is none of those that are read.</summary>
    ContentType,

    /// <summary>Its body or its headers are not what the content type says.</summary>
    Malformed,

    /// <summary>Its body did not arrive in time, or not as a whole.</summary>
    Incomplete,

    /// <summary>It did not bring the token.</summary>
    Unauthorized,

    /// <summary>The service ends.</summary>
    Stopping,
}
