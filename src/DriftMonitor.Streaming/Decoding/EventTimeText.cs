using System.Buffers.Text;
using System.Runtime.CompilerServices;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>
/// Reads event times: ISO 8601 (<c>2013-02-09T08:15:00.250+01:00</c>; UTC if it has no zone), or a number since the Unix epoch: in
/// nanoseconds from 1e17 on, in microseconds from 1e14, in milliseconds from 1e11, and in seconds below. The result is in whole
/// milliseconds, rounded down.
/// </summary>
public static class EventTimeText
{
    /// <summary>The forms that are read without an <see cref="EventTimeFormat"/>, for messages.</summary>
    public const string Forms =
        "ISO 8601, such as 2013-02-09T08:15:00Z, or a number since 1970 in seconds, milliseconds, microseconds or nanoseconds";

    private const long SmallestMilliseconds = 100_000_000_000;
    private const long SmallestMicroseconds = 100_000_000_000_000;
    private const long SmallestNanoseconds = 100_000_000_000_000_000;

    /// <summary>Why an event time cannot be read, with the remedy, as part of a sentence.</summary>
    /// <param name="example">An event time as it is written.</param>
    /// <param name="field">Its field.</param>
    /// <param name="format">The format that it should have; null for the usual forms.</param>
    public static string DescribeUnreadable(string example, string field, EventTimeFormat? format) =>
        format is null
            ? $"the event time in the field \"{field}\" is \"{example}\", which can't be read: it must be {Forms}; "
                + "for others write EventTimeFormat, such as dd.MM.yyyy HH:mm:ss"
            : $"the event time in the field \"{field}\" is \"{example}\", which does not have the form of EventTimeFormat, \"{format}\"";

    /// <summary>The time that a JSON number means; null if it is outside the years 1 to 9999.</summary>
    public static EventTime? FromNumber(ReadOnlySpan<byte> json)
    {
        if (Utf8Parser.TryParse(json, out long whole, out var consumed) && consumed == json.Length)
        {
            return whole switch
            {
                >= SmallestNanoseconds => InRange(whole / 1_000_000),
                >= SmallestMicroseconds => InRange(whole / 1000),
                >= SmallestMilliseconds => InRange(whole),
                _ => whole < EventTime.Earliest.Milliseconds / 1000 ? null : InRange(whole * 1000),
            };
        }

        // As a decimal, not a double: 1357034400.001 s is 1357034400001 ms, not one less.
        var format = json.IndexOfAny((byte)'e', (byte)'E') < 0 ? 'G' : 'E';
        if (!Utf8Parser.TryParse(json, out decimal number, out consumed, format) || consumed != json.Length
            || number < EventTime.Earliest.Milliseconds / 1000)
        {
            return null;
        }

        var milliseconds = decimal.Floor(number switch
        {
            >= SmallestNanoseconds => number / 1_000_000,
            >= SmallestMicroseconds => number / 1000,
            >= SmallestMilliseconds => number,
            _ => number * 1000,
        });
        return milliseconds > EventTime.Latest.Milliseconds ? null : InRange((long)milliseconds);
    }

    /// <summary>The time that a text means: a number as in <see cref="FromNumber"/>, or ISO 8601; blanks around it are ignored.</summary>
    public static EventTime? FromText(ReadOnlySpan<byte> text)
    {
        if (text is [_, _, _, _, (byte)'-', ..] && FromIso8601(text) is { } usual)
        {
            return usual; // without a look for blanks and numbers
        }

        var trimmed = NumberText.Trim(text);
        return NumberText.IsJsonNumber(trimmed) ? FromNumber(trimmed) : FromIso8601(trimmed);
    }

