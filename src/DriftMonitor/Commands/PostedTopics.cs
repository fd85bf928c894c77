using DriftMonitor.Planning;
using DriftMonitor.Samples;

namespace DriftMonitor.Commands;

/// <summary>Events that are posted are kept nowhere, so that a verb can read them only from files.</summary>
internal static class PostedTopics
{
    /// <summary>Refuses to read topics whose events are posted.</summary>
    /// <param name="monitors">The monitors that are to read.</param>
    /// <param name="files">The files that are read in place of topics.</param>
    /// <exception cref="UsageException">There are no files, and a topic is posted.</exception>
    public static void Refuse(IEnumerable<PlannedMonitor> monitors, IReadOnlyCollection<string> files)
    {
        if (files.Count == 0 && monitors.SelectMany(monitor => monitor.PostedTopics).FirstOrDefault() is { } topic)
        {
            throw new UsageException(
                $"events of topic {topic} are posted (DriftMonitor:Ingest) and not kept, so they cannot be read again: give the events in "
                + "files, with --file");
        }
    }
}
