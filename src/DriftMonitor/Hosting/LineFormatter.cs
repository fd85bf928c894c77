using DriftMonitor.Core.Time;
using DriftMonitor.Wording;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace DriftMonitor.Hosting;

/// <summary>Formats each log event as one line for people: time, level, message. The other fields are for programs.</summary>
/// <param name="clock">Gives the time.</param>
internal sealed class LineFormatter(TimeProvider? clock = null) : ConsoleFormatter(FormatterName)
{
    /// <summary>The formatter's name for the console logger.</summary>
    public const string FormatterName = "line";

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var time = EventTime.From((clock ?? TimeProvider.System).GetUtcNow());
        var whole = new EventTime(time.Milliseconds - time.Milliseconds % 1000);
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        var text = logEntry.Exception is { } exception ? $"{message}: {exception}" : message;
        textWriter.WriteLine($"{whole} {Level(logEntry.LogLevel)} {OneLine.Sentence(text)}");
    }

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info ",
        LogLevel.Warning => "warn ",
        LogLevel.Error => "error",
        _ => "fatal",
    };
}
