using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;

namespace DriftMonitor.Commands;

/// <summary>Sorts the reports of several monitors by time; those of the same time are written together, in the monitors' order.</summary>
/// <param name="bindings">The monitors.</param>
/// <param name="write">Receives all reports of the same time, in ascending order of times.</param>
/// <remarks>Monitors close panes independently, so a report is kept until no monitor can give an earlier one.</remarks>
internal sealed class ReplayOrder(
    IReadOnlyList<MonitorBinding> bindings,
    Action<IReadOnlyList<(MonitorBinding Monitor, IReadOnlyList<SeriesReport> Reports)>> write) : IReportSink
{
    private readonly Dictionary<string, int> _places =
        bindings.Index().ToDictionary(binding => binding.Item.Monitor.Spec.Name, binding => binding.Index);

    private readonly PriorityQueue<(MonitorBinding Monitor, IReadOnlyList<SeriesReport> Reports), (EventTime Time, int Place)> _pending =
        new();

    /// <summary>Adds the reports of a closed pane, and writes those that no earlier report can precede.</summary>
    public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports)
    {
        if (reports.Count > 0)
        {
            _pending.Enqueue((monitor, reports), (reports[0].Time, _places[monitor.Monitor.Spec.Name]));
        }

        Write(before: bindings.Min(binding => binding.Monitor.NextTime ?? EventTime.Earliest));
    }

    /// <summary>Writes all remaining reports.</summary>
    public void Flush() => Write(before: new EventTime(long.MaxValue));

    private void Write(EventTime before)
    {
        while (_pending.TryPeek(out _, out var first) && first.Time < before)
        {
            var together = new List<(MonitorBinding, IReadOnlyList<SeriesReport>)>();
            while (_pending.TryPeek(out _, out var next) && next.Time == first.Time)
            {
                together.Add(_pending.Dequeue());
            }

            write(together);
        }
    }
}
