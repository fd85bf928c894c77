using System.Text;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>JSON strings with backslashes in them, as they are written between their quotes; their form has been checked.</summary>
internal static class EscapedText
{
    private const int LongestRune = 4; // bytes of UTF-8

    /// <summary>Resolves the escapes of a string.</summary>
    /// <param name="escaped">The string as it is written.</param>
    /// <param name="text">Takes the text, which is never longer than <paramref name="escaped"/>.</param>
    /// <param name="length">The text's length.</param>
    /// <returns>False where half of a surrogate pair is written: no UTF-8 text has it.</returns>
    public static bool TryResolve(ReadOnlySpan<byte> escaped, Span<byte> text, out int length)
    {
        length = 0;
        while (!escaped.IsEmpty)
        {
            var plain = escaped.IndexOf((byte)'\\');
            plain = plain < 0 ? escaped.Length : plain;
            escaped[..plain].CopyTo(text[length..]);
            length += plain;
            escaped = escaped[plain..];
            if (!escaped.IsEmpty)
            {
                if (!TryRune(ref escaped, out var rune))
                {
                    return false;
                }

                length += rune.EncodeToUtf8(text[length..]);
            }
        }

        return true;
    }

    /// <summary>The number of code points of a string once its escapes are resolved; half of a surrogate pair is one.</summary>
    public static int CountCodePoints(ReadOnlySpan<byte> escaped)
    {
        var count = 0;
        while (!escaped.IsEmpty)
        {
            var plain = escaped.IndexOf((byte)'\\');
            plain = plain < 0 ? escaped.Length : plain;
            count += CodePoints.Count(escaped[..plain]);
            escaped = escaped[plain..];
            if (!escaped.IsEmpty)
            {
                TryRune(ref escaped, out _);
                count++;
            }
        }

        return count;
    }

    /// <summary>Whether a string is a text once its escapes are resolved.</summary>
    public static bool Equals(ReadOnlySpan<byte> escaped, ReadOnlySpan<byte> text)
    {
        Span<byte> bytes = stackalloc byte[LongestRune];
        while (!escaped.IsEmpty)
        {
            var plain = escaped.IndexOf((byte)'\\');
            plain = plain < 0 ? escaped.Length : plain;
            if (!text.StartsWith(escaped[..plain]))
            {
                return false;
            }

            text = text[plain..];
            escaped = escaped[plain..];
            if (!escaped.IsEmpty)
            {
                if (!TryRune(ref escaped, out var rune) || !text.StartsWith(bytes[..rune.EncodeToUtf8(bytes)]))
                {
                    return false;
                }

                text = text[rune.Utf8SequenceLength..];
            }
        }

        return text.IsEmpty;
    }

    private static bool TryRune(ref ReadOnlySpan<byte> escaped, out Rune rune)
    {
        var letter = escaped[1];
        if (letter != 'u')
        {
            rune = new Rune(letter switch
            {
                (byte)'b' => '\b',
                (byte)'f' => '\f',
                (byte)'n' => '\n',
                (byte)'r' => '\r',
                (byte)'t' => '\t',
                _ => (char)letter, // a quote, a slash or a backslash
            });
            escaped = escaped[2..];
            return true;
        }

        var unit = Unit(escaped);
        escaped = escaped[6..];
        if (!char.IsSurrogate(unit))
        {
            rune = new Rune(unit);
            return true;
        }

        if (char.IsHighSurrogate(unit) && escaped is [(byte)'\\', (byte)'u', ..] && Rune.TryCreate(unit, Unit(escaped), out rune))
        {
            escaped = escaped[6..];
            return true;
        }

        rune = default;
        return false;
    }

    private static char Unit(ReadOnlySpan<byte> escape)
    {
        var unit = 0;
        foreach (var digit in escape.Slice(2, 4))
        {
            unit = (unit << 4) | HexDigit(digit);
        }

        return (char)unit;
    }

    private static int HexDigit(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
