using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>The strings of JSON: where they end, and whether they have escapes.</summary>
internal static class JsonStrings
{
    /// <summary>Skips a string, from its opening quote on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nint Skip(ref byte text, nint at, nint end)
    {
        var close = FindQuote(ref text, at + 1, end, out _);
        return close < 0 ? JsonSyntax.Malformed : close + 1;
    }

    /// <summary>The place of the quote that closes a string.</summary>
    /// <param name="text">The text.</param>
    /// <param name="at">The place of the string's first byte, behind its opening quote.</param>
    /// <param name="end">The end of the text.</param>
    /// <param name="isEscaped">Whether the string has escapes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nint FindQuote(ref byte text, nint at, nint end, out bool isEscaped)
    {
        isEscaped = false;
        while (true)
        {
            at = FindSpecial(ref text, at, end);
            if (at >= end)
            {
                return JsonSyntax.Malformed;
            }

            var special = Unsafe.Add(ref text, at);
            if (special == '"')
            {
                return at;
            }

            if (special != '\\')
            {
                return JsonSyntax.Malformed; // a control character
            }

            isEscaped = true;
            at = SkipEscape(ref text, at + 1, end);
            if (at < 0)
            {
                return JsonSyntax.Malformed;
            }
        }
    }

    private static nint SkipEscape(ref byte text, nint at, nint end)
    {
        if (at >= end)
        {
            return JsonSyntax.Malformed;
        }

        switch (Unsafe.Add(ref text, at))
        {
            case (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t':
                return at + 1;
            case (byte)'u' when end - at > 4:
                for (var digit = 1; digit <= 4; digit++)
                {
                    if (!char.IsAsciiHexDigit((char)Unsafe.Add(ref text, at + digit)))
                    {
                        return JsonSyntax.Malformed;
                    }
                }

                return at + 5;
            default:
                return JsonSyntax.Malformed;
        }
    }

    // The next quote, backslash or control character; the end if there is none.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint FindSpecial(ref byte text, nint at, nint end)
    {
        if (Vector256.IsHardwareAccelerated)
        {
            for (; end - at >= Vector256<byte>.Count; at += Vector256<byte>.Count)
            {
                var bytes = Vector256.LoadUnsafe(ref text, (nuint)at);
                var special = Vector256.Equals(bytes, Vector256.Create((byte)'"'))
                    | Vector256.Equals(bytes, Vector256.Create((byte)'\\'))
                    | Vector256.Equals(Vector256.Min(bytes, Vector256.Create((byte)0x1F)), bytes);
                if (special != Vector256<byte>.Zero)
                {
                    return at + BitOperations.TrailingZeroCount(special.ExtractMostSignificantBits());
                }
            }
        }

        if (Vector128.IsHardwareAccelerated)
        {
            for (; end - at >= Vector128<byte>.Count; at += Vector128<byte>.Count)
            {
                var bytes = Vector128.LoadUnsafe(ref text, (nuint)at);
                var special = Vector128.Equals(bytes, Vector128.Create((byte)'"'))
                    | Vector128.Equals(bytes, Vector128.Create((byte)'\\'))
                    | Vector128.Equals(Vector128.Min(bytes, Vector128.Create((byte)0x1F)), bytes);
                if (special != Vector128<byte>.Zero)
                {
                    return at + BitOperations.TrailingZeroCount(special.ExtractMostSignificantBits());
                }
            }
        }

        while (at < end && Unsafe.Add(ref text, at) is >= 0x20 and not (byte)'"' and not (byte)'\\')
        {
            at++;
        }

        return at;
    }
}
