using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Wording;

namespace DriftMonitor.Configuration;

/// <summary>Checks the names of topics and the paths of fields.</summary>
internal static class NameRules
{
    private const int LongestTopic = 249; // Kafka's own limit
    private const int LongestPattern = 1000;

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

    /// <summary>What is wrong with a topic's name, or with a pattern of several, with the remedy; null for a valid one.</summary>
    public static string? GetTopicOrPatternError(string topic) =>
        !TopicPattern.IsPattern(topic) ? GetTopicError(topic)
        : topic.Length > LongestPattern ? $"is a regular expression of {topic.Length} characters: write at most {LongestPattern}"
        : TopicPattern.GetError(topic) is { } error
            ? $"is {Phrases.Quote(topic)}, which starts with ^ and so is a regular expression, but no valid one: {OneLine.Sentence(error)}"
        : null;

    /// <summary>What is wrong with a field's path; null for a valid path, and where there is no field.</summary>
    /// <param name="field">The path, or, where events come from files, the name of a CSV column, which may be anything.</param>
    /// <param name="isFromTopic">Whether events come from a topic, and so are JSON.</param>
    public static string? GetFieldError(string? field, bool isFromTopic) =>
        isFromTopic && !string.IsNullOrEmpty(field) && FieldPath.PathOrColumn(field).JsonError is { } error
            ? $"is not a valid path of a field: {error}"
            : null;

    /// <summary>
    /// What is wrong with the field that a monitor watches; null for a valid path, column or derived field, and where there is none.
    /// </summary>
    /// <param name="field">The field.</param>
    /// <param name="isFromTopic">Whether events come from a topic, and so are JSON.</param>
    public static string? GetWatchedFieldError(string? field, bool isFromTopic)
    {
        if (string.IsNullOrEmpty(field))
        {
            return null;
        }

        try
        {
            return DerivedField.Parse(field) is { } derived
                ? GetFieldError(derived.From?.Text, isFromTopic) ?? GetFieldError(derived.With?.Text, isFromTopic)
                : GetFunctionError(field, isFromTopic) ?? GetFieldError(field, isFromTopic);
        }
        catch (FormatException e)
        {
            return $"is {Phrases.Quote(field)}, which {e.Message}";
        }
    }

    /// <summary>The same for a field that cannot be derived: the event time, or the segment.</summary>
    /// <param name="field">The field.</param>
    /// <param name="isFromTopic">Whether events come from a topic, and so are JSON.</param>
    public static string? GetPlainFieldError(string? field, bool isFromTopic) =>
        field is not null && DerivedField.FunctionIn(field) is { } name && DerivedField.Names.Contains(name)
            ? $"is {Phrases.Quote(field)}, a derived field, which only Field can be: write the path of a field, or {Quoted(field)} "
                + "for a key or column of that name"
            : GetFieldError(field, isFromTopic);

    /// <summary>A derived field; null for other fields, and for one that is not valid.</summary>
    public static DerivedField? ParseDerived(string? field)
    {
        try
        {
            return string.IsNullOrEmpty(field) ? null : DerivedField.Parse(field);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    // A name before parentheses that is no function. Columns such as load(kW) are as common as mistakes, keys of JSON are not.
    private static string? GetFunctionError(string field, bool isFromTopic)
    {
        if (DerivedField.FunctionIn(field) is not { } name)
        {
            return null;
        }

        var nearest = NearestName.Of(name, DerivedField.Names);
        var hasArguments = field.Contains(',', StringComparison.Ordinal) || field.EndsWith("()", StringComparison.Ordinal);
        var isCall = isFromTopic || nearest is not null || hasArguments;
        var hint = nearest is null ? $"write one of {string.Join(", ", DerivedField.Forms)}." : $"did you mean {nearest}?";
        return isCall
            ? $"is {Phrases.Quote(field)}, and there is no function {name}: {hint} For a key or column of that name, write {Quoted(field)}"
            : null;
    }

    private static string Quoted(string name) =>
        $"[\"{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"]";
}
