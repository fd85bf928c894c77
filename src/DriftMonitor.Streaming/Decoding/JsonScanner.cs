using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>
/// Finds fields in a JSON text in one strict pass, without allocation: RFC 8259, accepting exactly what <c>Utf8JsonReader</c> accepts,
/// and NaN, Infinity and -Infinity in place of numbers.
/// </summary>
/// <remarks>
/// The whole text is checked, also behind the last field: a record that was cut off is malformed even if all fields came before the cut.
/// If a key is repeated, the last value counts. The text must be valid UTF-8; the caller has checked that. Not thread-safe.
/// </remarks>
/// <param name="root">The places to find.</param>
/// <param name="tokens">Takes the token of each field; the caller has cleared it.</param>
internal sealed class JsonScanner(PathNode root, FieldToken[] tokens)
{
    private const int NoPlace = -1;

    /// <summary>Finds the fields.</summary>
    /// <param name="text">The text.</param>
    /// <param name="from">
    /// Where it begins, behind a byte order mark; tokens' places count from the start of <paramref name="text"/>.
    /// </param>
    /// <returns>Whether the text is well-formed.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryScan(ReadOnlySpan<byte> text, int from)
    {
        ref var start = ref MemoryMarshal.GetReference(text);
        nint end = text.Length;
        var at = JsonSyntax.SkipBlanks(ref start, from, end);
        at = ReadValue(ref start, at, end, root, 0);
        return at >= 0 && JsonSyntax.SkipBlanks(ref start, at, end) == end;
    }

    /// <summary>Finds the fields below a value, in a text that is well-formed.</summary>
    /// <param name="text">The text, to which tokens' places refer.</param>
    /// <param name="at">The place of the value's first byte.</param>
    /// <returns>The place behind it.</returns>
    public int ScanValue(ReadOnlySpan<byte> text, int at) =>
        (int)ReadValue(ref MemoryMarshal.GetReference(text), at, text.Length, root, 0);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private nint ReadValue(ref byte text, nint at, nint end, PathNode node, int depth)
    {
        if (at >= end)
        {
            return JsonSyntax.Malformed;
        }

        var first = Unsafe.Add(ref text, at);
        if (node.Field < 0)
        {
            return ReadInner(ref text, at, end, node, depth);
        }

        ref var token = ref tokens[node.Field];
        switch (first)
        {
            case (byte)'"':
                var close = JsonStrings.FindQuote(ref text, at + 1, end, out var isEscaped);
                if (close < 0)
                {
                    return JsonSyntax.Malformed;
                }

                token = new FieldToken(FieldKind.Text, isEscaped, (int)at + 1, (int)(close - at) - 1);
                return close + 1;
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                return JsonNumbers.Read(ref text, at, end, ref token);
            case (byte)'{' or (byte)'[':
                token = new FieldToken(FieldKind.Composite, false, (int)at, 0);
                return ReadInner(ref text, at, end, node, depth);
            case (byte)'N' or (byte)'I':
                return JsonNumbers.ReadNotFinite(ref text, at, end, ref token);
            default:
                var behind = JsonSyntax.SkipLiteral(ref text, at, end);
                token = behind < 0 || first == 'n' ? default : new FieldToken(FieldKind.Boolean, false, (int)at, (int)(behind - at));
                return behind;
        }
    }

    // A value of which only the inside matters.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private nint ReadInner(ref byte text, nint at, nint end, PathNode node, int depth) => Unsafe.Add(ref text, at) switch
    {
        (byte)'{' when node.HasNames => ReadObject(ref text, at + 1, end, node, depth),
        (byte)'[' when node.LastIndex >= 0 => ReadArray(ref text, at + 1, end, node, depth),
        _ => JsonSkipper.Skip(ref text, at, end, depth),
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private nint ReadObject(ref byte text, nint at, nint end, PathNode node, int depth)
    {
        at = JsonSyntax.SkipBlanks(ref text, at, end);
        if (depth >= EventDecoder.MaxDepth || JsonSyntax.IsAt(ref text, at, end, '}'))
        {
            return depth >= EventDecoder.MaxDepth ? JsonSyntax.Malformed : at + 1;
        }

        var prediction = node.Prediction;
        var isPredicting = prediction.Begin();
        for (var place = 0; JsonSyntax.IsAt(ref text, at, end, '"'); place++)
        {
            at++;
            if (isPredicting && prediction.TryMatch(place, ref Unsafe.Add(ref text, at), end - at, out var length, out var child))
            {
                at += length;
            }
            else
            {
                at = ReadKey(ref text, at, end, node, isPredicting ? place : NoPlace, out var found, out var isLearned);
                if (at < 0)
                {
                    return JsonSyntax.Malformed;
                }

                (child, isPredicting) = (found, isLearned); // locals of their own, so that these two stay in registers
            }

            at = JsonSyntax.SkipBlanks(ref text, at, end);
            at = child is null ? JsonSkipper.Skip(ref text, at, end, depth + 1) : ReadChild(ref text, at, end, child, depth + 1);
            if (at < 0)
            {
                return JsonSyntax.Malformed;
            }

            at = JsonSyntax.SkipBlanks(ref text, at, end);
            if (!JsonSyntax.IsAt(ref text, at, end, ','))
            {
                return JsonSyntax.SkipClosing(ref text, at, end, '}');
            }

            at = JsonSyntax.SkipBlanks(ref text, at + 1, end);
        }

        return JsonSyntax.Malformed;
    }

    // From a key's first byte to behind its colon. Where keys are predicted, it is learned for its place.
    private static nint ReadKey(
        ref byte text, nint at, nint end, PathNode node, int place, out PathNode? child, out bool isPredicting)
    {
        (child, isPredicting) = (null, place != NoPlace);
        var close = JsonStrings.FindQuote(ref text, at, end, out var isEscaped);
        if (close < 0)
        {
            return JsonSyntax.Malformed;
        }

        ref var key = ref Unsafe.Add(ref text, at);
        child = isEscaped
            ? node.FindEscaped(MemoryMarshal.CreateReadOnlySpan(ref key, (int)(close - at)))
            : node.Find(ref key, (int)(close - at), end - at);
        var colon = JsonSyntax.SkipBlanks(ref text, close + 1, end);
        if (colon >= end || Unsafe.Add(ref text, colon) != ':')
        {
            return JsonSyntax.Malformed;
        }

        if (isPredicting && !isEscaped && colon == close + 1)
        {
            isPredicting = node.Prediction.Learn(place, MemoryMarshal.CreateReadOnlySpan(ref key, (int)(colon - at) + 1), child);
        }

        return colon + 1;
    }

    private nint ReadArray(ref byte text, nint at, nint end, PathNode node, int depth)
    {
        at = JsonSyntax.SkipBlanks(ref text, at, end);
        if (depth >= EventDecoder.MaxDepth || JsonSyntax.IsAt(ref text, at, end, ']'))
        {
            return depth >= EventDecoder.MaxDepth ? JsonSyntax.Malformed : at + 1;
        }

        for (var element = 0; ; element++)
        {
            at = element <= node.LastIndex && node.Find(element) is { } child
                ? ReadChild(ref text, at, end, child, depth + 1)
                : JsonSkipper.Skip(ref text, at, end, depth + 1);
            if (at < 0)
            {
                return JsonSyntax.Malformed;
            }

            at = JsonSyntax.SkipBlanks(ref text, at, end);
            if (!JsonSyntax.IsAt(ref text, at, end, ','))
            {
                return JsonSyntax.SkipClosing(ref text, at, end, ']');
            }

            at = JsonSyntax.SkipBlanks(ref text, at + 1, end);
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
}
