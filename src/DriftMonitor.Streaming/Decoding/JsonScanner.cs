using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>
/// Finds fields in a JSON text in one strict pass, without allocation: RFC 8259, accepting exactly what <c>Utf8JsonReader</c> accepts.
/// </summary>
/// <remarks>
/// The whole text is checked, also behind the last field: a record that was cut off is malformed even if all fields came before the cut.
/// If a key is repeated, the last value counts. The text must be valid UTF-8; the caller has checked that. Not thread-safe.
/// </remarks>
/// <param name="root">The places to find.</param>
/// <param name="tokens">Takes the token of each field; the caller has cleared it.</param>
internal sealed class JsonScanner(PathNode root, FieldToken[] tokens)
{
    private const nint Malformed = -1;
    private const int MostExactDigits = 15; // as an integer, and after one division by a power of ten, exact to the last bit
    private static readonly double[] PowersOfTen = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

    /// <summary>Finds the fields.</summary>
    /// <param name="text">The text.</param>
    /// <param name="from">
    /// Where it begins, behind a byte order mark; tokens' places count from the start of <paramref name="text"/>.
    /// </param>
    /// <returns>Whether the text is well-formed.</returns>
    public bool TryScan(ReadOnlySpan<byte> text, int from)
    {
        ref var start = ref MemoryMarshal.GetReference(text);
        nint end = text.Length;
        var at = SkipBlanks(ref start, from, end);
        at = ReadValue(ref start, at, end, root, 0);
        return at >= 0 && SkipBlanks(ref start, at, end) == end;
    }

    // Each of these methods takes the place of its first byte and returns the place behind its last, or Malformed.
    private nint ReadValue(ref byte text, nint at, nint end, PathNode node, int depth)
    {
        if (at >= end)
        {
            return Malformed;
        }

        var first = Unsafe.Add(ref text, at);
        if (node.Field < 0)
        {
            return first switch
            {
                (byte)'{' when node.HasNames => ReadObject(ref text, at + 1, end, node, depth),
                (byte)'[' when node.LastIndex >= 0 => ReadArray(ref text, at + 1, end, node, depth),
                _ => SkipValue(ref text, at, end, depth),
            };
        }

        ref var token = ref tokens[node.Field];
        switch (first)
        {
            case (byte)'"':
                var close = FindQuote(ref text, at + 1, end, out var isEscaped);
                if (close < 0)
                {
                    return Malformed;
                }

                token = new FieldToken(FieldKind.Text, isEscaped, (int)at + 1, (int)(close - at) - 1);
                return close + 1;
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                return ReadNumber(ref text, at, end, ref token);
            case (byte)'{':
                token = new FieldToken(FieldKind.Composite, false, (int)at, 0);
                return node.HasNames ? ReadObject(ref text, at + 1, end, node, depth) : SkipValue(ref text, at, end, depth);
            case (byte)'[':
                token = new FieldToken(FieldKind.Composite, false, (int)at, 0);
                return node.LastIndex >= 0 ? ReadArray(ref text, at + 1, end, node, depth) : SkipValue(ref text, at, end, depth);
            default:
                var behind = SkipLiteral(ref text, at, end);
                token = behind < 0 || first == 'n' ? default : new FieldToken(FieldKind.Boolean, false, (int)at, (int)(behind - at));
                return behind;
        }
    }

