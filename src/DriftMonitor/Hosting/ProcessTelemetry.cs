using DriftMonitor.Configuration;
using DriftMonitor.Telemetry;
using DriftMonitor.Wording;

namespace DriftMonitor.Hosting;

/// <summary>The log of a process, and what OpenTelemetry's environment variables say of sending metrics and logs.</summary>
internal sealed class ProcessTelemetry : IDisposable
{
    private readonly CollectedLogs? _logs;

    /// <summary>The telemetry of a process.</summary>
    /// <param name="variables">What the environment says.</param>
    /// <param name="logging">Form and levels of log lines.</param>
    /// <param name="sent">The levels of log records that are sent; null for those of the lines.</param>
    /// <param name="port">The port of the page.</param>
    public ProcessTelemetry(OtlpVariables variables, LoggingOptions logging, LogLevelOptions? sent, int port)
    {
        var log = new ExportLog(TimeProvider.System);
        var resource = CollectorResource.Of(port);
        _logs = variables.Logs is { } logs ? new CollectedLogs(logs, resource, log) : null;
        Log = new ProcessLog(logging, _logs, sent);
        log.Logger = Log.Of(LogCategory.Export);
        Metrics = variables.Metrics is null ? null : new MetricsCollector(variables, resource, log);
    }

    /// <summary>The log.</summary>
    public ProcessLog Log { get; }

    /// <summary>Where metrics are sent; null for nowhere.</summary>
    public MetricsCollector? Metrics { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Metrics?.Dispose();
        Log.Dispose(); // sends what waits
        _logs?.Dispose();
    }
}
