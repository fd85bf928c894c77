using DriftMonitor.Core.Time;
using DriftMonitor.Wording;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace DriftMonitor.Hosting;

/// <summary>A message a line: time, level, text. Categories and event numbers are of no use to who runs the service.</summary>
internal sealed class LineFormatter(TimeProvider? clock = null) : ConsoleFormatter(FormatterName)
{
    /// <summary>The formatter's name among the console logger's.</summary>
    public const string FormatterName = "line";

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var time = EventTime.From((clock ?? TimeProvider.System).GetUtcNow());
        var whole = new EventTime(time.Milliseconds - time.Milliseconds % 1000);
        textWriter.WriteLine($"{whole} {Level(logEntry.LogLevel)} {OneLine.Sentence(logEntry.Formatter(logEntry.State, logEntry.Exception))}");
        if (logEntry.Exception is { } exception)
        {
            textWriter.WriteLine(exception);
        }
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
