using System.Globalization;
using System.Text;

namespace DriftMonitor.Wording;

/// <summary>Text from elsewhere (a field's values, a broker's words, a file's name) made fit for one line: nothing in it can end the line, move a cursor or turn the direction of what follows.</summary>
internal static class OneLine
{
    /// <summary>A name: a dot takes the place of what has none to be seen, so that two names stay as far apart as they are.</summary>
    public static string Name(string text) => Of(text, "·");

    /// <summary>A sentence: a blank takes its place, as it is mostly a line's end.</summary>
    public static string Sentence(string text) => Of(text, " ");

    // Halves of surrogate pairs come out of the enumeration as U+FFFD.
    private static string Of(string text, string instead) => string.Concat(text.EnumerateRunes().Select(rune => IsHarmless(rune) ? rune.ToString() : instead));

    // Control characters, and what turns the direction of a text.
    private static bool IsHarmless(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
