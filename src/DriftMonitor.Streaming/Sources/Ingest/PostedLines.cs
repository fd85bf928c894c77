using System.Runtime.InteropServices;
using System.Text.Unicode;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming.Sources.Ingest;

/// <summary>
/// Makes lines of bodies, one for each event, in place: JSON has line ends between its tokens only, where a blank means the same.
/// </summary>
public static class PostedLines
{
    /// <summary>The number of lines of a text, blank ones included.</summary>
    public static int Count(ReadOnlySpan<byte> text) => text.Count((byte)'\n') + (text is [] or [.., (byte)'\n'] ? 0 : 1);

    /// <summary>Makes one line of one JSON value.</summary>
    /// <param name="body">The text.</param>
    /// <returns>Whether it is one JSON value.</returns>
    public static bool TryJoin(Span<byte> body)
    {
        if (!IsJson(body))
        {
            return false;
        }

        ReplaceLineEnds(body);
        return true;
    }

    /// <summary>Makes lines of the objects in a JSON array.</summary>
    /// <param name="body">The text.</param>
    /// <param name="lines">Where the lines are in it.</param>
    /// <param name="count">How many they are.</param>
    /// <returns>Whether the text is an array of nothing but objects.</returns>
    public static bool TrySplit(Memory<byte> body, out Memory<byte> lines, out int count)
    {
        var text = body.Span;
        (lines, count) = (default, 0);
        if (!IsJson(text))
        {
            return false;
        }

        ReplaceLineEnds(text);
        ref var start = ref MemoryMarshal.GetReference(text);
        var first = JsonSyntax.SkipBlanks(ref start, LengthOfMark(text), text.Length);
        if (text[(int)first] != '[')
        {
            return false;
        }

        var at = JsonSyntax.SkipBlanks(ref start, first + 1, text.Length);
        while (text[(int)at] != ']')
        {
            if (text[(int)at] != '{')
            {
                return false;
            }

            count++;
            at = JsonSyntax.SkipBlanks(ref start, JsonSkipper.Skip(ref start, at, text.Length, 0), text.Length);
            if (text[(int)at] == ',')
            {
                text[(int)at] = (byte)'\n';
                at = JsonSyntax.SkipBlanks(ref start, at + 1, text.Length);
            }
        }

        lines = count == 0 ? default : body[((int)first + 1)..(int)at];
        return true;
    }

    private static bool IsJson(ReadOnlySpan<byte> text) =>
        Utf8.IsValid(text) && text.Length > 0 && new JsonScanner(PathNode.Root([]), []).TryScan(text, LengthOfMark(text));

    private static int LengthOfMark(ReadOnlySpan<byte> text) => text.StartsWith("\uFEFF"u8) ? 3 : 0;

    private static void ReplaceLineEnds(Span<byte> text)
    {
        text.Replace((byte)'\n', (byte)' ');
        text.Replace((byte)'\r', (byte)' ');
    }
}
