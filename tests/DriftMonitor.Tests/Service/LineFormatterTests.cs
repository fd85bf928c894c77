using DriftMonitor.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DriftMonitor.Tests.Service;

public sealed class LineFormatterTests
{
    [Fact]
    public void A_text_from_a_broker_or_a_field_is_one_line_without_control_characters() =>
        Assert.Matches(
            @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ warn  the bin a b \[2J moved\n$",
            Line(LogLevel.Warning, "the bin a\nb\u001b[2J moved"));

    [Fact]
    public void An_exception_follows_its_message_in_full_on_the_same_line()
    {
        var written = Line(LogLevel.Error, "it ended", new InvalidOperationException("first\nsecond"));

        Assert.EndsWith("Z error it ended: System.InvalidOperationException: first second\n", written, StringComparison.Ordinal);
    }

    private static string Line(LogLevel level, string message, Exception? exception = null)
    {
        var formatter = new LineFormatter();
        using var written = new StringWriter { NewLine = "\n" };
        formatter.Write(new LogEntry<string>(level, "category", default, message, exception, (state, _) => state), null, written);
        return written.ToString();
    }
}
