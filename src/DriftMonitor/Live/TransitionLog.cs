using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;
using DriftMonitor.Wording;

namespace DriftMonitor.Live;

/// <summary>Logs each change of an alert, with what it rests on.</summary>
internal sealed partial class TransitionLog(ILogger logger) : IReportSink
{
    /// <inheritdoc/>
    public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports)
    {
        foreach (var report in reports)
        {
            if (report.Transition is { } transition)
            {
                var description = AlertText.Describe(monitor.Monitor.Spec, monitor.Monitor.Find(report.Segment)!, report);
                var name = AlertText.NameOf(monitor.Monitor, report.Segment);
                LogTransition(
                    LevelOf(transition.To), name, AlertStateNames.Of(transition.To), transition.Time, description,
                    monitor.Monitor.Spec.Name, monitor.Monitor.IsSegmented ? report.Segment : null, monitor.Topic);
            }
        }
    }

    private static LogLevel LevelOf(AlertState state) => state == AlertState.Firing ? LogLevel.Warning : LogLevel.Information;

    [LoggerMessage(EventName = "alerts.changed", Message = "{Series} is {State} since {Time}: {Description}")]
    private partial void LogTransition(
        LogLevel level, string series, string state, EventTime time, string description, string monitor, string? segment, string topic);
}
