using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Wording;

namespace DriftMonitor.Live;

/// <summary>Turns what the loop owns into snapshots. The loop's thread writes; <see cref="Current"/> may be read from any thread.</summary>
internal sealed class LiveState : IReportSink
{
    private readonly IReadOnlyList<MonitorBinding> _bindings;
    private IReadOnlyList<LostEvents> _lostBefore;
    private readonly Checkpoints? _checkpoints;
    private readonly Func<ServiceSnapshot>? _service;
    private readonly AlertEpisodes _alerts;
    private readonly IReadOnlyList<string> _topics; // as configured
    private readonly Dictionary<string, MonitorState> _monitors; // by name
    private Snapshot _current;

    /// <summary>A state before the first event.</summary>
    /// <param name="bindings">The monitors.</param>
    /// <param name="lostBefore">What earlier sources of the process have lost.</param>
    /// <param name="checkpoints">Takes checkpoints; null for none.</param>
    /// <param name="service">Gives what the loop does not own; null for nothing.</param>
    /// <param name="alerts">Collects alerts; null for those of this state alone.</param>
    /// <param name="histories">The readings of earlier processes, by monitor and segment; null for none.</param>
    public LiveState(
        IReadOnlyList<MonitorBinding> bindings, IReadOnlyList<LostEvents> lostBefore, Checkpoints? checkpoints = null,
        Func<ServiceSnapshot>? service = null, AlertEpisodes? alerts = null,
        IReadOnlyDictionary<(string Monitor, string Segment), SavedHistory>? histories = null)
    {
        (_service, _alerts) = (service, alerts ?? AlertEpisodes.OfService([]));
        _bindings = bindings;
        _checkpoints = checkpoints;
        _lostBefore = lostBefore;
        _topics = [.. bindings.SelectMany(binding => binding.Topics).Distinct()];
        _monitors = bindings.ToDictionary(binding => binding.Monitor.Spec.Name, binding => new MonitorState(
            binding, segment => histories?.GetValueOrDefault((binding.Monitor.Spec.Name, segment))));
        _current = new Snapshot(
            [.. bindings.Select(binding => SnapshotOf(binding, []))],
            [.. _topics.Select(topic => new TopicSnapshot(topic, 0, EmptyCounts, null, []))],
            Trouble: null, IsCaughtUp: false, lostBefore, checkpoints?.Snapshot, service?.Invoke())
        {
            Alerts = _alerts.Published(),
        };
    }

    /// <summary>The newest snapshot.</summary>
    public Snapshot Current => Volatile.Read(ref _current);

    private static IReadOnlyDictionary<string, long> EmptyCounts { get; } = new Dictionary<string, long>();

    /// <inheritdoc/>
    public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports)
    {
        _monitors[monitor.Monitor.Spec.Name].Apply(reports);
        _alerts.OnPaneClosed(monitor, reports);
    }

    /// <summary>Publishes a new snapshot.</summary>
    public void Publish(Pipeline pipeline, IEventSource source)
    {
        var progress = source.Progress().ToLookup(partition => partition.Position.Topic);
        var found = _topics.SelectMany(name =>
        {
            var tallies = pipeline.TalliesOf(name);
            return source.TopicsOf(name).Select(topic => (Topic: topic, Tally: tallies.GetValueOrDefault(topic) ?? new TopicTally()));
        });
        var topics = found.DistinctBy(topic => topic.Topic).Select(topic =>
        {
            var rejected = new Dictionary<string, long>(RejectionNames.Occurred(topic.Tally.Rejected));
            return new TopicSnapshot(
                topic.Topic, topic.Tally.Events, rejected, topic.Tally.LastEvent, [.. progress[topic.Topic]]);
        });
        var monitors = _bindings.Select(binding => SnapshotOf(binding, source.NamesOf(source.TopicOf(binding.Topic))));
        Volatile.Write(
            ref _current,
            new Snapshot([.. monitors], [.. topics], source.Trouble, pipeline.IsCaughtUp, LostWith(source), _checkpoints?.Snapshot,
                _service?.Invoke())
            {
                Alerts = _alerts.Published(),
            });
    }

    /// <summary>Another source follows one that has failed.</summary>
    /// <param name="failed">The one that has failed.</param>
    /// <param name="trouble">Why, in a sentence.</param>
    public void OnSourceFailed(IEventSource failed, string trouble)
    {
        _lostBefore = LostWith(failed);
        Volatile.Write(ref _current, _current with { Trouble = trouble, IsCaughtUp = false, Lost = _lostBefore });
    }

    /// <summary>What a source and those before it have lost.</summary>
    public IReadOnlyList<LostEvents> LostWith(IEventSource source) =>
        [.. _lostBefore.Concat(source.Lost).GroupBy(loss => (loss.Topic, loss.Reason))
            .Select(losses => new LostEvents(losses.Key.Topic, losses.Key.Reason, losses.Sum(loss => loss.Count)))];

    private MonitorSnapshot SnapshotOf(MonitorBinding binding, IReadOnlyList<PartitionName> names) =>
        _monitors[binding.Monitor.Spec.Name].Snapshot(names);
}
