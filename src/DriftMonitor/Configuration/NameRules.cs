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
    public static string? GetFieldError(string? field)
    {
        try
        {
            if (!string.IsNullOrEmpty(field))
            {
                FieldPath.Parse(field);
            }

            return null;
        }
        catch (FormatException e)
        {
            return $"is not a valid path of a field: {e.Message}";
        }
    }
}
