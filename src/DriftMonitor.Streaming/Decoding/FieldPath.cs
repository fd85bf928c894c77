using System.Globalization;
using System.Text;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>The path of a field in an event, such as <c>a.b[0].c</c> or <c>labels["app.kubernetes.io/name"]</c>.</summary>
public sealed class FieldPath : IEquatable<FieldPath>
{
    private FieldPath(string text, IReadOnlyList<Step> steps)
    {
        Text = text;
        Steps = steps;
    }

    /// <summary>The path as written. For CSV, it is the whole name of a column, as is a single quoted step.</summary>
    public string Text { get; }

    /// <summary>The steps from the event's root to the field.</summary>
    public IReadOnlyList<Step> Steps { get; }

    /// <summary>The path of a CSV column, whose name may contain any characters.</summary>
    public static FieldPath OfColumn(string name) => new(name, [new Step(name, -1)]);

    /// <summary>Parses the path of an array whose elements are events; <c>[]</c> for a record that is an array.</summary>
    /// <exception cref="FormatException">It is no path; the message names the place.</exception>
    public static FieldPath ParseArray(string text) => text == "[]" ? new FieldPath(text, []) : Parse(text);

    /// <summary>Why the text is no path in JSON, with the remedy; null if it is one. A CSV column can have any name.</summary>
    public string? JsonError { get; private init; }

    /// <summary>A path, or, where the text is none, only the name of a CSV column.</summary>
    public static FieldPath PathOrColumn(string text)
    {
        try
        {
            return Parse(text);
        }
        catch (FormatException e) when (text.Length > 0)
        {
            return new FieldPath(text, [new Step(text, -1)]) { JsonError = e.Message };
        }
    }

    /// <summary>Parses a path. A step may be quoted, <c>a["b.c"]</c>, with <c>\"</c> and <c>\\</c> for a quote and a backslash.</summary>
    /// <exception cref="FormatException">
    /// A step is empty, or brackets contain neither an index nor a quoted name; the message names the place.
    /// </exception>
    public static FieldPath Parse(string text)
    {
        var steps = new List<Step>();
        var at = 0;
        while (at < text.Length || steps.Count == 0)
        {
            if (at < text.Length && text[at] == '[')
            {
                steps.Add(ParseBrackets(text, ref at));
                continue;
            }

            if (steps.Count > 0)
            {
                if (text[at] != '.')
                {
                    throw new FormatException($"the field \"{text}\" needs a dot at character {at + 1}: write a[0].b");
                }

                at++;
            }

            var end = text.AsSpan(at).IndexOfAny('.', '[');
            var name = end < 0 ? text[at..] : text[at..(at + end)];
            if (name.Length == 0)
            {
                throw new FormatException(text.Length == 0
                    ? "the field is empty: name one, such as a.b[0].c"
                    : $"the field \"{text}\" has an empty step at character {at + 1}{QuoteHint(text)}");
            }

            steps.Add(new Step(name, -1));
            at += name.Length;
        }

        return new FieldPath(text, steps);
    }

    // An index or a quoted name.
    private static Step ParseBrackets(string text, ref int at)
    {
        var inside = text.AsSpan(at + 1);
        if (inside is ['"', ..])
        {
            var name = new StringBuilder();
            for (var i = 1; i < inside.Length; i++)
            {
                if (inside[i] == '"' && i + 1 < inside.Length && inside[i + 1] == ']')
                {
                    at += i + 3;
                    return new Step(name.ToString(), -1);
                }

                i += inside[i] == '\\' && i + 1 < inside.Length && inside[i + 1] is '"' or '\\' ? 1 : 0;
                name.Append(inside[i]);
            }

            throw new FormatException($"the field \"{text}\" has a quoted step without an end at character {at + 1}: write a[\"b.c\"]");
        }

        var close = inside.IndexOf(']');
        if (close < 0 || !int.TryParse(inside[..close], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            throw new FormatException(
                $"the field \"{text}\" has brackets without an index or a quoted name at character {at + 1}: "
                + $"write a[0]{QuoteHint(text)}");
        }

        at += close + 2;
        return new Step(null, index);
    }

    private static string QuoteHint(string text)
    {
        var name = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        return $", or [\"{name}\"] for a key of that name";
    }

    /// <inheritdoc/>
    public bool Equals(FieldPath? other) => other is not null && other.Text == Text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as FieldPath);

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>A step: the name of a property, or the index of an array's element if the name is null.</summary>
    public readonly record struct Step(string? Name, int Index);
}
