using System.Buffers.Text;
using System.Text;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>Reads numbers in UTF-8.</summary>
internal static class NumberText
{
    /// <summary>
    /// Integers of up to so many digits are exact doubles, as are <see cref="PowersOfTen"/>: the quotient of two of them is rounded only
    /// once, to the nearest (Clinger 1990).
    /// </summary>
    public const int MostExactDigits = 15;

    /// <summary>1, 10, … up to 10 to the power of <see cref="MostExactDigits"/>.</summary>
    public static readonly double[] PowersOfTen =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

    /// <summary>The double nearest to a JSON number; infinite beyond the range of doubles.</summary>
    public static double ToDouble(ReadOnlySpan<byte> json)
    {
        // Few digits, with or without a point, are exact. Utf8Parser and double.TryParse return the same double, but take three times as
        // long or more.
        var at = 0;
        var negative = json.Length > 0 && json[0] == '-';
        at += negative ? 1 : 0;
        if (json.Length - at <= MostExactDigits + 1)
        {
            long digits = 0;
            int count = 0, point = -1;
            for (; at < json.Length; at++)
            {
                var digit = json[at] - '0';
                if ((uint)digit <= 9)
                {
                    digits = digits * 10 + digit;
                    count++;
                }
                else if (json[at] == '.' && point < 0)
                {
                    point = count;
                }
                else
                {
                    count = MostExactDigits + 1; // an exponent: use the general parser
                    break;
                }
            }

            if (count <= MostExactDigits)
            {
                var value = point < 0 ? digits : digits / PowersOfTen[count - point];
                return negative ? -value : value;
            }
        }

        return Utf8Parser.TryParse(json, out double general, out var consumed) && consumed == json.Length ? general : double.NaN;
    }

    /// <summary>Reads a CSV cell as a number: a JSON number, NaN or an infinity; a plus sign is allowed.</summary>
    public static bool TryReadCell(ReadOnlySpan<byte> cell, out double value)
    {
        var unsigned = cell.Length > 1 && cell[0] is (byte)'+' or (byte)'-' ? cell[1..] : cell;
        if (IsJsonNumber(unsigned))
        {
            value = ToDouble(unsigned);
        }
        else if (Ascii.EqualsIgnoreCase(unsigned, "nan"u8))
        {
            value = double.NaN;
        }
        else if (Ascii.EqualsIgnoreCase(unsigned, "inf"u8) || Ascii.EqualsIgnoreCase(unsigned, "infinity"u8))
        {
            value = double.PositiveInfinity;
        }
        else
        {
            value = 0;
            return false;
        }

        value = cell[0] == '-' ? -value : value;
        return true;
    }

    /// <summary>
    /// Whether a text is a JSON number without a sign: digits without leading zeros, then optionally a fraction and an exponent.
    /// </summary>
    public static bool IsJsonNumber(ReadOnlySpan<byte> text)
    {
        var rest = text;
        var whole = SkipDigits(ref rest);
        if (whole == 0 || (whole > 1 && text[0] == '0'))
        {
            return false;
        }

        if (rest is [(byte)'.', ..])
        {
            rest = rest[1..];
            if (SkipDigits(ref rest) == 0)
            {
                return false;
            }
        }

        if (rest is [(byte)'e' or (byte)'E', ..])
        {
            rest = rest[1..];
            rest = rest is [(byte)'+' or (byte)'-', ..] ? rest[1..] : rest;
            if (SkipDigits(ref rest) == 0)
            {
                return false;
            }
        }

        return rest.IsEmpty;
    }

    // Removes the digits at the start, and returns how many there were.
    private static int SkipDigits(ref ReadOnlySpan<byte> rest)
    {
        var count = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        count = count < 0 ? rest.Length : count;
        rest = rest[count..];
        return count;
    }
}
