using System.Globalization;
using System.Text.Json;

namespace DriftMonitor.Streaming.References;

/// <summary>Where in a JSON text a fault lies, for people: lines and characters from 1.</summary>
public static class JsonText
{
    /// <summary>The place and nature of a fault: <c>line 3, character 14: '}' is invalid …</c>.</summary>
    public static string Place(JsonException fault)
    {
        var message = fault.Message;
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        end = end < 0 ? message.IndexOf(" Path:", StringComparison.Ordinal) : end;
        var what = (end < 0 ? message : message[..end]).TrimEnd('.', ' ');
        return string.Create(CultureInfo.InvariantCulture, $"line {fault.LineNumber + 1}, character {fault.BytePositionInLine + 1}: {what}");
    }
}
