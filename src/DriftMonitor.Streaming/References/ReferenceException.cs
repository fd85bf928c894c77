namespace DriftMonitor.Streaming.References;

/// <summary>A reference cannot be built, read or written; the message is one line: which file, what and where, and the remedy.</summary>
public sealed class ReferenceException : Exception
{
    /// <summary>Creates an exception.</summary>
    public ReferenceException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
