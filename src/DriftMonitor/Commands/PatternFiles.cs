using DriftMonitor.Planning;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Files;

namespace DriftMonitor.Commands;

/// <summary>Files in place of the topics of a pattern: each is of the topic that its name stands for.</summary>
internal static class PatternFiles
{
    /// <summary>Refuses files that are of no topic of a monitor's pattern.</summary>
    /// <param name="monitors">The monitors that read the files.</param>
    /// <param name="files">The files; none for topics.</param>
    /// <exception cref="UsageException">A file's name does not match.</exception>
    public static void Check(IEnumerable<PlannedMonitor> monitors, IReadOnlyList<string> files)
    {
        foreach (var monitor in monitors.Where(monitor => TopicPattern.IsPattern(monitor.Topic)))
        {
            var pattern = new TopicPattern(monitor.Topic);
            if (files.FirstOrDefault(file => file == "-" || !pattern.Matches(FileTopic.Of(file))) is { } other)
            {
                throw new UsageException(
                    $"--file {other}: the monitor \"{monitor.Spec.Name}\" reads the topics that match {monitor.Topic}, and a file's name "
                    + "without extensions is its topic: give files with such names, or write one topic's name in Topic");
            }
        }
    }
}
