using DriftMonitor.Hosting;
using DriftMonitor.Planning;

namespace DriftMonitor.Commands;

/// <summary>What the service says when it has started.</summary>
internal static partial class ServiceLog
{
    /// <summary>Tells where it can be looked at and what it watches.</summary>
    public static void Started(WebApplication app, MonitorPlan plan)
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("DriftMonitor");
        var url = ServiceHost.UrlOf(app);
        Listening(logger, url, plan.Monitors.Count == 1 ? "1 monitor" : FormattableString.Invariant($"{plan.Monitors.Count} monitors"), plan.Options.Kafka.BootstrapServers);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Watching {Monitors} on {Brokers}; page and metrics at {Url}")]
    private static partial void Listening(ILogger logger, string url, string monitors, string brokers);
}
