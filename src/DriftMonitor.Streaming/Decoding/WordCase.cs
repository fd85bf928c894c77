namespace DriftMonitor.Streaming.Decoding;

/// <summary>Whether words that differ only in upper and lower case are the same.</summary>
public enum WordCase
{
    /// <summary>They are: words are put in lower case, by the rules of no language in particular.</summary>
    Lower,

    /// <summary>They are not: words stay as they are written.</summary>
    Keep,
}
