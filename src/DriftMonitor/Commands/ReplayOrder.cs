using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;

namespace DriftMonitor.Commands;

/// <summary>Puts the reports of several monitors in the order of their times, those of one time together and in the monitors' order.</summary>
/// <remarks>Monitors close panes at their own pace, so a report waits until no monitor can give an earlier one.</remarks>
internal sealed class ReplayOrder(IReadOnlyList<MonitorBinding> bindings, Action<IReadOnlyList<(int Monitor, IReadOnlyList<SeriesReport> Reports)>> write)
{
    private readonly PriorityQueue<(int Monitor, IReadOnlyList<SeriesReport> Reports), (EventTime Time, int Monitor)> _waiting = new();

    /// <summary>Takes a closed pane's reports.</summary>
    public void Take(int monitor, IReadOnlyList<SeriesReport> reports)
    {
        if (reports.Count > 0)
        {
            _waiting.Enqueue((monitor, reports), (reports[0].Time, monitor));
        }

        Write(before: bindings.Min(binding => binding.Monitor.NextTime ?? EventTime.Earliest));
    }

    /// <summary>Writes what still waits.</summary>
    public void End() => Write(before: new EventTime(long.MaxValue));

    private void Write(EventTime before)
    {
        while (_waiting.TryPeek(out _, out var first) && first.Time < before)
        {
            var together = new List<(int, IReadOnlyList<SeriesReport>)>();
            while (_waiting.TryPeek(out _, out var next) && next.Time == first.Time)
            {
                together.Add(_waiting.Dequeue());
            }

            write(together);
        }
    }
}