    /// <summary>
    /// The time that a text means: a date <c>yyyy-MM-dd</c>, optionally followed by <c>T</c> (or a space) and <c>HH:mm</c>, <c>:ss</c>, a
    /// fraction, and a zone <c>Z</c>, <c>±HH:mm</c>, <c>±HHmm</c>, <c>±HH</c> or <c>UTC</c>; or the basic form <c>yyyyMMddTHHmmss</c>. The
    /// name of the zone in brackets may follow (<c>+01:00[Europe/Paris]</c>). Null for anything else.
    /// </summary>
    /// <remarks>
    /// .NET's own parsers of UTF-8 are not used: <c>Utf8Parser</c> requires seven digits of a fraction, and <c>Utf8JsonReader</c> takes a
    /// time without a zone as local and rejects a space, a comma and <c>±HH</c>.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static EventTime? FromIso8601(ReadOnlySpan<byte> text)
    {
        var dash = text.Length >= 10 && text[4] == '-' && text[7] == '-' ? 1 : 0; // 0 in the basic form
        var at = 8 + 2 * dash;
        if (text.Length < at
            || !TryDigits(text, 0, 4, out var year)
            || !TryDigits(text, 4 + dash, 2, out var month)
            || !TryDigits(text, 6 + 2 * dash, 2, out var day)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return null;
        }

        var date = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc);
        var milliseconds = (date - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMillisecond;
        if (text.Length == at)
        {
            return InRange(milliseconds);
        }

        return text[at] is (byte)'T' or (byte)'t' or (byte)' '
            && TryTimeOfDay(text, ref at, out var ofDay)
            && TryZone(text[at..], out var offset)
                ? InRange(milliseconds + ofDay - offset)
                : null;
    }

    // From the T on: HH:mm:ss or HHmmss, where seconds and their fraction may be missing.
    private static bool TryTimeOfDay(ReadOnlySpan<byte> text, ref int at, out long milliseconds)
    {
        milliseconds = 0;
        var colon = at + 3 < text.Length && text[at + 3] == ':' ? 1 : 0;
        if (!TryDigits(text, at + 1, 2, out var hour) || !TryDigits(text, at + 3 + colon, 2, out var minute) || hour > 23 || minute > 59)
        {
            return false;
        }

        milliseconds = (hour * 60 + minute) * 60_000L;
        at += 5 + colon;
        if (at >= text.Length || (colon > 0 ? text[at] != ':' : !char.IsAsciiDigit((char)text[at])))
        {
            return true;
        }

        if (!TryDigits(text, at + colon, 2, out var second) || second > 59)
        {
            return false;
        }

        milliseconds += second * 1000L;
        at += 2 + colon;
        if (at < text.Length && text[at] is (byte)'.' or (byte)',')
        {
            var first = ++at;
            for (var weight = 100; at < text.Length && (uint)(text[at] - '0') <= 9; at++, weight /= 10)
            {
                milliseconds += (text[at] - '0') * weight; // after the third digit the weight is 0: rounds down
            }

            return at > first;
        }

        return true;
    }

    private static bool TryZone(ReadOnlySpan<byte> zone, out long milliseconds)
    {
        milliseconds = 0;
        if (zone.IsEmpty || (zone.Length == 1 && zone[0] is (byte)'Z' or (byte)'z'))
        {
            return true;
        }

        if (zone is [.., (byte)']'] && zone.IndexOf((byte)'[') is >= 0 and var bracket)
        {
            // The offset before the name decides; a name alone is read only where it is that of UTC.
            var isUtc = zone[bracket..] is var name && (name.SequenceEqual("[UTC]"u8) || name.SequenceEqual("[Etc/UTC]"u8));
            return (bracket > 0 || isUtc) && TryZone(zone[..bracket], out milliseconds);
        }

        zone = zone is [(byte)' ', ..] ? zone[1..] : zone;
        if (zone.SequenceEqual("UTC"u8))
        {
            return true;
        }

        if (zone.IsEmpty || zone[0] is not ((byte)'+' or (byte)'-') || !TryDigits(zone, 1, 2, out var hours))
        {
            return false;
        }

        var minutes = 0;
        var isWhole = zone.Length == 3
            || (zone.Length == 5 && TryDigits(zone, 3, 2, out minutes))
            || (zone.Length == 6 && zone[3] == ':' && TryDigits(zone, 4, 2, out minutes));
        milliseconds = (hours * 60 + minutes) * (zone[0] == '-' ? -60_000L : 60_000L);
        return isWhole && hours <= 23 && minutes <= 59;
    }

    private static bool TryDigits(ReadOnlySpan<byte> text, int start, int count, out int value)
    {
        value = 0;
        if (start + count > text.Length)
        {
            return false;
        }

        foreach (var character in text.Slice(start, count))
        {
            var digit = character - '0';
            if ((uint)digit > 9)
            {
                return false;
            }

            value = value * 10 + digit;
        }

        return true;
    }

    private static EventTime? InRange(long milliseconds) => new EventTime(milliseconds) is { IsInRange: true } time ? time : null;
}
