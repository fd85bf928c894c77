namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>What the name of a file tells about its content.</summary>
/// <remarks>
/// Extensions are compared without that of a compression (<c>.gz</c>, <c>.zst</c>): <c>.csv</c>, <c>.tsv</c> and <c>.tab</c> are CSV;
/// <c>.json</c>, <c>.jsonl</c> and <c>.ndjson</c> are NDJSON. With another name, a file that begins with a brace or bracket is NDJSON.
/// </remarks>
public static class FileFormat
{
    private static readonly string[] CompressionExtensions = [".gz", ".zst", ".zstd"];
    private static readonly string[] CsvExtensions = [".csv", ".tsv", ".tab"];
    private static readonly string[] NdjsonExtensions = [".json", ".jsonl", ".ndjson"];

    /// <summary>Whether the name is that of a CSV file.</summary>
    public static bool IsCsvName(string path) => HasExtension(path, CsvExtensions);

    /// <summary>Whether the name is that of an NDJSON file.</summary>
    internal static bool IsNdjsonName(string path) => HasExtension(path, NdjsonExtensions);

    private static bool HasExtension(string path, string[] extensions)
    {
        var compression = Array.Find(CompressionExtensions, extension => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase));
        var name = path.AsSpan(0, path.Length - (compression?.Length ?? 0));
        foreach (var extension in extensions)
        {
            if (name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
