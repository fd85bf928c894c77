namespace DriftMonitor.Core.Monitoring;

/// <summary>Two events with the same key, one of each topic; or one event that found none.</summary>
/// <param name="First">The bin of the first topic's event; <see cref="None"/> where there is none.</param>
/// <param name="Second">The bin of the second topic's event; <see cref="None"/> where there is none.</param>
public readonly record struct JoinedPair(int First, int Second)
{
    /// <summary>In place of a bin: there is no event.</summary>
    public const int None = -1;

    /// <summary>Whether there is an event of each topic.</summary>
    public bool IsComplete => First != None && Second != None;
}
