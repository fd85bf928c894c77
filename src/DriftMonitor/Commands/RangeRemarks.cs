using DriftMonitor.Core.Time;
using DriftMonitor.Planning;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>What is told of the range of a replay: that more is read than it holds, and what of it is missing.</summary>
internal static class RangeRemarks
{
    /// <summary>Tells that everything is read, although a range was given.</summary>
    public static void WriteStart(ReadRange range, ReplayRequest request)
    {
        if (request.Files.Count > 0 && (request.HasStart || request.HasEnd))
        {
            Messages.Write("note: the files are read whole; only readings of the range are printed and written");
        }
        else if (range.WhyAll is { } reason)
        {
            Messages.Write($"note: all records are read, because {reason}; only readings of the range are printed and written");
        }
    }

    /// <summary>Warns of the part of the range for which there were no events any more.</summary>
    public static void WriteEnd(IEventSource source, IReadOnlyList<MonitorBinding> bindings, ReplayRequest request)
    {
        if (!request.HasStart)
        {
            return;
        }

        foreach (var binding in bindings)
        {
            var spec = binding.Monitor.Spec;
            var longest = spec.Windows[spec.LongestWindow].Length;
            if (binding.Monitor.From is not { } first || spec.Pane.Start(spec.Pane.PaneOf(first)) <= request.Range.From - longest)
            {
                continue;
            }

            var full = spec.Pane.Start(spec.Pane.PaneOf(first)) + longest;
            var deleted = source is KafkaSource kafka ? binding.Topics.Sum(topic => kafka.CountDeleted(kafka.TopicOf(topic))) : 0;
            var cause = deleted > 0
                ? $"{Phrases.Count(deleted, "older record")} of {string.Join(" and ", binding.Topics)} "
                    + $"{(deleted == 1 ? "is" : "are")} deleted (retention)"
                : "there are no older ones";
            var lost = full < request.Range.To
                ? $"its windows are complete only from {full} on"
                : "none of its windows is complete in the range";
            Messages.Write($"warning: {spec.Name}: its first event is of {first}, and {cause}: {lost}");
        }
    }
}
