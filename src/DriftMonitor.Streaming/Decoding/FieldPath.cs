using System.Globalization;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>A dotted path to a field of an event: <c>a.b[0].c</c>.</summary>
public sealed class FieldPath : IEquatable<FieldPath>
{
    private FieldPath(string text, IReadOnlyList<Step> steps)
    {
        Text = text;
        Steps = steps;
    }

    /// <summary>The path as written; a CSV column's whole name.</summary>
    public string Text { get; }

    /// <summary>The steps from the event's top to the field.</summary>
    public IReadOnlyList<Step> Steps { get; }

    /// <summary>The path of a CSV column, whose name may hold anything.</summary>
    public static FieldPath OfColumn(string name) => new(name, [new Step(name, -1)]);

    /// <summary>Reads a path.</summary>
    /// <exception cref="FormatException">An empty step, or brackets that do not hold an index; the message names the place.</exception>
    public static FieldPath Parse(string text)
    {
        var steps = new List<Step>();
        var at = 0;
        while (at < text.Length || steps.Count == 0)
        {
            if (at < text.Length && text[at] == '[')
            {
                var close = text.IndexOf(']', at);
                if (close < 0 || !int.TryParse(text.AsSpan(at + 1, close - at - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
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
                throw new FormatException(text.Length == 0 ? "the field is empty: name one, such as a.b[0].c" : $"the field \"{text}\" has an empty step at character {at + 1}");
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

    /// <summary>A property's name, or the index of an array's element where the name is null.</summary>
    public readonly record struct Step(string? Name, int Index);
}
