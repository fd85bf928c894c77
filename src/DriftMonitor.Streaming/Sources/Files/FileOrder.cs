using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>How several files are read side by side, and whether a file must be sorted.</summary>
/// <param name="EventTimes">The fields of the event time; the first that a record has decides. None: files are read one by one.</param>
/// <param name="Tolerance">
/// How far an event may be behind the largest event time before it in its file: events further behind are late. Null if order does not
/// matter.
/// </param>
public sealed record FileOrder(IReadOnlyList<EventTimeField> EventTimes, TimeSpan? Tolerance)
{
    /// <summary>Files are read one by one, as given.</summary>
    public static readonly FileOrder AsGiven = new([], null);
}
