using System.Text.Json.Nodes;
using DriftMonitor.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DriftMonitor.Tests.Logs;

public sealed class JsonLineFormatterTests
{
    [Fact]
    public void An_event_is_an_object_with_its_fields_in_snake_case_and_numbers_as_numbers() => Assert.Equal(
        """
        {"timestamp":"2026-03-01T12:00:00.250Z","level":"warning","category":"Kafka","event":"kafka.offset_lost","message":"gone",
        """
        + """
        "topic":"orders","partition":3,"next_offset":17,"share":0.5,"is_first":true,"topics":["a","b"]}
        """,
        Line(
            "gone", ("Topic", "orders"), ("partition", 3), ("NextOffset", 17L), ("Share", 0.5), ("isFirst", true),
            ("Topics", new[] { "a", "b" }), ("Segment", null), ("{OriginalFormat}", "{Topic} …")));

    [Theory]
    [InlineData("a\nb\r\nc\u2028d\u0085e")] // line ends
    [InlineData("\u001b[2J\u001b]0;title\u0007")] // sequences that a terminal obeys
    [InlineData("a\u202Eb\u2066c\u200Bd")] // characters that change the direction of the text after them, or are not seen
    [InlineData("half \ud83d")] // of a surrogate pair
    public void Whatever_a_text_holds_an_event_is_one_line_of_visible_characters(string text)
    {
        var line = Line(text, ("Segment", text), ("Topics", new[] { text }));

        Assert.DoesNotContain(line, c => char.IsControl(c) || c is '\u2028' or '\u202E' or '\u2066' or '\u200B' or '\ud83d');
        var read = text.Replace('\ud83d', '\ufffd');
        var json = JsonNode.Parse(line)!;
        Assert.Equal((read, read, read), ($"{json["message"]}", $"{json["segment"]}", $"{json["topics"]![0]}"));
    }

    [Fact]
    public void An_exception_is_on_the_same_line_with_its_stack()
    {
        Exception thrown;
        try
        {
            throw new InvalidOperationException("first\nsecond");
        }
        catch (InvalidOperationException e)
        {
            thrown = e;
        }

        var line = Line("it ended", thrown, ("Reason", "r"));

        Assert.DoesNotContain('\n', line);
        var exception = $"{JsonNode.Parse(line)!["exception"]}";
        Assert.StartsWith(
            "System.InvalidOperationException: first\nsecond\n   at DriftMonitor.Tests.Logs", exception, StringComparison.Ordinal);
    }

    [Fact]
    public void A_field_that_has_the_name_of_a_key_of_ours_keeps_both() // of .NET's own events
    {
        var json = JsonNode.Parse(Line("m", ("Message", "theirs"), ("category", "theirs too"), ("Exception", "x"), ("x", 1), ("X", 2)))!;

        Assert.Equal(
            ("m", "theirs", "Kafka", "theirs too", "x", 1, 2),
            ($"{json["message"]}", $"{json["field_message"]}", $"{json["category"]}", $"{json["field_category"]}",
                $"{json["field_exception"]}", (int)json["x"]!, (int)json["field_x"]!));
    }

    private static string Line(string message, params (string Key, object? Value)[] fields) => Line(message, null, fields);

    private static string Line(string message, Exception? exception, params (string Key, object? Value)[] fields)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, 250, TimeSpan.Zero));
        using var written = new StringWriter { NewLine = "\n" };
        KeyValuePair<string, object?>[] state = [.. fields.Select(field => KeyValuePair.Create(field.Key, field.Value))];
        new JsonLineFormatter(clock).Write(
            new LogEntry<KeyValuePair<string, object?>[]>(
                LogLevel.Warning, "Kafka", new EventId(1, "kafka.offset_lost"), state, exception, (_, _) => message),
            null, written);
        return written.ToString().TrimEnd('\n');
    }
}
