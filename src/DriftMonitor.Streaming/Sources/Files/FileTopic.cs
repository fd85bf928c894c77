namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>The topic that a file stands for: its name without the folder and the extensions of its format and compression.</summary>
public static class FileTopic
{
    private static readonly string[] Compressions = [".gz", ".zst", ".zstd"];
    private static readonly string[] Formats = [".ndjson", ".jsonl", ".json", ".csv", ".tsv", ".txt", ".log"];

    /// <summary>The topic of a file: <c>orders.eu</c> for <c>dumps/orders.eu.ndjson.gz</c>.</summary>
    public static string Of(string path)
    {
        var name = Path.GetFileName(path);
        return WithoutOne(Formats, WithoutOne(Compressions, name));
    }

    private static string WithoutOne(string[] extensions, string name) =>
        Array.Find(extensions, extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase)) is { } found
            ? name[..^found.Length]
            : name;
}
