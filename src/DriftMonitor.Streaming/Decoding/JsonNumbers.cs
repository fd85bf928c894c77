using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DriftMonitor.Core.Binning;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>
/// The numbers of JSON, and the tokens NaN, Infinity and -Infinity, which are no JSON, but which Python and others write.
/// </summary>
internal static class JsonNumbers
{
    private static ReadOnlySpan<byte> NaN => "NaN"u8;

    private static ReadOnlySpan<byte> Infinity => "Infinity"u8;

    private static ReadOnlySpan<byte> MinusInfinity => "-Infinity"u8;

    /// <summary>Reads a number.</summary>
    /// <param name="text">The text.</param>
    /// <param name="at">The place of its first byte.</param>
    /// <param name="end">The end of the text.</param>
    /// <param name="token">Takes its place and its value.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
        if (whole == 0)
        {
            return ReadNotFinite(ref text, start, end, ref token);
        }

        var startsWithZero = Unsafe.Add(ref text, first) == '0';
        if (whole > 1 && startsWithZero)
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
        var mayBeNoLabel = decimals > 0
            ? startsWithZero || Unsafe.Add(ref text, at - 1) == '0'
            : (startsWithZero && isNegative) || whole > NumberLabel.MostZeros;
        if (at < end && (Unsafe.Add(ref text, at) | 0x20) == 'e')
        {
            (isExact, mayBeNoLabel) = (false, true);
            at = SkipFraction(ref text, at, end);
            if (at < 0)
            {
                return JsonSyntax.Malformed;
            }
        }

        var number = isExact
            ? decimals == 0 ? digits : digits / NumberText.PowersOfTen[decimals]
            : NumberText.ToDouble(MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref text, start), (int)(at - start)));
        token = new FieldToken(FieldKind.Number, mayBeNoLabel, (int)start, (int)(at - start))
        {
            Number = isExact && isNegative ? -number : number,
        };
        return at;
    }

    /// <summary>Skips a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nint Skip(ref byte text, nint at, nint end)
    {
        var start = at;
        at += Unsafe.Add(ref text, at) == '-' ? 1 : 0;
        var first = at;
        at = SkipDigits(ref text, at, end);
        if (at == first)
        {
            return SkipNotFinite(ref text, start, end);
        }

        if (at - first > 1 && Unsafe.Add(ref text, first) == '0')
        {
            return JsonSyntax.Malformed;
        }

        return at < end && Unsafe.Add(ref text, at) is (byte)'.' or (byte)'e' or (byte)'E' ? SkipFraction(ref text, at, end) : at;
    }

    /// <summary>Reads NaN, Infinity or -Infinity.</summary>
    /// <param name="text">The text.</param>
    /// <param name="at">The place of its first byte.</param>
    /// <param name="end">The end of the text.</param>
    /// <param name="token">Takes its place and its value.</param>
    public static nint ReadNotFinite(ref byte text, nint at, nint end, ref FieldToken token)
    {
        var written = NotFiniteAt(ref text, at, end);
        if (written.IsEmpty)
        {
            return JsonSyntax.Malformed;
        }

        token = new FieldToken(FieldKind.Number, false, (int)at, written.Length)
        {
            Number = written == NaN ? double.NaN : written == Infinity ? double.PositiveInfinity : double.NegativeInfinity,
        };
        return at + written.Length;
    }

    /// <summary>Skips NaN, Infinity or -Infinity.</summary>
    public static nint SkipNotFinite(ref byte text, nint at, nint end) =>
        NotFiniteAt(ref text, at, end).Length is > 0 and var length ? at + length : JsonSyntax.Malformed;

    // The token that is not finite; empty if there is none.
    private static ReadOnlySpan<byte> NotFiniteAt(ref byte text, nint at, nint end)
    {
        var rest = MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref text, at), (int)(end - at));
        return rest.StartsWith(NaN) ? NaN
            : rest.StartsWith(Infinity) ? Infinity
            : rest.StartsWith(MinusInfinity) ? MinusInfinity
            : default;
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
