namespace DriftMonitor.Samples;

/// <summary>A value on the command line cannot be used. The message is one line: which value, why, and the remedy.</summary>
internal sealed class UsageException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">The line that the user sees.</param>
    /// <param name="cause">The exception that led to it, if any.</param>
    public UsageException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
