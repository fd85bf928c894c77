namespace DriftMonitor.Streaming.Events;

/// <summary>
/// A source can't be opened or can't go on; the message is a sentence: what, where, remedy. A broker's own words may be part of it.
/// </summary>
public sealed class SourceException : Exception
{
    /// <summary>A source that can't go on.</summary>
    public SourceException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
