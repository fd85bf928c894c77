using System.Globalization;
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

    /// <summary>The double nearest to a number; infinite beyond the range of doubles.</summary>
    /// <param name="number">A JSON number; leading zeros, and a point without digits on one side are allowed.</param>
    public static double ToDouble(ReadOnlySpan<byte> number)
    {
        // Few digits, with or without a point, are exact. Utf8Parser and double.TryParse return the same double, but take three times as
        // long or more.
        var at = 0;
        var negative = number.Length > 0 && number[0] == '-';
        at += negative ? 1 : 0;
        if (number.Length - at <= MostExactDigits + 1)
        {
            long digits = 0;
            int count = 0, point = -1;
            for (; at < number.Length; at++)
            {
                var digit = number[at] - '0';
                if ((uint)digit <= 9)
                {
                    digits = digits * 10 + digit;
                    count++;
                }
                else if (number[at] == '.' && point < 0)
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

        return double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var general) ? general : double.NaN;
    }

    /// <summary>
    /// Reads a number in a text, such as a CSV cell: a JSON number, NaN or an infinity. Blanks around it, a plus sign, leading zeros, and a
    /// point without digits on one side are allowed.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out double value)
    {
        var number = Trim(text);
        var unsigned = WithoutSign(number);
        if (IsDecimal(unsigned))
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

        value = number[0] == '-' ? -value : value;
        return true;
    }

    /// <summary>A text without the blanks around it.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.Trim(" \t"u8);

    /// <summary>Whether a number in a text has a leading zero, as codes have that are no quantities: 007, but not 0 or 0.5.</summary>
    public static bool HasLeadingZero(ReadOnlySpan<byte> text) =>
        WithoutSign(Trim(text)) is [(byte)'0', >= (byte)'0' and <= (byte)'9', ..] and var number && IsDecimal(number);

    /// <summary>Whether a text is a JSON number.</summary>
    public static bool IsJsonNumber(ReadOnlySpan<byte> text) =>
        (text is [(byte)'-', ..] ? text[1..] : text) is [>= (byte)'0' and <= (byte)'9', ..] and var unsigned
        && unsigned is not [(byte)'0', >= (byte)'0' and <= (byte)'9', ..]
        && !EndsWithPoint(unsigned)
        && IsDecimal(unsigned);

    /// <summary>Whether a text is a number without a sign: digits, optionally with a point among or around them, and an exponent.</summary>
    private static bool IsDecimal(ReadOnlySpan<byte> text)
    {
        var rest = text;
        var digits = SkipDigits(ref rest);
        if (rest is [(byte)'.', ..])
        {
            rest = rest[1..];
            digits += SkipDigits(ref rest);
        }

        if (digits > 0 && rest is [(byte)'e' or (byte)'E', ..])
        {
            rest = rest[1..];
            rest = rest is [(byte)'+' or (byte)'-', ..] ? rest[1..] : rest;
            digits = SkipDigits(ref rest);
        }

        return digits > 0 && rest.IsEmpty;
    }

    // 5. and 5.e3 are no JSON.
    private static bool EndsWithPoint(ReadOnlySpan<byte> unsigned)
    {
        var point = unsigned.IndexOf((byte)'.');
        return point >= 0 && (point + 1 == unsigned.Length || unsigned[point + 1] is < (byte)'0' or > (byte)'9');
    }

    private static ReadOnlySpan<byte> WithoutSign(ReadOnlySpan<byte> number) =>
        number is [(byte)'+' or (byte)'-', ..] ? number[1..] : number;

    // Removes the digits at the start, and returns how many there were.
    private static int SkipDigits(ref ReadOnlySpan<byte> rest)
    {
        var count = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        count = count < 0 ? rest.Length : count;
        rest = rest[count..];
        return count;
    }
}
