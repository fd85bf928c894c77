using System.Runtime.CompilerServices;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>Checks a value of JSON in which no field is looked for.</summary>
internal static class JsonSkipper
{
    /// <summary>Skips a value.</summary>
    /// <param name="text">The text.</param>
    /// <param name="at">The place of its first byte.</param>
    /// <param name="end">The end of the text.</param>
    /// <param name="depth">How many objects and arrays are around it.</param>
    public static nint Skip(ref byte text, nint at, nint end, int depth) =>
        at >= end ? JsonSyntax.Malformed
        : Unsafe.Add(ref text, at) switch
        {
            (byte)'"' => JsonStrings.Skip(ref text, at, end),
            (byte)'-' or (>= (byte)'0' and <= (byte)'9') => JsonNumbers.Skip(ref text, at, end),
            (byte)'{' or (byte)'[' => SkipNested(ref text, at, end, depth),
            (byte)'N' or (byte)'I' => JsonNumbers.SkipNotFinite(ref text, at, end),
            _ => JsonSyntax.SkipLiteral(ref text, at, end),
        };

    // One loop for all that is nested in the value, with a bit for each level: 1 in an object.
    private static nint SkipNested(ref byte text, nint at, nint end, int depth)
    {
        var levels = 0UL;
        var open = 0;
        while (at < end)
        {
            // A value begins here.
            var first = Unsafe.Add(ref text, at);
            var isOpening = first is (byte)'{' or (byte)'[';
            if (isOpening)
            {
                if (depth + open >= EventDecoder.MaxDepth)
                {
                    return JsonSyntax.Malformed;
                }

                levels = (levels << 1) | (first == '{' ? 1UL : 0);
                open++;
                at++;
            }
            else
            {
                at = SkipScalar(ref text, at, end);
                if (at < 0)
                {
                    return JsonSyntax.Malformed;
                }
            }

            at = JsonSyntax.SkipBlanks(ref text, at, end);
            if (!isOpening || JsonSyntax.IsAt(ref text, at, end, BracketOf(levels)))
            {
                while (!JsonSyntax.IsAt(ref text, at, end, ','))
                {
                    at = JsonSyntax.SkipClosing(ref text, at, end, BracketOf(levels));
                    if (at < 0 || --open == 0)
                    {
                        return at;
                    }

                    levels >>= 1;
                    at = JsonSyntax.SkipBlanks(ref text, at, end);
                }

                at = JsonSyntax.SkipBlanks(ref text, at + 1, end);
            }

            if ((levels & 1) != 0)
            {
                at = SkipKey(ref text, at, end);
                if (at < 0)
                {
                    return JsonSyntax.Malformed;
                }
            }
        }

        return JsonSyntax.Malformed;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint SkipScalar(ref byte text, nint at, nint end) => Unsafe.Add(ref text, at) switch
    {
        (byte)'"' => JsonStrings.Skip(ref text, at, end),
        (byte)'-' or (>= (byte)'0' and <= (byte)'9') => JsonNumbers.Skip(ref text, at, end),
        (byte)'N' or (byte)'I' => JsonNumbers.SkipNotFinite(ref text, at, end),
        _ => JsonSyntax.SkipLiteral(ref text, at, end),
    };

    private static char BracketOf(ulong levels) => (levels & 1) != 0 ? '}' : ']';

    // From a key's quote to its value's first byte.
    private static nint SkipKey(ref byte text, nint at, nint end)
    {
        if (at >= end || Unsafe.Add(ref text, at) != '"')
        {
            return JsonSyntax.Malformed;
        }

        at = JsonStrings.Skip(ref text, at, end);
        at = at < 0 ? at : JsonSyntax.SkipBlanks(ref text, at, end);
        return at >= 0 && at < end && Unsafe.Add(ref text, at) == ':'
            ? JsonSyntax.SkipBlanks(ref text, at + 1, end)
            : JsonSyntax.Malformed;
    }
}
