using System.Text.RegularExpressions;

namespace DriftMonitor.Streaming.Events;

/// <summary>
/// A regular expression in place of a topic's name, which stands for all topics that match it. As in librdkafka, it starts with <c>^</c>.
/// </summary>
/// <remarks>
/// Matching takes time linear in the length of a name: constructs that would need more, such as backreferences, are refused. Internal
/// topics, whose names start with <c>__</c>, never match.
/// </remarks>
public sealed class TopicPattern
{
    /// <summary>The most topics of a pattern that are read.</summary>
    public const int MostTopics = 1000;

    private readonly Regex _regex;

    /// <summary>Creates a pattern.</summary>
    /// <exception cref="ArgumentException">It is no regular expression.</exception>
    /// <exception cref="NotSupportedException">Matching it could take too long.</exception>
    public TopicPattern(string text)
    {
        Text = text;
        _regex = new Regex(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }

    /// <summary>The pattern as written.</summary>
    public string Text { get; }

    /// <summary>Whether a name in the configuration is a pattern.</summary>
    public static bool IsPattern(string topic) => topic.StartsWith('^');

    /// <summary>What is wrong with a pattern, as the end of a sentence; null if nothing is.</summary>
    public static string? GetError(string text)
    {
        try
        {
            _ = new TopicPattern(text);
            return null;
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
        catch (NotSupportedException)
        {
            return "backreferences, lookarounds, atomic groups and very large repetitions are not supported";
        }
    }

    /// <summary>Whether a topic's name matches.</summary>
    public bool Matches(string topic) => !topic.StartsWith("__", StringComparison.Ordinal) && _regex.IsMatch(topic);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
