using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Wording;

namespace DriftMonitor.Configuration;

/// <summary>How names of Kafka's and of events are written.</summary>
internal static class Spelling
{
    private const int LongestTopic = 249; // Kafka's own limit

    /// <summary>What is wrong with a topic's name, with the remedy; null where nothing is.</summary>
    public static string? WhyNoTopic(string topic) => topic.Length <= LongestTopic && topic is not ("." or "..") && topic.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') ? null
        : $"is {Phrases.Quote(topic)}: a topic's name has letters, digits, dots, underscores and hyphens, at most {LongestTopic}";

    /// <summary>What is wrong with a field's path; null where nothing is, or where there is none.</summary>
    public static string? WhyNoField(string? field)
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
            return $"cannot be read: {e.Message}";
        }
    }
}
