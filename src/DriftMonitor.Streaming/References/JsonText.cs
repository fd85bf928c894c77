using System.Globalization;
using System.Text.Json;

namespace DriftMonitor.Streaming.References;

/// <summary>JSON that people write: how it is read, and where in it an error is.</summary>
public static class JsonText
{
    /// <summary>Allows comments and trailing commas.</summary>
    public static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>
    /// Where an error is and what it is; lines and characters count from 1: <c>line 3, character 14: '}' is invalid …</c>.
    /// </summary>
    public static string Place(JsonException fault)
    {
        var message = fault.Message;
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        end = end < 0 ? message.IndexOf(" Path:", StringComparison.Ordinal) : end;
        var what = (end < 0 ? message : message[..end]).TrimEnd('.', ' ');
        return string.Create(
            CultureInfo.InvariantCulture, $"line {fault.LineNumber + 1}, character {fault.BytePositionInLine + 1}: {what}");
    }

    /// <summary>The name of a JSON type with its article: <c>an object</c>, <c>a string</c>.</summary>
    internal static string WithArticle(JsonValueKind kind) =>
        $"{(kind is JsonValueKind.Object or JsonValueKind.Array ? "an" : "a")} {kind.ToString().ToLowerInvariant()}";
}
