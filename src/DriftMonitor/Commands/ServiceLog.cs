using DriftMonitor.Hosting;
using DriftMonitor.Live;
using DriftMonitor.Planning;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>The log lines of the service's start and end.</summary>
internal sealed partial class ServiceLog(WebApplication app)
{
    private readonly ILogger _logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(LogCategory.Service);
    private readonly MonitoringLoop _loop = app.Services.GetRequiredService<MonitoringLoop>();
    private bool _hasKafka = true;

    /// <summary>Logs what the service watches and where its page is.</summary>
    /// <param name="plan">The monitors.</param>
    /// <param name="hasKafka">Whether topics are read from Kafka.</param>
    /// <param name="ingest">Where events are posted to; null for nowhere.</param>
    public void LogStart(MonitorPlan plan, bool hasKafka, string? ingest)
    {
        _hasKafka = hasKafka;
        var posted = ingest is null ? null : $"events posted to {ingest}";
        var brokers = hasKafka ? plan.Options.Kafka.BootstrapServers : null;
        var where = brokers is null || posted is null ? brokers ?? posted! : $"{brokers} and {posted}";
        LogWatching(Phrases.Count(plan.Monitors.Count, "monitor"), where, ServiceHost.UrlOf(app));
    }

    /// <summary>Logs that the service stops, and why.</summary>
    /// <param name="reason">What asked for it; null where nothing did.</param>
    public void LogStop(string? reason) =>
        LogStopping(_loop.Fault is not null ? "the monitoring loop has failed" : reason ?? "asked to");

    /// <summary>Logs what was read, and whether the source was closed in order.</summary>
    public void LogEnd()
    {
        var events = _loop.State.Current.Topics.Sum(topic => topic.Events);
        var read = events == 0 ? "no events" : Phrases.Count(events, "event");
        if (_loop.ExecuteTask is not { IsCompleted: true })
        {
            LogUnfinished(read);
        }
        else
        {
            LogStopped(read, !_hasKafka ? "" : events == 0 ? ", consumer closed"
                : _loop.HasCommitted ? ", consumer closed after a last commit" : ", consumer closed without a last commit");
        }
    }

    [LoggerMessage(
        EventName = "service.started", Level = LogLevel.Information,
        Message = "Watching {Monitors} on {Where}; page and metrics at {Url}")]
    private partial void LogWatching(string monitors, string where, string url);

    [LoggerMessage(EventName = "service.stopping", Level = LogLevel.Information, Message = "Stopping: {Reason}")]
    private partial void LogStopping(string reason);

    [LoggerMessage(EventName = "service.stopped", Level = LogLevel.Information, Message = "Stopped: {Events} read{Commit}")]
    private partial void LogStopped(string events, string commit);

    [LoggerMessage(
        EventName = "service.not_stopped_in_time", Level = LogLevel.Warning,
        Message = "Stopped: {Events} read; the monitoring loop did not end in time, so the last offsets may not be committed")]
    private partial void LogUnfinished(string events);
}
