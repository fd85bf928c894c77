namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>Tells CSV from NDJSON.</summary>
/// <remarks>
/// By the extension of the name, with or without <c>.gz</c>: <c>.csv</c> is CSV; <c>.json</c>, <c>.jsonl</c> and <c>.ndjson</c> are NDJSON.
/// With another name, a file that begins with a brace or bracket is NDJSON.
/// </remarks>
internal static class FileFormat
{
    private static readonly string[] NdjsonExtensions = [".json", ".jsonl", ".ndjson"];

    /// <summary>Whether a file is CSV.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="start">Its first bytes, decompressed and without a byte order mark.</param>
    /// <returns>True for CSV; false for NDJSON, and for a file of an unknown extension without content.</returns>
    public static bool IsCsv(string path, ReadOnlySpan<byte> start)
    {
        var name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        if (name.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        if (Array.Exists(NdjsonExtensions, extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase)))
        {
            return false;
        }

        var content = start.TrimStart(" \t\r\n"u8);
        return content is not [(byte)'{' or (byte)'[', ..] && !content.IsEmpty;
    }
}
