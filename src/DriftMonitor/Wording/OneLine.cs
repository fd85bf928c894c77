using System.Buffers;
using System.Globalization;
using System.Text;

namespace DriftMonitor.Wording;

/// <summary>
/// Makes text from elsewhere (a field's values, a broker's messages, file names) safe for one line: the result cannot end the line, move
/// the cursor or change the direction of the text after it.
/// </summary>
internal static class OneLine
{
    /// <summary>A name: each invisible character becomes a dot, so that two different names stay different.</summary>
    public static string Name(string text) => Replace(text, "·");

    /// <summary>A sentence: each invisible character becomes a blank, as most of them are line ends.</summary>
    public static string Sentence(string text) => Replace(text, " ");

    /// <summary>
    /// The bytes of an event as text: what is not UTF-8 as <c>\xE9</c>, invisible characters as <c>\u0009</c>.
    /// </summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="isCut">Whether more bytes follow: a character of which only a part is there is then left out.</param>
    public static string Bytes(ReadOnlySpan<byte> bytes, bool isCut)
    {
        var text = new StringBuilder();
        while (!bytes.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var length);
            if (status == OperationStatus.NeedMoreData && isCut)
            {
                break;
            }

            if (status != OperationStatus.Done)
            {
                text.Append(CultureInfo.InvariantCulture, $"\\x{bytes[0]:X2}");
                length = 1;
            }
            else if (IsVisible(rune))
            {
                text.Append(rune.ToString());
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
            }

            bytes = bytes[length..];
        }

        return text.ToString();
    }

    // The enumeration gives U+FFFD for half a surrogate pair.
    private static string Replace(string text, string replacement) =>
        string.Concat(text.EnumerateRunes().Select(rune => IsVisible(rune) ? rune.ToString() : replacement));

    // Control characters, and those that change the direction of a text.
    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
