namespace DriftMonitor.Core.State;

/// <summary>Saved state cannot be read: it is damaged, or of other settings than it is loaded into.</summary>
/// <param name="message">What is wrong, as the end of a sentence.</param>
/// <param name="inner">What was thrown, if anything.</param>
public sealed class StateException(string message, Exception? inner = null) : Exception(message, inner);