    private nint ReadObject(ref byte text, nint at, nint end, PathNode node, int depth)
    {
        at = SkipBlanks(ref text, at, end);
        if (depth >= EventDecoder.MaxDepth || at >= end)
        {
            return Malformed;
        }

        if (Unsafe.Add(ref text, at) == '}')
        {
            return at + 1;
        }

        var prediction = node.Prediction;
        var isPredicting = prediction.Begin();
        for (var place = 0; at < end && Unsafe.Add(ref text, at) == '"'; place++)
        {
            at++;
            if (isPredicting && prediction.TryMatch(place, ref Unsafe.Add(ref text, at), end - at, out var length, out var child))
            {
                at += length;
            }
            else
            {
                var close = FindQuote(ref text, at, end, out var isEscaped);
                if (close < 0)
                {
                    return Malformed;
                }

                ref var key = ref Unsafe.Add(ref text, at);
                child = isEscaped
                    ? node.FindEscaped(MemoryMarshal.CreateReadOnlySpan(ref key, (int)(close - at)))
                    : node.Find(ref key, (int)(close - at), end - at);
                var colon = SkipBlanks(ref text, close + 1, end);
                if (colon >= end || Unsafe.Add(ref text, colon) != ':')
                {
                    return Malformed;
                }

                if (isPredicting && !isEscaped && colon == close + 1)
                {
                    isPredicting = prediction.Learn(place, MemoryMarshal.CreateReadOnlySpan(ref key, (int)(colon - at) + 1), child);
                }

                at = colon + 1;
            }

            at = SkipBlanks(ref text, at, end);
            at = child is null ? SkipValue(ref text, at, end, depth + 1) : ReadChild(ref text, at, end, child, depth + 1);
            if (at < 0)
            {
                return Malformed;
            }

            at = SkipBlanks(ref text, at, end);
            if (at >= end)
            {
                return Malformed;
            }

            var separator = Unsafe.Add(ref text, at++);
            if (separator == '}')
            {
                return at;
            }

            if (separator != ',')
            {
                return Malformed;
            }

            at = SkipBlanks(ref text, at, end);
        }

        return Malformed;
    }

    private nint ReadArray(ref byte text, nint at, nint end, PathNode node, int depth)
    {
        at = SkipBlanks(ref text, at, end);
        if (depth >= EventDecoder.MaxDepth || at >= end)
        {
            return Malformed;
        }

        if (Unsafe.Add(ref text, at) == ']')
        {
            return at + 1;
        }

        for (var element = 0; ; element++)
        {
            at = element <= node.LastIndex && node.Find(element) is { } child
                ? ReadChild(ref text, at, end, child, depth + 1)
                : SkipValue(ref text, at, end, depth + 1);
            if (at < 0)
            {
                return Malformed;
            }

            at = SkipBlanks(ref text, at, end);
            if (at >= end)
            {
                return Malformed;
            }

            var separator = Unsafe.Add(ref text, at++);
            if (separator == ']')
            {
                return at;
            }

            if (separator != ',')
            {
                return Malformed;
            }

            at = SkipBlanks(ref text, at, end);
        }
    }

    private nint ReadChild(ref byte text, nint at, nint end, PathNode child, int depth)
    {
        if (child.IsInner)
        {
            child.Clear(tokens); // a repeated key: what an earlier value had below it no longer counts
        }

        return ReadValue(ref text, at, end, child, depth);
    }

    // A value in which nothing is looked for. One loop for all that is nested in it, with a bit for each level: 1 in an object.
    private static nint SkipValue(ref byte text, nint at, nint end, int depth)
    {
        if (at >= end)
        {
            return Malformed;
        }

        switch (Unsafe.Add(ref text, at))
        {
            case (byte)'"':
                return SkipString(ref text, at, end);
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                return SkipNumber(ref text, at, end);
            case (byte)'{' or (byte)'[':
                return SkipNested(ref text, at, end, depth);
            default:
                return SkipLiteral(ref text, at, end);
        }
    }

    private static nint SkipNested(ref byte text, nint at, nint end, int depth)
    {
        var levels = 0UL;
        var open = 0;
        while (true)
        {
            // A value begins here.
            if (at >= end)
            {
                return Malformed;
            }

            var first = Unsafe.Add(ref text, at);
            if (first is (byte)'{' or (byte)'[')
            {
                if (depth + open >= EventDecoder.MaxDepth)
                {
                    return Malformed;
                }

                var isObject = first == '{';
                levels = (levels << 1) | (isObject ? 1UL : 0);
                open++;
                at = SkipBlanks(ref text, at + 1, end);
                if (at >= end)
                {
                    return Malformed;
                }

                if (Unsafe.Add(ref text, at) != (isObject ? '}' : ']'))
                {
                    at = isObject ? SkipKey(ref text, at, end) : at;
                    if (at < 0)
                    {
                        return Malformed;
                    }

                    continue;
                }
            }
            else
            {
                at = first == '"' ? SkipString(ref text, at, end)
                    : first is (byte)'-' or (>= (byte)'0' and <= (byte)'9') ? SkipNumber(ref text, at, end)
                    : SkipLiteral(ref text, at, end);
                if (at < 0)
                {
                    return Malformed;
                }
            }

            // A value has ended, or the place is at the end of an empty object or array.
            while (true)
            {
                at = SkipBlanks(ref text, at, end);
                if (at >= end)
                {
                    return Malformed;
                }

                var next = Unsafe.Add(ref text, at++);
                var isInObject = (levels & 1) != 0;
                if (next == (isInObject ? '}' : ']'))
                {
                    levels >>= 1;
                    if (--open == 0)
                    {
                        return at;
                    }

                    continue;
                }

                if (next != ',')
                {
                    return Malformed;
                }

                at = SkipBlanks(ref text, at, end);
                at = isInObject ? SkipKey(ref text, at, end) : at;
                if (at < 0)
                {
                    return Malformed;
                }

                break;
            }
        }
    }

