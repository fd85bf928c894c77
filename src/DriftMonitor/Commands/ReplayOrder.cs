using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;

namespace DriftMonitor.Commands;

/// <summary>Puts the reports of several monitors in the order of their times, those of one time together and in the monitors' order.</summary>
/// <remarks>Monitors close panes at their own pace, so a report waits until no monitor can give an earlier one.</remarks>
internal sealed class ReplayOrder(
    IReadOnlyList<MonitorBinding> bindings, Action<IReadOnlyList<(MonitorBinding Monitor, IReadOnlyList<SeriesReport> Reports)>> write) : IReportSink
{
    private readonly Dictionary<string, int> _places = bindings.Index().ToDictionary(binding => binding.Item.Monitor.Spec.Name, binding => binding.Index);
    private readonly PriorityQueue<(MonitorBinding Monitor, IReadOnlyList<SeriesReport> Reports), (EventTime Time, int Place)> _waiting = new();

    /// <inheritdoc/>
    public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports)
    {
        if (reports.Count > 0)
        {
            _waiting.Enqueue((monitor, reports), (reports[0].Time, _places[monitor.Monitor.Spec.Name]));
        }

        Write(before: bindings.Min(binding => binding.Monitor.NextTime ?? EventTime.Earliest));
    }

    /// <summary>Writes what still waits.</summary>
    public void End() => Write(before: new EventTime(long.MaxValue));

    private void Write(EventTime before)
    {
        while (_waiting.TryPeek(out _, out var first) && first.Time < before)
        {
            var together = new List<(MonitorBinding, IReadOnlyList<SeriesReport>)>();
            while (_waiting.TryPeek(out _, out var next) && next.Time == first.Time)
            {
                together.Add(_waiting.Dequeue());
            }

            write(together);
        }
    }
}
