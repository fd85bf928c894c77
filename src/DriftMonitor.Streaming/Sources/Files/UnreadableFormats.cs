using System.Text;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>Formats that are not read, told by the first bytes of a file, so that the file is refused by name.</summary>
internal static class UnreadableFormats
{
    private const string ToUtf8 = "convert it to UTF-8, for example with iconv -f ";
    private const string Decompress = "decompress it first";
    private const string ToRows = "convert it to CSV, or to one JSON object per line";

    private static readonly (byte[] Start, string Name, string Remedy)[] Formats =
    [
        ([0xff, 0xfe, 0, 0], "UTF-32 text", ToUtf8 + "UTF-32 -t UTF-8"),
        ([0, 0, 0xfe, 0xff], "UTF-32 text", ToUtf8 + "UTF-32 -t UTF-8"),
        ([0xff, 0xfe], "UTF-16 text", ToUtf8 + "UTF-16 -t UTF-8"),
        ([0xfe, 0xff], "UTF-16 text", ToUtf8 + "UTF-16 -t UTF-8"),
        ([.. "BZh"u8], "compressed with bzip2", Decompress + ", for example with bzip2 -d"),
        ([0xfd, .. "7zXZ"u8, 0], "compressed with xz", Decompress + ", for example with xz -d"),
        ([0x04, 0x22, 0x4d, 0x18], "compressed with lz4", Decompress + ", for example with lz4 -d"),
        ([.. "LZIP"u8], "compressed with lzip", Decompress + ", for example with lzip -d"),
        ([0x1f, 0x9d], "compressed with compress", Decompress + ", for example with gzip -d"),
        ([0xff, 0x06, 0, 0, .. "sNaPpY"u8], "compressed with snappy", Decompress),
        ([.. "PK"u8, 3, 4], "a ZIP archive", "extract a CSV or NDJSON file from it; if it is an Excel workbook, save it as CSV"),
        ([.. "PK"u8, 5, 6], "an empty ZIP archive", "give a CSV or NDJSON file"),
        ([.. "7z"u8, 0xbc, 0xaf, 0x27, 0x1c], "a 7z archive", "extract a CSV or NDJSON file from it"),
        ([0xd0, 0xcf, 0x11, 0xe0], "an Excel workbook or another Office document", "save it as CSV"),
        ([.. "PAR1"u8], "a Parquet file", ToRows),
        ([.. "Obj"u8, 1], "an Avro file", ToRows),
        ([.. "ORC"u8], "an ORC file", ToRows),
        ([.. "ARROW1"u8], "an Arrow file", ToRows),
        ([.. "SQLite format 3"u8], "an SQLite database", ToRows),
        ([.. "%PDF-"u8], "a PDF document", ToRows),
    ];

    /// <summary>What a file is, with the remedy, if it can't be read; null if nothing is known against it.</summary>
    /// <param name="start">Its first bytes, decompressed.</param>
    public static string? Describe(ReadOnlySpan<byte> start) =>
        Find(start) is { } format ? $"{format.Name}: {format.Remedy}" : IsMarkup(start) ? $"XML or HTML: {ToRows}" : null;

    /// <summary>The same where any text can be read, for a file that is not text.</summary>
    /// <param name="start">Its first bytes, decompressed.</param>
    public static string? DescribeAsText(ReadOnlySpan<byte> start)
    {
        if (Find(start) is not { } format)
        {
            return null;
        }

        var givesText = Array.Exists([ToUtf8, Decompress], remedy => format.Remedy.StartsWith(remedy, StringComparison.Ordinal));
        return $"{format.Name}: {(givesText ? format.Remedy : "give text in UTF-8, or leave the file out")}";
    }

    private static (string Name, string Remedy)? Find(ReadOnlySpan<byte> start)
    {
        foreach (var (bytes, name, remedy) in Formats)
        {
            if (start.StartsWith(bytes))
            {
                return (name, remedy);
            }
        }

        return start is [not 0, 0, not 0, 0, ..] or [0, not 0, 0, not 0, ..]
            ? ("UTF-16 text without a byte order mark", $"{ToUtf8}UTF-16{(start[0] == 0 ? "BE" : "LE")} -t UTF-8")
            : start is [0, ..] ? ("binary data, not text", "give a CSV or NDJSON file")
            : start.Length > 262 && start[257..262].SequenceEqual("ustar"u8)
            ? ("a tar archive", "extract a CSV or NDJSON file from it")
            : null;
    }

    private static bool IsMarkup(ReadOnlySpan<byte> start)
    {
        // Not every text that begins with < : some CSV files have columns such as <DATE>.
        var text = start.StartsWith("\uFEFF"u8) ? start[3..] : start;
        text = text.TrimStart(" \t\r\n"u8);
        return Begins(text, "<?xml"u8) || Begins(text, "<!doctype"u8) || Begins(text, "<html"u8) || Begins(text, "<!--"u8);
    }

    private static bool Begins(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) =>
        text.Length >= word.Length && Ascii.EqualsIgnoreCase(text[..word.Length], word);
}
