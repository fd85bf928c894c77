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

    // The enumeration gives U+FFFD for half a surrogate pair.
    private static string Replace(string text, string replacement) =>
        string.Concat(text.EnumerateRunes().Select(rune => IsVisible(rune) ? rune.ToString() : replacement));

    // Control characters, and those that change the direction of a text.
    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
