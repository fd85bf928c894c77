namespace DriftMonitor.Core.Binning;

/// <summary>
/// The key of a category: its text in UTF-8, and a mark for numbers of JSON, which are of the same category as other spellings of the
/// number that are listed.
/// </summary>
public static class ValueLabel
{
    private const byte NumberMark = 0xFF; // never in UTF-8

    /// <summary>The longest key of a text.</summary>
    public static int LongestFor(int length) => length + 1;

    /// <summary>Writes the key of a text.</summary>
    /// <returns>The key, in the buffer.</returns>
    public static ReadOnlySpan<byte> Write(ReadOnlySpan<byte> text, bool isNumber, Span<byte> buffer)
    {
        text.CopyTo(buffer);
        buffer[text.Length] = NumberMark;
        return buffer[..(text.Length + (isNumber ? 1 : 0))];
    }

    /// <summary>Whether a key is that of a number of JSON.</summary>
    public static bool IsNumber(ReadOnlySpan<byte> key) => key.Length > 0 && key[^1] == NumberMark;

    /// <summary>The text of a key.</summary>
    public static ReadOnlySpan<byte> TextOf(ReadOnlySpan<byte> key) => IsNumber(key) ? key[..^1] : key;

    /// <summary>The bin of a key.</summary>
    public static int BinOf(ReadOnlySpan<byte> key, CategoricalBinning binning) =>
        IsNumber(key) ? binning.BinOfNumber(TextOf(key)) : binning.BinOf(key);
}
