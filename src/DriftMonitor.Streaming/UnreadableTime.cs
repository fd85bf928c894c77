namespace DriftMonitor.Streaming;

/// <summary>An event time that could not be read, as an example for people; the first that a worker comes to.</summary>
public sealed class UnreadableTime
{
    private string? _example;

    /// <summary>The text; null where there is none.</summary>
    public string? Example => Volatile.Read(ref _example);

    /// <summary>Keeps a text if it is the first; null is none.</summary>
    internal void Keep(string? example) => Interlocked.CompareExchange(ref _example, example, null);
}
