using System.Text;
using System.Text.Json;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Tests.Decoding;

/// <summary>
/// The slow twin of <see cref="JsonScanner"/>: the library's reader finds the fields, and its word is what is well-formed, but for the
/// tokens NaN, Infinity and -Infinity in place of values: the reader gets numbers of the same length there.
/// </summary>
internal static class ReaderTwin
{
    /// <summary>The tokens of the fields; null for a malformed text.</summary>
    public static FieldToken[]? Scan(ReadOnlySpan<byte> written, int from, IReadOnlyList<FieldPath> fields)
    {
        var found = new FieldToken[fields.Count];
        var text = ReplaceNotFinite(written, out var notFinite);
        try
        {
            var reader = new Utf8JsonReader(text.AsSpan(from), new JsonReaderOptions { MaxDepth = EventDecoder.MaxDepth });
            reader.Read();
            Read(ref reader, [], from, fields, found);
            return reader.Read() ? null : Array.ConvertAll(found, Restore);
        }
        catch (JsonException)
        {
            return null;
        }

        FieldToken Restore(FieldToken token) =>
            token.Kind == FieldKind.Number && notFinite.TryGetValue(token.Start, out var value)
                ? token with { IsEscaped = false, Number = value }
                : token;
    }

    // A value is behind the start, a blank, a colon, a comma or an opening bracket, and before the end, a blank, a comma or a closing one.
    private static byte[] ReplaceNotFinite(ReadOnlySpan<byte> text, out Dictionary<int, double> notFinite)
    {
        notFinite = [];
        var replaced = text.ToArray();
        var isInString = false;
        for (var at = 0; at < text.Length; at++)
        {
            if (isInString && text[at] == '\\')
            {
                at++;
            }
            else if (text[at] == '"')
            {
                isInString = !isInString;
            }
            else if (!isInString && (at == 0 || " \t\r\n:,["u8.Contains(text[at - 1])))
            {
                foreach (var (token, number, value) in NotFinite)
                {
                    var behind = at + token.Length;
                    if (text[at..].StartsWith(Encoding.ASCII.GetBytes(token))
                        && (behind == text.Length || " \t\r\n,]}"u8.Contains(text[behind])))
                    {
                        Encoding.ASCII.GetBytes(number).CopyTo(replaced, at);
                        notFinite.Add(at, value);
                    }
                }
            }
        }

        return replaced;
    }

    private static readonly (string Token, string Number, double Value)[] NotFinite =
    [
        ("NaN", "1e1", double.NaN),
        ("Infinity", "12345678", double.PositiveInfinity),
        ("-Infinity", "-12345678", double.NegativeInfinity),
    ];

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
            JsonTokenType.Number => new FieldToken(FieldKind.Number, MayBeNoLabel(reader.ValueSpan), start, reader.ValueSpan.Length)
            {
                Number = NumberOf(reader.ValueSpan),
            },
            JsonTokenType.True or JsonTokenType.False => new FieldToken(FieldKind.Boolean, false, start, reader.ValueSpan.Length),
            JsonTokenType.Null => default,
            _ => new FieldToken(FieldKind.Composite, false, start, 0),
        };
    }

    // Written with an exponent or with a minus sign before 0, with a fraction that ends in 0 or is below 1, or with many digits.
    private static bool MayBeNoLabel(ReadOnlySpan<byte> number)
    {
        var text = Encoding.ASCII.GetString(number);
        return text.Contains('e', StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("-0", StringComparison.Ordinal)
            || (text.Contains('.', StringComparison.Ordinal)
                ? text.EndsWith('0') || text.StartsWith("0.", StringComparison.Ordinal)
                : text.TrimStart('-').Length > 21);
    }

    private static double NumberOf(ReadOnlySpan<byte> text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
