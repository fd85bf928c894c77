namespace DriftMonitor.Streaming.Checkpoints;

/// <summary>A checkpoint cannot be read or written.</summary>
/// <param name="message">What is wrong, with the file.</param>
/// <param name="inner">The cause, if it was an exception.</param>
public sealed class CheckpointException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether a file holds what no program of this format version has written.</summary>
    public bool IsDamaged { get; init; }
}
