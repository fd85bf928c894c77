using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Wording;

namespace DriftMonitor.Configuration;

/// <summary>Checks the names of topics and the paths of fields.</summary>
internal static class NameRules
{
    private const int LongestTopic = 249; // Kafka's own limit

    /// <summary>What is wrong with a topic's name, with the remedy; null for a valid name.</summary>
    public static string? GetTopicError(string topic)
    {
        var isValid = topic.Length <= LongestTopic
            && topic is not ("." or "..")
            && topic.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
        return isValid
            ? null
            : $"is {Phrases.Quote(topic)}: a topic's name has letters, digits, dots, underscores and hyphens, at most {LongestTopic}";
    }

    /// <summary>What is wrong with a field's path; null for a valid path, and where there is no field.</summary>
    /// <param name="field">The path, or, where events come from files, the name of a CSV column, which may be anything.</param>
    /// <param name="isFromTopic">Whether events come from a topic, and so are JSON.</param>
    public static string? GetFieldError(string? field, bool isFromTopic) =>
        isFromTopic && !string.IsNullOrEmpty(field) && FieldPath.PathOrColumn(field).JsonError is { } error
            ? $"is not a valid path of a field: {error}"
            : null;
}