    // From a key's quote to its value's first byte.
    private static nint SkipKey(ref byte text, nint at, nint end)
    {
        if (at >= end || Unsafe.Add(ref text, at) != '"')
        {
            return Malformed;
        }

        at = SkipString(ref text, at, end);
        at = at < 0 ? at : SkipBlanks(ref text, at, end);
        return at >= 0 && at < end && Unsafe.Add(ref text, at) == ':' ? SkipBlanks(ref text, at + 1, end) : Malformed;
    }

    private static nint SkipString(ref byte text, nint at, nint end)
    {
        var close = FindQuote(ref text, at + 1, end, out _);
        return close < 0 ? Malformed : close + 1;
    }

    private static nint SkipLiteral(ref byte text, nint at, nint end)
    {
        if (end - at < 4)
        {
            return Malformed;
        }

        var four = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref text, at));
        if (four == Literals.True || four == Literals.Null)
        {
            return at + 4;
        }

        return four == Literals.Fals && end - at > 4 && Unsafe.Add(ref text, at + 4) == 'e' ? at + 5 : Malformed;
    }

    private static nint SkipNumber(ref byte text, nint at, nint end)
    {
        at += Unsafe.Add(ref text, at) == '-' ? 1 : 0;
        var first = at;
        at = SkipDigits(ref text, at, end);
        if (at == first || (at - first > 1 && Unsafe.Add(ref text, first) == '0'))
        {
            return Malformed;
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
                return Malformed;
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
                return Malformed;
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

    private static nint ReadNumber(ref byte text, nint at, nint end, ref FieldToken token)
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
            return Malformed;
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
                return Malformed;
            }
        }

        var isExact = whole + decimals <= MostExactDigits;
        if (at < end && (Unsafe.Add(ref text, at) | 0x20) == 'e')
        {
            isExact = false;
            at = SkipFraction(ref text, at, end);
            if (at < 0)
            {
                return Malformed;
            }
        }

        // Digits and power of ten are exact doubles, so one division rounds once, to the nearest (Clinger 1990).
        var number = isExact
            ? decimals == 0 ? digits : digits / PowersOfTen[decimals]
            : NumberText.ToDouble(MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref text, start), (int)(at - start)));
        token = new FieldToken(FieldKind.Number, false, (int)start, (int)(at - start))
        {
            Number = isExact && isNegative ? -number : number,
        };
        return at;
    }

    // The quote that closes a string whose first byte is at the place.
    private static nint FindQuote(ref byte text, nint at, nint end, out bool isEscaped)
    {
        isEscaped = false;
        while (true)
        {
            at = FindSpecial(ref text, at, end);
            if (at >= end)
            {
                return Malformed;
            }

            var special = Unsafe.Add(ref text, at);
            if (special == '"')
            {
                return at;
            }

            if (special != '\\')
            {
                return Malformed; // a control character
            }

            isEscaped = true;
            at = SkipEscape(ref text, at + 1, end);
            if (at < 0)
            {
                return Malformed;
            }
        }
    }

    private static nint SkipEscape(ref byte text, nint at, nint end)
    {
        if (at >= end)
        {
            return Malformed;
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
                        return Malformed;
                    }
                }

                return at + 5;
            default:
                return Malformed;
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint SkipBlanks(ref byte text, nint at, nint end)
    {
        while (at < end && Unsafe.Add(ref text, at) is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            at++;
        }

        return at;
    }

    private static class Literals
    {
        public static readonly uint True = MemoryMarshal.Read<uint>("true"u8);
        public static readonly uint Null = MemoryMarshal.Read<uint>("null"u8);
        public static readonly uint Fals = MemoryMarshal.Read<uint>("fals"u8);
    }
}
