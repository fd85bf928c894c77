using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace DriftMonitor.Hosting;

/// <summary>
/// Formats each log event as a JSON object on one line: <c>timestamp</c>, <c>level</c>, <c>category</c>, <c>event</c>, <c>message</c>, the
/// event's fields, and <c>exception</c>.
/// </summary>
/// <param name="clock">Gives the timestamp.</param>
internal sealed class JsonLineFormatter(TimeProvider? clock = null) : ConsoleFormatter(FormatterName)
{
    /// <summary>The formatter's name for the console logger.</summary>
    public const string FormatterName = "json-line";

    private const string ForeignPrefix = "field_"; // of a field that has the name of a key of ours

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            var keys = new HashSet<string>(StringComparer.Ordinal) { "exception" };
            json.WriteStartObject();
            WriteText(
                "timestamp",
                (clock ?? TimeProvider.System).GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            WriteText("level", LevelOf(logEntry.LogLevel));
            WriteText("category", logEntry.Category);
            if (logEntry.EventId.Name is { Length: > 0 } name)
            {
                WriteText("event", name);
            }

            WriteText("message", logEntry.Formatter(logEntry.State, logEntry.Exception));
            foreach (var (field, value) in LogFields.Of(logEntry.State))
            {
                var key = field;
                while (!keys.Add(key))
                {
                    key = ForeignPrefix + key;
                }

                json.WritePropertyName(key);
                Write(json, value);
            }

            if (logEntry.Exception is { } exception)
            {
                json.WriteString("exception", WellFormed(exception.ToString()));
            }

            json.WriteEndObject();

            void WriteText(string key, string text)
            {
                keys.Add(key);
                json.WriteString(key, WellFormed(text));
            }
        }

        textWriter.WriteLine(Visible(Encoding.UTF8.GetString(buffer.WrittenSpan)));
    }

    private static void Write(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number:
                json.WriteNumberValue(number);
                break;
            case string[] list:
                json.WriteStartArray();
                foreach (var text in list)
                {
                    json.WriteStringValue(WellFormed(text));
                }

                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue(WellFormed((string)value));
                break;
        }
    }

    // The writer refuses half of a surrogate pair, which a cut text may end in; the enumeration gives U+FFFD for it.
    private static string WellFormed(string text) => string.Concat(text.EnumerateRunes());

    // The encoder escapes control characters and line ends, but not the characters that change the direction of the text after them. They
    // occur in JSON strings only, where an escape may stand for them.
    private static string Visible(string json)
    {
        if (!json.Any(IsFormat))
        {
            return json;
        }

        var text = new StringBuilder();
        foreach (var c in json)
        {
            _ = IsFormat(c) ? text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : text.Append(c);
        }

        return text.ToString();
    }

    private static bool IsFormat(char c) => char.GetUnicodeCategory(c) == UnicodeCategory.Format;

    private static string LevelOf(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "information",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => "critical",
    };
}
