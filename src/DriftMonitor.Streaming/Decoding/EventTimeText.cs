using System.Buffers.Text;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>
/// Reads event times: ISO 8601 (<c>2013-02-09T08:15:00.250+01:00</c>; UTC if it has no zone), or a number since the Unix epoch, in
/// milliseconds from 1e11 on and in seconds below. The result is in whole milliseconds, rounded down.
/// </summary>
public static class EventTimeText
{
    private const long SmallestMilliseconds = 100_000_000_000;

    /// <summary>The time that a JSON number means; null if it is outside the years 1 to 9999.</summary>
    public static EventTime? FromNumber(ReadOnlySpan<byte> json)
    {
        if (Utf8Parser.TryParse(json, out long whole, out var consumed) && consumed == json.Length)
        {
            return whole >= SmallestMilliseconds ? InRange(whole)
                : whole < EventTime.Earliest.Milliseconds / 1000 ? null : InRange(whole * 1000);
        }

        // As a decimal, not a double: 1357034400.001 s is 1357034400001 ms, not one less.
        var format = json.IndexOfAny((byte)'e', (byte)'E') < 0 ? 'G' : 'E';
        if (!Utf8Parser.TryParse(json, out decimal number, out consumed, format) || consumed != json.Length)
        {
            return null;
        }

        if (number >= SmallestMilliseconds)
        {
            return number > EventTime.Latest.Milliseconds ? null : InRange((long)decimal.Floor(number));
        }

        return number < EventTime.Earliest.Milliseconds / 1000 ? null : InRange((long)decimal.Floor(number * 1000));
    }

    /// <summary>
    /// The time that a text means: a date <c>yyyy-MM-dd</c>, optionally followed by <c>T</c> (or a space) and <c>HH:mm</c>, <c>:ss</c>, a
    /// fraction, and a zone <c>Z</c>, <c>±HH:mm</c>, <c>±HHmm</c> or <c>±HH</c>; null for anything else.
    /// </summary>
    /// <remarks>
    /// .NET's own parsers of UTF-8 are not used: <c>Utf8Parser</c> requires seven digits of a fraction, and <c>Utf8JsonReader</c> takes a
    /// time without a zone as local and rejects a space, a comma and <c>±HH</c>.
    /// </remarks>
    public static EventTime? FromIso8601(ReadOnlySpan<byte> text)
    {
        if (text.Length < 10 || text[4] != '-' || text[7] != '-'
            || !TryDigits(text, 0, 4, out var year) || !TryDigits(text, 5, 2, out var month) || !TryDigits(text, 8, 2, out var day)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return null;
        }

        var date = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc);
        var milliseconds = (date - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMillisecond;
        if (text.Length == 10)
        {
            return InRange(milliseconds);
        }

        if (text.Length < 16 || text[10] is not ((byte)'T' or (byte)'t' or (byte)' ') || text[13] != ':'
            || !TryDigits(text, 11, 2, out var hour) || !TryDigits(text, 14, 2, out var minute) || hour > 23 || minute > 59)
        {
            return null;
        }

        milliseconds += (hour * 60 + minute) * 60_000L;
        var at = 16;
        if (at < text.Length && text[at] == ':')
        {
            if (!TryDigits(text, 17, 2, out var second) || second > 59)
            {
                return null;
            }

            milliseconds += second * 1000L;
            at = 19;
            if (at < text.Length && text[at] is (byte)'.' or (byte)',')
            {
                var first = ++at;
                for (var weight = 100; at < text.Length && (uint)(text[at] - '0') <= 9; at++, weight /= 10)
                {
                    milliseconds += (text[at] - '0') * weight; // after the third digit the weight is 0: rounds down
                }

                if (at == first)
                {
                    return null;
                }
            }
        }

        return TryZone(text[at..], out var offset) ? InRange(milliseconds - offset) : null;
    }

    private static bool TryZone(ReadOnlySpan<byte> zone, out long milliseconds)
    {
        milliseconds = 0;
        if (zone.IsEmpty || (zone.Length == 1 && zone[0] is (byte)'Z' or (byte)'z'))
        {
            return true;
        }

        if (zone[0] is not ((byte)'+' or (byte)'-') || !TryDigits(zone, 1, 2, out var hours))
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
