using System.Text.Json;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>Examines the beginning of an NDJSON file.</summary>
internal static class JsonOpening
{
    /// <summary>Whether the first line that is not blank is a complete JSON object or array.</summary>
    public static bool IsLineOfJson(ReadOnlySpan<byte> start)
    {
        var line = FileOpening.FirstLine(start);
        try
        {
            var reader = new Utf8JsonReader(line);
            return reader.Read() && reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray && reader.TrySkip();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Examines the beginning of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="sample">Its first bytes, without a byte order mark.</param>
    /// <param name="isWhole">Whether these are all.</param>
    /// <returns>What the file is read as, if it may be something else; null if there is no doubt.</returns>
    /// <exception cref="SourceException">Its first JSON value extends over several lines.</exception>
    public static string? Examine(InputFile file, ReadOnlySpan<byte> sample, bool isWhole)
    {
        var text = sample.TrimStart(" \t\r\n"u8);
        if (SpansLines(text, isWhole))
        {
            throw new SourceException(text[0] == '['
                ? $"{file.Name} is one JSON array, but each event must be a line: write one object per line, for example with "
                    + "jq -c '.[]'"
                : $"{file.Name} has JSON objects of several lines, but each event must be one: write one object per line, for example "
                    + "with jq -c .");
        }

        var line = FileOpening.FirstLine(sample);
        if (line is [(byte)'[', ..] && isWhole && text[line.Length..].IndexOfAnyExcept(" \t\r\n"u8) < 0)
        {
            return $"{file.Name} is one JSON array in one line: if its elements are the events, write one object per line, for example "
                + "with jq -c '.[]'";
        }

        return line is [(byte)'{' or (byte)'[', ..] or [] ? null
            : $"{file.Name} was read as one JSON object per line, because of its name, but its first line is not JSON: "
                + FileOpening.Show(line);
    }

    // Whether the first value is complete only after the first line.
    private static bool SpansLines(ReadOnlySpan<byte> text, bool isWhole)
    {
        var end = text.IndexOf((byte)'\n');
        if (end < 0 || text is not [(byte)'{' or (byte)'[', ..])
        {
            return false;
        }

        // A first line "[{…}," is certain, whatever its objects contain: Python writes NaN, which the reader rejects.
        var line = text[..end].TrimEnd(" \t\r"u8);
        if (line is [_] || (line[0] == '[' && line[^1] == ','))
        {
            return true;
        }

        try
        {
            var reader = new Utf8JsonReader(text, isFinalBlock: false, default);
            while (reader.Read())
            {
                if (reader.CurrentDepth == 0 && reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject)
                {
                    return reader.BytesConsumed > end;
                }
            }
        }
        catch (JsonException)
        {
            return false;
        }

        return !isWhole;
    }
}
