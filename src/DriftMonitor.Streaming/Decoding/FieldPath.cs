using System.Globalization;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>The path of a field in an event, such as <c>a.b[0].c</c>.</summary>
public sealed class FieldPath : IEquatable<FieldPath>
{
    private FieldPath(string text, IReadOnlyList<Step> steps)
    {
        Text = text;
        Steps = steps;
    }

    /// <summary>The path as written. For CSV, it is the whole name of a column.</summary>
    public string Text { get; }

    /// <summary>The steps from the event's root to the field.</summary>
    public IReadOnlyList<Step> Steps { get; }

    /// <summary>The path of a CSV column, whose name may contain any characters.</summary>
    public static FieldPath OfColumn(string name) => new(name, [new Step(name, -1)]);

    /// <summary>Parses a path.</summary>
    /// <exception cref="FormatException">A step is empty, or brackets do not contain an index; the message names the place.</exception>
    public static FieldPath Parse(string text)
    {
        var steps = new List<Step>();
        var at = 0;
        while (at < text.Length || steps.Count == 0)
        {
            if (at < text.Length && text[at] == '[')
            {
                var close = text.IndexOf(']', at);
                if (close < 0
                    || !int.TryParse(text.AsSpan(at + 1, close - at - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                {
                    throw new FormatException($"the field \"{text}\" has brackets without an index at character {at + 1}: write a[0]");
                }

                steps.Add(new Step(null, index));
                at = close + 1;
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
                    : $"the field \"{text}\" has an empty step at character {at + 1}");
            }

            steps.Add(new Step(name, -1));
            at += name.Length;
        }

        return new FieldPath(text, steps);
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
