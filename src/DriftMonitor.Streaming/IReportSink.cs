using DriftMonitor.Core.Monitoring;

namespace DriftMonitor.Streaming;

/// <summary>Receives the readings and alert changes of the monitors as panes close. Called on the thread that steps the pipeline.</summary>
public interface IReportSink
{
    /// <summary>A pane of a monitor has closed.</summary>
    /// <param name="monitor">The monitor, in its state after the pane.</param>
    /// <param name="reports">One for each series that has begun, in ordinal order of their segments. Panes come in order.</param>
    void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports);
}
