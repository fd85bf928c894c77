using DriftMonitor.Core;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming;

namespace DriftMonitor.Hosting;

/// <summary>Puts the reports of several monitors in the order of their times, those of one time together and in the monitors' order.</summary>
/// <remarks>Monitors close panes at their own pace, so a report waits until no monitor can give an earlier one.</remarks>
internal sealed class ReplayOrder(IReadOnlyList<MonitorBinding> bindings, Action<IReadOnlyList<(int Monitor, SeriesReport Report)>> write)
{
    private readonly PriorityQueue<(int Monitor, SeriesReport Report), (EventTime Time, int Monitor)> _waiting = new();

    /// <summary>Takes a closed pane's report.</summary>
    public void Take(int monitor, SeriesReport report)
    {
        _waiting.Enqueue((monitor, report), (report.Time, monitor));
        Write(before: bindings.Min(binding => binding.Monitor.NextTime ?? EventTime.Earliest));
    }

    /// <summary>Writes what still waits.</summary>
    public void End() => Write(before: new EventTime(long.MaxValue));

    private void Write(EventTime before)
    {
        while (_waiting.TryPeek(out _, out var first) && first.Time < before)
        {
            var together = new List<(int, SeriesReport)>();
            while (_waiting.TryPeek(out _, out var next) && next.Time == first.Time)
            {
                together.Add(_waiting.Dequeue());
            }

            write(together);
        }
    }
}
