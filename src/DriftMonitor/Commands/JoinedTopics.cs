using DriftMonitor.Planning;
using DriftMonitor.Samples;

namespace DriftMonitor.Commands;

/// <summary>Events that are joined by the keys of records come from Kafka only.</summary>
internal static class JoinedTopics
{
    /// <summary>Refuses files for monitors that join the events of two topics.</summary>
    /// <param name="monitors">The monitors that are to read.</param>
    /// <param name="files">The files that are read in place of topics.</param>
    /// <exception cref="UsageException">There are files, and such a monitor.</exception>
    public static void RefuseFiles(IEnumerable<PlannedMonitor> monitors, IReadOnlyCollection<string> files)
    {
        if (files.Count > 0 && monitors.FirstOrDefault(monitor => monitor.JoinedTopic is not null) is { } joined)
        {
            throw new UsageException(
                $"the monitor \"{joined.Spec.Name}\" joins the events of two topics by the keys of records, and files have none: "
                + "read the topics from Kafka, without --file");
        }
    }
}
