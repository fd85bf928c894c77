namespace DriftMonitor.Streaming.Events;

/// <summary>
/// What has been read no longer belongs to the stream, such as a topic that was deleted and created again: the source and all that was
/// counted from it must be made anew.
/// </summary>
/// <param name="message">What happened, as a sentence without a full stop.</param>
public sealed class SourceResetException(string message) : Exception(message);
