using System.Globalization;
using DriftMonitor.Core.Readings;

namespace DriftMonitor.Wording;

/// <summary>Parts of sentences.</summary>
internal static class Phrases
{
    private const int LongestQuote = 60;
    private const double Minute = 60;
    private const double Hour = 60 * Minute;
    private const double Day = 24 * Hour;
    private const double Year = 365.25 * Day;

    /// <summary>A value between quotes, cut where it is long.</summary>
    public static string Quote(string value)
    {
        if (value.Length <= LongestQuote)
        {
            return $"\"{value}\"";
        }

        var end = char.IsHighSurrogate(value[LongestQuote - 1]) ? LongestQuote - 1 : LongestQuote;
        return $"\"{value[..end]}…\"";
    }

    /// <summary>Alternatives for people: <c>a, b or c</c>.</summary>
    public static string Alternatives(IReadOnlyList<string> words) =>
        words.Count < 2 ? string.Concat(words) : $"{string.Join(", ", words.SkipLast(1))} or {words[^1]}";

    /// <summary>A number of things: <c>0 events</c>, <c>1 event</c>, <c>2 events</c>.</summary>
    /// <param name="count">How many.</param>
    /// <param name="singular">The noun for one of them.</param>
    /// <param name="plural">The noun for several; without it, an s is added.</param>
    public static string Count(long count, string singular, string? plural = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {Noun(count, singular, plural)}");

    /// <summary>The same with the thousands grouped, as on the page: <c>12,345 events</c>.</summary>
    public static string GroupedCount(long count, string singular, string? plural = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {Noun(count, singular, plural)}");

    /// <summary>The noun that goes with a number: <c>event</c> for 1, <c>events</c> for any other.</summary>
    public static string Noun(long count, string singular, string? plural = null) => count == 1 ? singular : plural ?? singular + "s";

    /// <summary>A length of time in words, with two to three digits: <c>437 days</c>, <c>6.5 seconds</c>, <c>1 second</c>.</summary>
    public static string Duration(double seconds) => seconds switch
    {
        >= 2 * Year => $"{Whole(seconds / Year)} years",
        >= 2 * Day => $"{Whole(seconds / Day)} days",
        >= 2 * Hour => $"{Whole(seconds / Hour)} hours",
        >= 2 * Minute => $"{Whole(seconds / Minute)} minutes",
        >= 10 => $"{Whole(seconds)} seconds",
        >= 0.95 and < 1.05 => "1 second",
        >= 1 or 0 => $"{seconds.ToString("0.#", CultureInfo.InvariantCulture)} seconds",
        _ => $"{(seconds * 1000).ToString("0.#", CultureInfo.InvariantCulture)} milliseconds",
    };

    /// <summary>A return period in words. Readings cap theirs at 1000 years, which is then a lower bound: <c>≥ 1000 years</c>.</summary>
    public static string ReturnPeriod(double seconds) =>
        seconds >= Measurement.MostReturnPeriodSeconds ? "≥ 1000 years" : Duration(seconds);

    private static string Whole(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
