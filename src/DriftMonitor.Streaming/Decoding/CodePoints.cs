namespace DriftMonitor.Streaming.Decoding;

/// <summary>Counts the code points of UTF-8.</summary>
internal static class CodePoints
{
    /// <summary>The number of code points in valid UTF-8: of bytes that do not continue one.</summary>
    public static int Count(ReadOnlySpan<byte> utf8)
    {
        var count = 0;
        foreach (var each in utf8)
        {
            count += (each & 0b1100_0000) != 0b1000_0000 ? 1 : 0;
        }

        return count;
    }
}
