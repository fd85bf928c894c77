using System.Text;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>What the beginning of a file tells about the rest.</summary>
/// <param name="Length">The number of bytes before the first event: a byte order mark, comments, and the header of CSV.</param>
/// <param name="Rows">The number of rows before the first event.</param>
/// <param name="Header">The header; null for NDJSON, where each line is an event.</param>
/// <param name="HasComments">Whether lines above the header are comments.</param>
/// <param name="Note">What the file is read as and why, if it may be something else; null if there is no doubt.</param>
internal sealed record FileOpening(int Length, long Rows, CsvHeader? Header, bool HasComments, string? Note)
{
    private const int SampleBytes = 64 * 1024;
    private const int SampleLines = 32;
    private const int LongestShown = 60; // of a first line, in characters

    /// <summary>Whether enough has been read to examine the beginning: a pipe may give a byte at a time.</summary>
    /// <param name="path">The path.</param>
    /// <param name="read">What has been read.</param>
    public static bool IsEnough(string path, ReadOnlySpan<byte> read)
    {
        var lines = read.Count((byte)'\n');
        return lines >= SampleLines
            || (lines > 0 && read.Length >= SampleBytes)
            || (lines > 0 && IsJson(path, read) && FirstLine(read) is [(byte)'{', ..] && JsonOpening.IsLineOfJson(read));
    }

    /// <summary>Examines the beginning of a file.</summary>
    /// <remarks>
    /// The result depends on the first 32 lines or 64 KiB, whatever ends first, and on the first line: not on how much a pipe happens to
    /// have given.
    /// </remarks>
    /// <param name="file">The file.</param>
    /// <param name="read">Its first bytes, as many as <see cref="IsEnough"/> asks for, or more.</param>
    /// <param name="isWhole">Whether these are all.</param>
    /// <exception cref="SourceException">The file is of a format that is not read, or has no header where it is CSV.</exception>
    public static FileOpening Examine(InputFile file, ReadOnlySpan<byte> read, bool isWhole)
    {
        var sample = read[..SampleLength(read)];
        isWhole &= sample.Length == read.Length;
        if (UnreadableFormats.Describe(sample) is { } format)
        {
            throw new SourceException($"{file.Name} is {format}");
        }

        var mark = sample.StartsWith("\uFEFF"u8) ? 3 : 0;
        if (IsJson(file.Path, sample))
        {
            return new FileOpening(mark, 0, null, false, JsonOpening.Examine(file, sample[mark..], isWhole));
        }

        if (mark == sample.Length || (IsBlank(sample) && !FileFormat.IsCsvName(file.Path)))
        {
            return new FileOpening(mark, 0, null, false, null);
        }

        if (sample[mark..].TrimStart(" \t\r\n"u8) is [(byte)'{', ..] && JsonOpening.IsLineOfJson(sample))
        {
            throw new SourceException($"{file.Name} contains JSON, not CSV as its name says: rename it to .ndjson");
        }

        var csv = CsvOpening.Examine(file, sample[mark..], isWhole);
        return csv with { Length = csv.Length + mark };
    }

    /// <summary>A line as it is shown in a message: in quotes, and cut if it is long.</summary>
    public static string Show(ReadOnlySpan<byte> line)
    {
        var text = Encoding.UTF8.GetString(line[..Math.Min(line.Length, 4 * LongestShown)]).TrimEnd('\r');
        return text.Length <= LongestShown ? $"\"{text}\"" : $"\"{text[..LongestShown]}…\"";
    }

    /// <summary>The first line that is not blank, without its line end.</summary>
    public static ReadOnlySpan<byte> FirstLine(ReadOnlySpan<byte> text)
    {
        text = text.StartsWith("\uFEFF"u8) ? text[3..] : text;
        text = text.TrimStart(" \t\r\n"u8);
        var end = text.IndexOf((byte)'\n');
        return (end < 0 ? text : text[..end]).TrimEnd((byte)'\r');
    }

    private static bool IsJson(string path, ReadOnlySpan<byte> start) =>
        FileFormat.IsNdjsonName(path) || (!FileFormat.IsCsvName(path) && FirstLine(start) is [(byte)'{' or (byte)'[', ..]);

    private static bool IsBlank(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept(" \t\r\n"u8) < 0;

    // The end of the last line of the sample, or of 64 KiB; the first line is part of it whatever its length.
    private static int SampleLength(ReadOnlySpan<byte> read)
    {
        var at = 0;
        for (var line = 0; line < SampleLines; line++)
        {
            var end = read[at..].IndexOf((byte)'\n');
            if (end < 0 || (line > 0 && at + end + 1 > SampleBytes))
            {
                return line == 0 ? read.Length : Math.Min(read.Length, Math.Max(SampleBytes, at));
            }

            at += end + 1;
        }

        return at;
    }
}
