using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>The punctuation, blanks and literals of JSON.</summary>
/// <remarks>
/// The methods of this class and of the other <c>Json…</c> classes take the place of the first byte that they read, and return the place
/// behind the last one, or <see cref="Malformed"/>. They never read at <c>end</c> or behind it.
/// </remarks>
internal static class JsonSyntax
{
    /// <summary>In place of a place: the text is not JSON.</summary>
    public const nint Malformed = -1;

    /// <summary>Skips blanks, of which there may be none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint SkipBlanks(ref byte text, nint at, nint end)
    {
        while (at < end && Unsafe.Add(ref text, at) is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            at++;
        }

        return at;
    }

    /// <summary>Whether a character is at a place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsAt(ref byte text, nint at, nint end, char character) => at < end && Unsafe.Add(ref text, at) == character;

    /// <summary>Skips a bracket that must be here, as no other item follows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint SkipClosing(ref byte text, nint at, nint end, char bracket) =>
        IsAt(ref text, at, end, bracket) ? at + 1 : Malformed;

    /// <summary>Skips true, false or null.</summary>
    public static nint SkipLiteral(ref byte text, nint at, nint end)
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

    private static class Literals
    {
        public static readonly uint True = MemoryMarshal.Read<uint>("true"u8);
        public static readonly uint Null = MemoryMarshal.Read<uint>("null"u8);
        public static readonly uint Fals = MemoryMarshal.Read<uint>("fals"u8);
    }
}
