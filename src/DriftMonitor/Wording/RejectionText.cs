using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Wording;

/// <summary>What was rejected, in sentences: the share, the reasons, and the first example of each with its place.</summary>
internal static class RejectionText
{
    /// <summary>What was rejected of a source, in one line; null where nothing was.</summary>
    public static string? Describe(Losses losses) => losses.Monitor is { } monitor
        ? Describe(
            $"the monitor \"{monitor.Monitor.Spec.Name}\" rejected", "event", losses.Events, losses.Rejected, losses.First, losses.Topic)
        : Describe(null, "event", losses.Events, losses.Rejected, losses.First, losses.Topic);

    /// <summary>What was rejected, in one line; null where nothing was.</summary>
    /// <param name="by">Who rejected it, with the verb; null where nobody need be named.</param>
    /// <param name="noun">What was read: event or row.</param>
    /// <param name="all">How many of them were read.</param>
    /// <param name="rejected">How many were rejected, by reason.</param>
    /// <param name="first">The first of each reason.</param>
    /// <param name="topic">The topic, where they are not from files.</param>
    public static string? Describe(
        string? by, string noun, long all, RejectionCounts rejected, FirstRejections first, string topic = "")
    {
        var reasons = rejected.Occurred.ToList();
        if (reasons.Count == 0)
        {
            return null;
        }

        var count = reasons.Sum(reason => reason.Value);
        var share = $"{count} of {Phrases.Count(all, noun)} ({Figures.Percent((double)count / all)})";
        var list = string.Join("; ", reasons.Select(reason => Describe(reason.Key, reason.Value, first[reason.Key], topic)));
        return $"{(by is null ? $"{share} were rejected" : $"{by} {share}")}: {list}";
    }

    /// <summary>Where an event is: <c>flights.csv row 17</c>, or <c>topic flights, partition 2, offset 1007</c>.</summary>
    public static string PlaceOf(RejectedEvent rejected, string topic) => rejected.File is { } file
        ? $"{OneLine.Name(file)} {(rejected.IsRow ? "row" : "line")} {rejected.Offset}"
        : $"topic {rejected.Topic ?? topic}, partition {rejected.Partition}, offset {rejected.Offset}";

    /// <summary>
    /// Where an event is, what is wrong with a row or a schema, and what is there:
    /// <c>flights.csv row 17, which has 1 cell where the header has 2: `JFK`</c>.
    /// </summary>
    public static string ExampleOf(RejectedEvent rejected, string topic)
    {
        var place = PlaceOf(rejected, topic) + (rejected.Fault is { } fault ? $", which {fault}" : "");
        return TextOf(rejected) is { Length: > 0 } text ? $"{place}: {(rejected.IsTime ? "time " : "")}`{text}`" : place;
    }

    /// <summary>The start of an event, or of its time, on one line; empty where it is not known.</summary>
    public static string TextOf(RejectedEvent rejected)
    {
        var text = rejected.Start.IsEmpty ? "" : OneLine.Bytes(rejected.Start.Span, rejected.IsCut);
        return text + (text.Length > 0 && rejected.IsCut ? "…" : "");
    }

    /// <summary>What to check where events are rejected for a reason; null where nothing is likely to be wrong.</summary>
    public static string? RemedyFor(Rejection reason) => reason switch
    {
        Rejection.Malformed => "expected in UTF-8: a JSON object per event, or CSV rows that fit their header",
        Rejection.TooLarge => "see Kafka:MaxEventBytes",
        Rejection.Schema => "expected: JSON, with the array of Unpack where a monitor has one",
        Rejection.NoEventTime => "check EventTime",
        Rejection.Late => "see AllowedLateness",
        Rejection.Ahead => "a wrong date? see MaxAhead",
        Rejection.TooOld => "a wrong date, or a number in another unit? see EventTimeFormat and MaxAge",
        _ => null,
    };

    private static string Describe(Rejection reason, long count, RejectedEvent? first, string topic)
    {
        var remedy = RemedyFor(reason) is { } known ? $" ({known})" : "";
        var example = first is null ? "" : $", the first at {ExampleOf(first, topic)}";
        return $"{count} {RejectionNames.Of(reason)}{remedy}{example}";
    }

}
