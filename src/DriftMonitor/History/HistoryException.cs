namespace DriftMonitor.History;

/// <summary>History cannot be written. The message is one line for people, with the remedy.</summary>
internal sealed class HistoryException : Exception
{
    /// <summary>Creates an exception with a message for people.</summary>
    public HistoryException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an exception with a message for people and its cause.</summary>
    public HistoryException(string message, Exception cause)
        : base(message, cause)
    {
    }

    /// <summary>Why a file cannot be written, without the path that .NET adds and a full stop.</summary>
    public static string ReasonOf(Exception failure)
    {
        var path = failure.Message.IndexOf(" : '", StringComparison.Ordinal);
        return (path < 0 ? failure.Message : failure.Message[..path]).TrimEnd('.');
    }
}
