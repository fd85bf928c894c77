using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming;
using DriftMonitor.Wording;

namespace DriftMonitor.Live;

/// <summary>
/// Logs events that did not wait for a partner as long as they should have: the first ones when a pane closes, and further ones at growing
/// intervals.
/// </summary>
/// <param name="logger">Where to log.</param>
/// <param name="clock">Measures the intervals.</param>
internal sealed partial class CutShortLog(ILogger logger, TimeProvider clock) : IReportSink
{
    private readonly Dictionary<FieldMonitor, Told> _told = [];

    /// <inheritdoc/>
    public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports)
    {
        if (JoinText.DescribeCutShort(monitor) is not { } warning)
        {
            return;
        }

        if (!_told.TryGetValue(monitor.Monitor, out var told))
        {
            _told[monitor.Monitor] = told = new Told(new Reminder(clock));
        }

        var events = monitor.Monitor.Join!.CutShort;
        if (events > told.Events && told.Reminder.TryTake())
        {
            told.Events = events;
            LogCutShort(warning, monitor.Monitor.Spec.Name, monitor.Topic);
        }
    }

    [LoggerMessage(EventName = "events.cut_short", Level = LogLevel.Warning, Message = "{Warning}")]
    private partial void LogCutShort(string warning, string monitor, string topic);

    private sealed class Told(Reminder reminder)
    {
        public Reminder Reminder { get; } = reminder;

        public long Events { get; set; } // when it was logged last
    }
}
