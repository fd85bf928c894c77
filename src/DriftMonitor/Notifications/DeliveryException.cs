namespace DriftMonitor.Notifications;

/// <summary>A notification was not taken. The message says why, in one line, and names no secret.</summary>
internal sealed class DeliveryException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Why.</param>
    /// <param name="isTransient">Whether it may be taken later.</param>
    /// <param name="retryAfter">When the receiver wants it again; null where it did not say.</param>
    /// <param name="cause">The exception that led to it, if any.</param>
    public DeliveryException(string message, bool isTransient, TimeSpan? retryAfter = null, Exception? cause = null)
        : base(message, cause) => (IsTransient, RetryAfter) = (isTransient, retryAfter);

    /// <summary>Whether it may be taken later.</summary>
    public bool IsTransient { get; }

    /// <summary>When the receiver wants it again; null where it did not say.</summary>
    public TimeSpan? RetryAfter { get; }
}
