using System.Text;
using System.Text.Json;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Tests.Decoding;

/// <summary>
/// The slow twin of <see cref="JsonScanner"/>: the library's reader finds the fields, and its word is what is well-formed.
/// </summary>
internal static class ReaderTwin
{
    /// <summary>The tokens of the fields; null for a malformed text.</summary>
    public static FieldToken[]? Scan(ReadOnlySpan<byte> text, int from, IReadOnlyList<FieldPath> fields)
    {
        var found = new FieldToken[fields.Count];
        try
        {
            var reader = new Utf8JsonReader(text[from..], new JsonReaderOptions { MaxDepth = EventDecoder.MaxDepth });
            reader.Read();
            Read(ref reader, [], from, fields, found);
            return reader.Read() ? null : found;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Read(
        ref Utf8JsonReader reader, FieldPath.Step[] path, int from, IReadOnlyList<FieldPath> fields, FieldToken[] found)
    {
        for (var field = 0; field < fields.Count; field++)
        {
            // Values at this place and below it, under an earlier key of the same name, no longer count.
            var steps = fields[field].Steps;
            if (steps.Take(path.Length).SequenceEqual(path))
            {
                found[field] = steps.Count == path.Length ? TokenOf(ref reader, from) : default;
            }
        }

        if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                var name = NameOf(ref reader);
                reader.Read();
                Read(ref reader, [.. path, new FieldPath.Step(name, -1)], from, fields, found);
            }
        }
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
            {
                Read(ref reader, [.. path, new FieldPath.Step(null, i)], from, fields, found);
            }
        }
    }

    private static string NameOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return "\uFFFD half of a surrogate pair"; // the name of no field
        }
    }

    private static FieldToken TokenOf(ref Utf8JsonReader reader, int from)
    {
        var start = (int)reader.TokenStartIndex + from;
        return reader.TokenType switch
        {
            JsonTokenType.String => new FieldToken(FieldKind.Text, reader.ValueIsEscaped, start + 1, reader.ValueSpan.Length),
            JsonTokenType.Number => new FieldToken(FieldKind.Number, false, start, reader.ValueSpan.Length)
            {
                Number = NumberOf(reader.ValueSpan),
            },
            JsonTokenType.True or JsonTokenType.False => new FieldToken(FieldKind.Boolean, false, start, reader.ValueSpan.Length),
            JsonTokenType.Null => default,
            _ => new FieldToken(FieldKind.Composite, false, start, 0),
        };
    }

    private static double NumberOf(ReadOnlySpan<byte> text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
