using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming;
using DriftMonitor.Wording;

namespace DriftMonitor.Live;

/// <summary>
/// Logs events whose segments find no room for a series: the first ones when a pane closes, and further ones at growing intervals.
/// </summary>
/// <param name="logger">Where to log.</param>
/// <param name="clock">Measures the intervals.</param>
internal sealed partial class DroppedLog(ILogger logger, TimeProvider clock) : IReportSink
{
    private readonly Dictionary<FieldMonitor, Told> _told = [];

    /// <inheritdoc/>
    public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports)
    {
        var dropped = monitor.Monitor.Dropped;
        if (dropped == 0)
        {
            return;
        }

        if (!_told.TryGetValue(monitor.Monitor, out var told))
        {
            _told[monitor.Monitor] = told = new Told(new Reminder(clock));
        }

        if (dropped > told.Events && told.Reminder.TryTake())
        {
            told.Events = dropped;
            var spec = monitor.Monitor.Spec;
            LogDropped(spec.Name, Phrases.Count(dropped, "event"), spec.MostSegments, FieldMonitor.LongestSegment, monitor.Topic);
        }
    }

    [LoggerMessage(
        EventName = "events.without_series", Level = LogLevel.Warning,
        Message = "{Monitor} has left out {Events} so far, because there was no room for a series of their segments "
            + "(MaxSegments is {Most}), or their names are longer than {Longest} bytes")]
    private partial void LogDropped(string monitor, string events, int most, int longest, string topic);

    private sealed class Told(Reminder reminder)
    {
        public Reminder Reminder { get; } = reminder;

        public long Events { get; set; } // when it was logged last
    }
}
