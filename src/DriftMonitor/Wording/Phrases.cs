namespace DriftMonitor.Wording;

/// <summary>Parts of sentences.</summary>
internal static class Phrases
{
    private const int LongestQuote = 60;

    /// <summary>A value between quotes, cut where it is long.</summary>
    public static string Quote(string value) => value.Length <= LongestQuote ? $"\"{value}\"" : $"\"{value[..(char.IsHighSurrogate(value[LongestQuote - 1]) ? LongestQuote - 1 : LongestQuote)]}…\"";

    /// <summary>Alternatives for people: <c>a, b or c</c>.</summary>
    public static string Alternatives(IReadOnlyList<string> words) =>
        words.Count < 2 ? string.Concat(words) : $"{string.Join(", ", words.SkipLast(1))} or {words[^1]}";
}
