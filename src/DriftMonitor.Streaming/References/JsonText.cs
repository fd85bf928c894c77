using System.Globalization;
using System.Text.Json;

namespace DriftMonitor.Streaming.References;

/// <summary>JSON that people write: how it is read, and where in it a fault lies.</summary>
public static class JsonText
{
    /// <summary>Comments, and a comma behind the last.</summary>
    public static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>The place and nature of a fault, lines and characters from 1: <c>line 3, character 14: '}' is invalid …</c>.</summary>
    public static string Place(JsonException fault)
    {
        var message = fault.Message;
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        end = end < 0 ? message.IndexOf(" Path:", StringComparison.Ordinal) : end;
        var what = (end < 0 ? message : message[..end]).TrimEnd('.', ' ');
        return string.Create(CultureInfo.InvariantCulture, $"line {fault.LineNumber + 1}, character {fault.BytePositionInLine + 1}: {what}");
    }
}
