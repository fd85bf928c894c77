using DriftMonitor.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace DriftMonitor.Hosting;

/// <summary>Formats log events as the configuration says, which may change while the process runs.</summary>
/// <param name="format">Gives the form.</param>
internal sealed class ChosenFormatter(Func<LogFormat> format) : ConsoleFormatter(FormatterName)
{
    /// <summary>The formatter's name for the console logger.</summary>
    public const string FormatterName = "chosen";

    private readonly LineFormatter _text = new();
    private readonly JsonLineFormatter _json = new();

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        ConsoleFormatter formatter = format() == LogFormat.Json ? _json : _text;
        formatter.Write(logEntry, scopeProvider, textWriter);
    }
}
