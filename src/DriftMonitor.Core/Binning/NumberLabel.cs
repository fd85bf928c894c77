using System.Globalization;
using System.Text;

namespace DriftMonitor.Core.Binning;

/// <summary>
/// The text of a number as a category: the same for equal numbers (17, 17.0 and 1.7e1 are <c>17</c>), and without rounding.
/// </summary>
/// <remarks>
/// A number is d × 10ᵉ, where d is an integer that does not end in 0. It is written out where that adds few zeros (0.001, 1200000), and
/// otherwise with an exponent (1.5e-7, 1e30). So the text depends on the value alone, and integers keep all their digits.
/// </remarks>
public static class NumberLabel
{
    /// <summary>A label is longer than the number that it was made of by at most so many bytes.</summary>
    public const int MostAdded = MostZeros + 3;

    /// <summary>An integer ends in at most so many zeros that are written out.</summary>
    public const int MostZeros = 21;

    private const int MostZerosBehindPoint = 5;
    private const int LargestExponent = 1_000_000_000; // larger ones stay as they are written

    /// <summary>Writes the label of a number.</summary>
    /// <param name="number">
    /// A JSON number; digits may also be missing on one side of the point (<c>.5</c>, <c>5.</c>), and there may be a plus sign.
    /// </param>
    /// <param name="label">Takes the label; at least <see cref="MostAdded"/> bytes longer than the number.</param>
    /// <param name="length">The label's length.</param>
    /// <returns>False for any other text, as <c>007</c>, and for an exponent beyond a billion.</returns>
    public static bool TryWrite(ReadOnlySpan<byte> number, Span<byte> label, out int length)
    {
        length = 0;
        var isNegative = number is [(byte)'-', ..];
        var rest = isNegative || number is [(byte)'+', ..] ? number[1..] : number;
        if (rest is [(byte)'0', >= (byte)'0' and <= (byte)'9', ..] || !TryReadDigits(rest, label, out var count, out var exponent))
        {
            return false;
        }

        while (count > 0 && label[count - 1] == '0')
        {
            count--;
            exponent++;
        }

        if (count == 0)
        {
            label[0] = (byte)'0';
            length = 1;
            return true;
        }

        length = Arrange(label, count, exponent);
        if (isNegative)
        {
            label[..length].CopyTo(label[1..]);
            label[0] = (byte)'-';
            length++;
        }

        return true;
    }

    /// <summary>The label of a number; null for any other text.</summary>
    public static string? Of(string number)
    {
        var text = Encoding.UTF8.GetBytes(number);
        var label = new byte[text.Length + MostAdded];
        return TryWrite(text, label, out var length) ? Encoding.ASCII.GetString(label, 0, length) : null;
    }

    // The digits from the first that is not 0 on, and the power of ten that the last one counts.
    private static bool TryReadDigits(ReadOnlySpan<byte> number, Span<byte> digits, out int count, out int exponent)
    {
        (count, exponent) = (0, 0);
        var (hasDigits, hasPoint) = (false, false);
        for (var at = 0; at < number.Length; at++)
        {
            var character = number[at];
            if (character is >= (byte)'0' and <= (byte)'9')
            {
                hasDigits = true;
                exponent -= hasPoint ? 1 : 0;
                if (count > 0 || character != '0')
                {
                    digits[count++] = character;
                }
            }
            else if (character == '.' && !hasPoint)
            {
                hasPoint = true;
            }
            else
            {
                return hasDigits && character is (byte)'e' or (byte)'E' && TryAddExponent(number[(at + 1)..], count == 0, ref exponent);
            }
        }

        return hasDigits;
    }

    private static bool TryAddExponent(ReadOnlySpan<byte> text, bool isZero, ref int exponent)
    {
        var isNegative = text is [(byte)'-', ..];
        var digits = isNegative || text is [(byte)'+', ..] ? text[1..] : text;
        if (digits.IsEmpty || digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0)
        {
            return false;
        }

        var isRead = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= LargestExponent;
        exponent += isRead ? isNegative ? -value : value : 0;
        return isRead || isZero;
    }

    // Makes the label of the digits, in place.
    private static int Arrange(Span<byte> label, int count, int exponent)
    {
        var whole = count + exponent; // digits before the point
        if (exponent is >= 0 and <= MostZeros)
        {
            label.Slice(count, exponent).Fill((byte)'0');
            return whole;
        }

        if (exponent < 0 && whole > 0)
        {
            label[whole..count].CopyTo(label[(whole + 1)..]);
            label[whole] = (byte)'.';
            return count + 1;
        }

        if (exponent < 0 && whole >= -MostZerosBehindPoint)
        {
            label[..count].CopyTo(label[(2 - whole)..]);
            label[..(2 - whole)].Fill((byte)'0');
            label[1] = (byte)'.';
            return count + 2 - whole;
        }

        var length = 1;
        if (count > 1)
        {
            label[1..count].CopyTo(label[2..]);
            label[1] = (byte)'.';
            length = count + 1;
        }

        label[length++] = (byte)'e';
        (whole - 1).TryFormat(label[length..], out var written, default, CultureInfo.InvariantCulture);
        return length + written;
    }
}
