using System.Buffers.Text;
using System.Text;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>Numbers as events write them, in UTF-8.</summary>
internal static class NumberText
{
    private static readonly double[] PowersOfTen = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

    /// <summary>The double nearest to a JSON number; an infinity beyond the range of doubles.</summary>
    public static double ToDouble(ReadOnlySpan<byte> json)
    {
        // Up to 15 digits with a point: digits and power of ten are exact doubles, so one division rounds once, to the nearest (Clinger 1990).
        var at = 0;
        var negative = json.Length > 0 && json[0] == '-';
        at += negative ? 1 : 0;
        if (json.Length - at <= 16)
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
                    count = 16; // an exponent: the general way
                    break;
                }
            }

            if (count <= 15)
            {
                var value = point < 0 ? digits : digits / PowersOfTen[count - point];
                return negative ? -value : value;
            }
        }

        return Utf8Parser.TryParse(json, out double general, out var consumed) && consumed == json.Length ? general : double.NaN;
    }

    /// <summary>Reads a CSV cell as a number: a JSON number, NaN or an infinity, with a plus sign if need be.</summary>
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

    /// <summary>Whether a text is a JSON number without a sign: digits without leading zeros, then a fraction and an exponent if need be.</summary>
    public static bool IsJsonNumber(ReadOnlySpan<byte> text)
    {
        var rest = text;
        var whole = Digits(ref rest);
        if (whole == 0 || (whole > 1 && text[0] == '0'))
        {
            return false;
        }

        if (rest is [(byte)'.', ..])
        {
            rest = rest[1..];
            if (Digits(ref rest) == 0)
            {
                return false;
            }
        }

        if (rest is [(byte)'e' or (byte)'E', ..])
        {
            rest = rest[1..];
            rest = rest is [(byte)'+' or (byte)'-', ..] ? rest[1..] : rest;
            if (Digits(ref rest) == 0)
            {
                return false;
            }
        }

        return rest.IsEmpty;
    }

    private static int Digits(ref ReadOnlySpan<byte> rest)
    {
        var count = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        count = count < 0 ? rest.Length : count;
        rest = rest[count..];
        return count;
    }
}
