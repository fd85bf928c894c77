using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>The numbers of JSON; each begins with a minus sign or a digit.</summary>
internal static class JsonNumbers
{
    /// <summary>Reads a number.</summary>
    /// <param name="text">The text.</param>
    /// <param name="at">The place of its first byte.</param>
    /// <param name="end">The end of the text.</param>
    /// <param name="token">Takes its place and its value.</param>
    public static nint Read(ref byte text, nint at, nint end, ref FieldToken token)
    {
        var start = at;
        var isNegative = Unsafe.Add(ref text, at) == '-';
        at += isNegative ? 1 : 0;
        var first = at;
        long digits = 0;
        while (at < end && (uint)(Unsafe.Add(ref text, at) - '0') is var digit and <= 9)
        {
            digits = digits * 10 + digit; // may overflow: not used beyond MostExactDigits
            at++;
        }

        var whole = at - first;
        if (whole == 0 || (whole > 1 && Unsafe.Add(ref text, first) == '0'))
        {
            return JsonSyntax.Malformed;
        }

        nint decimals = 0;
        if (at < end && Unsafe.Add(ref text, at) == '.')
        {
            var point = ++at;
            while (at < end && (uint)(Unsafe.Add(ref text, at) - '0') is var digit and <= 9)
            {
                digits = digits * 10 + digit;
                at++;
            }

            decimals = at - point;
            if (decimals == 0)
            {
                return JsonSyntax.Malformed;
            }
        }

        var isExact = whole + decimals <= NumberText.MostExactDigits;
        if (at < end && (Unsafe.Add(ref text, at) | 0x20) == 'e')
        {
            isExact = false;
            at = SkipFraction(ref text, at, end);
            if (at < 0)
            {
                return JsonSyntax.Malformed;
            }
        }

        var number = isExact
            ? decimals == 0 ? digits : digits / NumberText.PowersOfTen[decimals]
            : NumberText.ToDouble(MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref text, start), (int)(at - start)));
        token = new FieldToken(FieldKind.Number, false, (int)start, (int)(at - start))
        {
            Number = isExact && isNegative ? -number : number,
        };
        return at;
    }

    /// <summary>Skips a number.</summary>
    public static nint Skip(ref byte text, nint at, nint end)
    {
        at += Unsafe.Add(ref text, at) == '-' ? 1 : 0;
        var first = at;
        at = SkipDigits(ref text, at, end);
        if (at == first || (at - first > 1 && Unsafe.Add(ref text, first) == '0'))
        {
            return JsonSyntax.Malformed;
        }

        return at < end && Unsafe.Add(ref text, at) is (byte)'.' or (byte)'e' or (byte)'E' ? SkipFraction(ref text, at, end) : at;
    }

    // From the point or the e on.
    private static nint SkipFraction(ref byte text, nint at, nint end)
    {
        nint first;
        if (Unsafe.Add(ref text, at) == '.')
        {
            first = at + 1;
            at = SkipDigits(ref text, first, end);
            if (at == first)
            {
                return JsonSyntax.Malformed;
            }
        }

        if (at < end && (Unsafe.Add(ref text, at) | 0x20) == 'e')
        {
            at++;
            at += at < end && Unsafe.Add(ref text, at) is (byte)'+' or (byte)'-' ? 1 : 0;
            first = at;
            at = SkipDigits(ref text, first, end);
            if (at == first)
            {
                return JsonSyntax.Malformed;
            }
        }

        return at;
    }

    private static nint SkipDigits(ref byte text, nint at, nint end)
    {
        while (at < end && (uint)(Unsafe.Add(ref text, at) - '0') <= 9)
        {
            at++;
        }

        return at;
    }
}
