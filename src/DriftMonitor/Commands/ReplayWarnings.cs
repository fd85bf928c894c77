using DriftMonitor.Streaming;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>The warnings at the end of a replay: monitors that found nothing, and what was rejected.</summary>
internal static class ReplayWarnings
{
    /// <summary>Writes the warnings, each one line.</summary>
    /// <param name="pipeline">The pipeline, at the end of its source.</param>
    /// <param name="files">The files that were read; empty for topics.</param>
    /// <returns>False if no event could be read although there should be some: the replay has failed.</returns>
    public static bool Write(Pipeline pipeline, IReadOnlyList<string> files)
    {
        var all = pipeline.Losses;
        foreach (var warning in pipeline.Bindings.Select(binding => BlindMonitor.Describe(binding, all)).OfType<string>())
        {
            Messages.Write($"warning: {warning}");
        }

        foreach (var warning in pipeline.Bindings.Select(JoinText.DescribeCutShort).OfType<string>())
        {
            Messages.Write($"warning: {warning}");
        }

        foreach (var warning in pipeline.Bindings.Select(EventTimeWarnings.Describe).OfType<string>())
        {
            Messages.Write($"warning: {warning}");
        }

        foreach (var losses in all)
        {
            // A monitor that found no event time at all has been reported.
            if (losses is not { Monitor.Monitor: { } monitor, IsReference: false } || !BlindMonitor.IsWithoutTime(monitor))
            {
                if (RejectionText.Describe(losses) is { } warning)
                {
                    Messages.Write($"warning: {warning}");
                }
            }
        }

        var events = pipeline.Tallies.Sum(tally => tally.Events);
        var unreadable = pipeline.Tallies.Sum(tally => tally.Rejected.Total);
        if (events > unreadable)
        {
            return true;
        }

        var source = files.Count > 0 ? Phrases.Alternatives(files) : "the topics";
        Messages.Write(events > 0
            ? $"no event of {source} can be read: check that it holds JSON objects, one per event, or CSV rows below a header, in UTF-8"
            : $"there is no event in {source}: check the {(files.Count > 0 ? "files" : "topics and their retention")}");
        return events == 0 && files.Count == 0;
    }
}
