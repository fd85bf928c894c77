using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Live;

/// <summary>What is kept of a monitor between snapshots.</summary>
internal sealed class MonitorState
{
    private readonly MonitorBinding _binding;
    private readonly Dictionary<string, SeriesState> _states = []; // by segment
    private long _evicted; // when the states were last compared with the series
    private IReadOnlyList<SeriesSnapshot> _series = []; // as of the last snapshot, if nothing has changed since
    private bool _hasChanged = true;

    /// <summary>A monitor, before its first event or as a checkpoint has it.</summary>
    /// <param name="binding">The monitor.</param>
    /// <param name="earlier">Gives the readings in earlier processes of a series that a checkpoint has; null where there are none.</param>
    public MonitorState(MonitorBinding binding, Func<string, SavedHistory?> earlier)
    {
        _binding = binding;
        foreach (var report in binding.Monitor.LastReports)
        {
            if (binding.Monitor.Find(report.Segment) is { } series)
            {
                _states[report.Segment] = new SeriesState(binding.Monitor.Spec, series, earlier(report.Segment));
            }
        }

        Apply(binding.Monitor.LastReports);
    }

    /// <summary>Adds the readings of a closed pane.</summary>
    public void Apply(IReadOnlyList<SeriesReport> reports)
    {
        _hasChanged = true;
        ForgetEnded();
        foreach (var report in reports)
        {
            StateOf(report.Segment)?.Apply(report);
        }
    }

    /// <summary>The monitor as it is now. Its list of series is the same object until a pane closes or a segment is new.</summary>
    /// <param name="names">Which partitions its numbers stand for, if its topic is a pattern.</param>
    public MonitorSnapshot Snapshot(IReadOnlyList<PartitionName> names)
    {
        ForgetEnded();
        var series = _binding.Monitor.Series;
        if (_hasChanged || _series.Count != series.Count)
        {
            // Not at every snapshot: of 100 000 series, the list alone is a large object, which only full collections free.
            _series = [.. series.Select(one => StateOf(one.Segment)!.Snapshot())];
            _hasChanged = false;
        }

        return MonitorSnapshot.Of(_binding, _series, names);
    }

    // Series of unknown segments begin with their first event. Null if the series has ended since: of its last report, too.
    private SeriesState? StateOf(string segment)
    {
        if (!_states.TryGetValue(segment, out var state) && _binding.Monitor.Find(segment) is { } series)
        {
            _states[segment] = state = new SeriesState(_binding.Monitor.Spec, series);
        }

        return state;
    }

    // A segment that has come again has another series.
    private void ForgetEnded()
    {
        if (_evicted == _binding.Monitor.Evicted)
        {
            return;
        }

        (_evicted, _hasChanged) = (_binding.Monitor.Evicted, true);
        foreach (var (segment, state) in _states.ToArray())
        {
            if (!state.IsOf(_binding.Monitor.Find(segment)))
            {
                _states.Remove(segment);
            }
        }
    }
}
