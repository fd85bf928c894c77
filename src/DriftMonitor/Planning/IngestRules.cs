using DriftMonitor.Configuration;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Ingest;
using DriftMonitor.Wording;

namespace DriftMonitor.Planning;

/// <summary>The rules for <c>Ingest</c>: which topics come by requests, and what contradicts that.</summary>
internal static class IngestRules
{
    private const int MostNamed = 10;

    /// <summary>The topics of monitors whose events are posted, in their configured order.</summary>
    public static IReadOnlyList<string> TopicsOf(DriftMonitorOptions options) => options.Ingest is not { } ingest ? []
        : ingest.Topics.Count == 0 ? MonitoredTopics(options)
        : [.. MonitoredTopics(options).Where(ingest.Topics.Contains)];

    /// <summary>Every rule that the options break, as the path of a key and the rest of a sentence that begins with it.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="path">The path of <c>Ingest</c>.</param>
    public static IEnumerable<(string Path, string Error)> Check(DriftMonitorOptions options, string path)
    {
        if (options.Ingest is not { } ingest)
        {
            yield break;
        }

        if (HttpRules.GetAddressError(ingest.Address) is { } addressError)
        {
            yield return ($"{path}:Address", addressError);
        }

        if (ingest.Port == options.Http.Port && ingest.Port != 0)
        {
            var other = ingest.Port == 9465 ? 9466 : 9465;
            yield return ($"{path}:Port", $"is {ingest.Port}, the port of Http: write another, such as {other}");
        }

        var needed = ingest.MaxBodyBytes + (long)IngestBuffer.BytesOfARequest;
        if (needed > ingest.BufferBytes)
        {
            yield return ($"{path}:BufferBytes",
                $"is {ingest.BufferBytes}, too little for a body of MaxBodyBytes ({ingest.MaxBodyBytes}), which would never be taken: "
                + $"write at least {needed}");
        }

        if (ingest.Topics.Count == 0 && options.Kafka.IsSet && MonitoredTopics(options).Count > 0)
        {
            yield return ($"{path}:Topics",
                "is missing, and Kafka:BootstrapServers is set too: name the topics whose events are posted, or remove BootstrapServers "
                + "if all are");
        }

        if (TopicsOf(options).FirstOrDefault(TopicPattern.IsPattern) is { } pattern)
        {
            yield return ($"{path}:Topics",
                $"has the topics of {pattern}, a regular expression, which only Kafka has: write the name of one topic in the monitor's "
                + "Topic");
        }

        var posted = TopicsOf(options);
        foreach (var monitor in options.Monitors.Where(monitor => monitor.JoinBy is not null))
        {
            if (monitor.Topics.FirstOrDefault(posted.Contains) is { } topic)
            {
                yield return ($"{path}:Topics",
                    $"has {topic}, whose events the monitor {Phrases.Quote(monitor.Name)} joins by the keys of records, and posted events "
                    + "have none: read both topics from Kafka");
            }
        }

        var monitored = MonitoredTopics(options);
        foreach (var (index, topic) in ingest.Topics.Index())
        {
            var at = FormattableString.Invariant($"{path}:Topics:{index}");
            if (ingest.Topics.IndexOf(topic) is var first && first < index)
            {
                yield return (at, FormattableString.Invariant($"is {topic}, the same as {path}:Topics:{first}: remove one"));
            }
            else if (!monitored.Contains(topic))
            {
                var hint = NearestName.Of(topic, monitored) is { } nearest ? $"did you mean {nearest}?"
                    : monitored.Count == 0 ? "name the topics of monitors"
                    : $"their topics are {List(monitored)}";
                yield return (at, $"is {Phrases.Quote(topic)}, a topic that no monitor reads: {hint}");
            }
        }
    }

    /// <summary>Names in a sentence, of which the first are given.</summary>
    public static string List(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(MostNamed)) + (names.Count > MostNamed ? $" and {names.Count - MostNamed} more" : "");

    private static List<string> MonitoredTopics(DriftMonitorOptions options) =>
        [.. options.Monitors.SelectMany(monitor => monitor.Topics).Distinct()];
}
