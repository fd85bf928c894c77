using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Live;

/// <summary>Turns what the loop owns into snapshots. The loop's thread writes; <see cref="Current"/> may be read from any.</summary>
internal sealed class LiveState
{
    private readonly IReadOnlyList<MonitorBinding> _bindings;
    private readonly IReadOnlyList<string> _topics;
    private readonly Dictionary<string, SeriesState>[] _series; // of each monitor, by segment
    private Snapshot _current;

    /// <summary>A state before the first event.</summary>
    public LiveState(IReadOnlyList<MonitorBinding> bindings)
    {
        _bindings = bindings;
        _topics = [.. bindings.SelectMany(binding => binding.Topics).Distinct()];
        _series = [.. bindings.Select(binding => binding.Monitor.Series.ToDictionary(series => series.Segment, series => new SeriesState(binding.Monitor.Spec, series)))];
        _current = new Snapshot(
            [.. bindings.Select((binding, monitor) => Of(binding.Monitor, new MonitorSnapshot(binding, null, RejectedBy(binding), SnapshotsOf(monitor))))],
            [.. _topics.Select(topic => new TopicSnapshot(topic, 0, EmptyCounts, null, []))],
            Trouble: null, IsCaughtUp: false);
    }

    /// <summary>The newest snapshot.</summary>
    public Snapshot Current => Volatile.Read(ref _current);

    private static IReadOnlyDictionary<string, long> EmptyCounts { get; } = new Dictionary<string, long>();

    /// <summary>Takes notice of a closed pane.</summary>
    public void Take(int monitor, IReadOnlyList<SeriesReport> reports)
    {
        foreach (var report in reports)
        {
            StateOf(monitor, report.Segment).Take(report);
        }
    }

    /// <summary>Publishes a new snapshot.</summary>
    public void Publish(Pipeline pipeline, IEventSource source)
    {
        var progress = source.Progress().ToLookup(partition => partition.Position.Topic);
        var monitors = new MonitorSnapshot[_bindings.Count];
        for (var i = 0; i < monitors.Length; i++)
        {
            var monitor = _bindings[i].Monitor;
            monitors[i] = Of(monitor, new MonitorSnapshot(_bindings[i], monitor.Watermark, RejectedBy(_bindings[i]), SnapshotsOf(i)));
        }

        var topics = _topics.Select(topic =>
        {
            var tally = pipeline.Tally(topic);
            return new TopicSnapshot(topic, tally.Events, Counts(tally.Rejected), tally.LastEvent, [.. progress[topic]]);
        });
        Volatile.Write(ref _current, new Snapshot(monitors, [.. topics], source.Trouble, pipeline.IsCaughtUp));
    }

    private static MonitorSnapshot Of(FieldMonitor monitor, MonitorSnapshot snapshot) => snapshot with
    {
        Reference = monitor.Reference,
        ComparedWith = monitor.Moving?.Description,
        ClosedPanes = monitor.ClosedPanes,
        UnknownSegment = monitor.UnknownSegment,
        Dropped = monitor.Dropped,
    };

    // A topic may be both: the monitor's own, and, by another field, its reference's.
    private static Dictionary<string, IReadOnlyDictionary<string, long>> RejectedBy(MonitorBinding binding)
    {
        var monitor = binding.Monitor;
        return binding.Topics.Distinct().ToDictionary(topic => topic, topic => (IReadOnlyDictionary<string, long>)Counts(
            topic != binding.Topic ? monitor.RejectedOfReference : topic == binding.ReferenceTopic ? monitor.Rejected.With(monitor.RejectedOfReference) : monitor.Rejected));
    }

    private static Dictionary<string, long> Counts(RejectionCounts rejected) => new(rejected.Occurred);

    // Segments come up as their events come.
    private SeriesState StateOf(int monitor, string segment)
    {
        if (!_series[monitor].TryGetValue(segment, out var state))
        {
            var owner = _bindings[monitor].Monitor;
            _series[monitor][segment] = state = new SeriesState(owner.Spec, owner.Find(segment)!);
        }

        return state;
    }

    private SeriesSnapshot[] SnapshotsOf(int monitor) => [.. _bindings[monitor].Monitor.Series.Select(series => StateOf(monitor, series.Segment).Snapshot())];

    /// <summary>What is kept of a series between snapshots.</summary>
    private sealed class SeriesState(MonitorSpec spec, Series series)
    {
        private readonly Queue<double?>[] _history = [.. spec.Windows.Select(_ => new Queue<double?>(SeriesSnapshot.HistoryLength + 1))];
        private readonly long[] _transitions = new long[Enum.GetValues<AlertState>().Length];
        private SeriesReport? _last;
        private SeriesSnapshot? _snapshot;

        public void Take(SeriesReport report)
        {
            _last = report;
            _snapshot = null;
            if (report.Transition is { } transition)
            {
                _transitions[(int)transition.To]++;
            }

            for (var w = 0; w < _history.Length; w++)
            {
                _history[w].Enqueue(report.Readings[w].Measurement?.KlNats);
                if (_history[w].Count > SeriesSnapshot.HistoryLength)
                {
                    _history[w].Dequeue();
                }
            }
        }

        public SeriesSnapshot Snapshot() => _snapshot ??= new SeriesSnapshot(
            series.Segment,
            series.Calibration,
            series.IsCalibrating,
            series.IsKnown,
            _last?.Readings ?? [.. spec.Windows.Select(window => new Reading(default, window, 0, Unavailable.WindowIncomplete, null))],
            _last?.Time,
            _last is null ? null : [.. spec.Windows.Select((_, w) => series.Histogram(w))],
            _last is null ? series.Alert : _last.Alert,
            [.. _transitions],
            [.. _history.Select(history => history.ToArray())]);
    }
}
