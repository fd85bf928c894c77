using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;

namespace DriftMonitor.Commands;

/// <summary>Sorts the reports of several monitors by time; those of the same time are written together, in the monitors' order.</summary>
/// <param name="bindings">The monitors.</param>
/// <param name="write">Receives all reports of the same time, in ascending order of times.</param>
/// <param name="range">The pane ends that are written; null for all.</param>
/// <remarks>Monitors close panes independently, so a report is kept until no monitor can give an earlier one.</remarks>
internal sealed class ReplayOrder(
    IReadOnlyList<MonitorBinding> bindings,
    Action<IReadOnlyList<(MonitorBinding Monitor, IReadOnlyList<SeriesReport> Reports)>> write,
    Period? range = null) : IReportSink
{
    private readonly Period _range = range ?? new Period(EventTime.Earliest, new EventTime(long.MaxValue));

    private readonly Dictionary<string, int> _places =
        bindings.Index().ToDictionary(binding => binding.Item.Monitor.Spec.Name, binding => binding.Index);

    private readonly PriorityQueue<(MonitorBinding Monitor, IReadOnlyList<SeriesReport> Reports), (EventTime Time, int Place)> _pending =
        new();

    // By place: the reports of panes in which the longest window is empty, until one comes in which it is not. How many panes close in one
    // step depends on how events come in batches; the run that is written does not.
    private readonly SortedDictionary<int, (MonitorBinding Monitor, IReadOnlyList<SeriesReport> Reports)> _runs = [];

    /// <summary>Adds the reports of a closed pane, or of several, and writes those that no earlier report can precede.</summary>
    public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports)
    {
        var place = _places[monitor.Monitor.Spec.Name];
        if (reports.Count > 0 && reports[0].IsEmpty)
        {
            var end = reports[0].Until ?? reports[0].Time;
            _runs[place] = (monitor, !_runs.TryGetValue(place, out var run) ? reports
                : [.. run.Reports.Zip(reports, (first, last) => first with { Until = end, LastReadings = last.LastReadings })]);
        }
        else if (reports.Count > 0)
        {
            EndRun(place);
            Enqueue(monitor, reports, place);
        }

        var before = bindings.Min(binding => binding.Monitor.NextTime ?? EventTime.Earliest);
        foreach (var (_, waiting) in _runs.Values)
        {
            before = waiting[0].Time < before ? waiting[0].Time : before;
        }

        Write(before);
    }

    /// <summary>Writes all remaining reports.</summary>
    public void Flush()
    {
        foreach (var place in _runs.Keys.ToList())
        {
            EndRun(place);
        }

        Write(before: new EventTime(long.MaxValue));
    }

    private void EndRun(int place)
    {
        if (_runs.Remove(place, out var run))
        {
            Enqueue(run.Monitor, run.Reports, place);
        }
    }

    private void Enqueue(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports, int place)
    {
        if (ReplayRange.Clip(reports, _range, monitor.Monitor.Spec.Pane) is { Count: > 0 } within)
        {
            _pending.Enqueue((monitor, within), (within[0].Time, place));
        }
    }

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
