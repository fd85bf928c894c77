using System.Runtime.InteropServices;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming;

/// <summary>
/// Folds the runs of a batch: those of one partition in their order, different partitions side by side where there are workers.
/// </summary>
internal sealed class RunFolder
{
    private const int FewestEventsForWorkers = 256; // for fewer, starting the workers costs more than they save

    private readonly TopicRoute[] _routes;
    private readonly EventDecoder[][] _decoders; // by worker and topic
    private readonly List<EventRun> _runs = [];
    private readonly List<List<EventRun>> _byPartition = [];
    private int _partitions; // lists of the above in use
    private int _nextPartition;

    /// <summary>A folder of some topics' events.</summary>
    /// <param name="routes">The topics, by index.</param>
    /// <param name="workers">How many threads fold; 1 folds on the caller's.</param>
    public RunFolder(TopicRoute[] routes, int workers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        _routes = routes;
        _decoders = [.. Enumerable.Range(0, workers).Select(_ => Array.ConvertAll(routes, route => route.CreateDecoder()))];
    }

    /// <summary>The runs added since the last fold.</summary>
    public ReadOnlySpan<EventRun> Runs => CollectionsMarshal.AsSpan(_runs);

    /// <summary>Adds a run of events.</summary>
    public void Add(in EventRun run) => _runs.Add(run);

    /// <summary>Folds the runs that were added.</summary>
    public void Fold(EventBatch batch)
    {
        if (_decoders.Length > 1 && IsWorthWorkers())
        {
            FoldSideBySide(batch);
            return;
        }

        foreach (var run in _runs)
        {
            Fold(batch, run, _decoders[0]);
        }
    }

    /// <summary>Forgets the runs.</summary>
    public void Clear() => _runs.Clear();

    private void FoldSideBySide(EventBatch batch)
    {
        GroupByPartition();
        _nextPartition = -1;
        Parallel.For(0, Math.Min(_decoders.Length, _partitions), worker =>
        {
            while (Interlocked.Increment(ref _nextPartition) is var partition && partition < _partitions)
            {
                foreach (var run in _byPartition[partition])
                {
                    Fold(batch, run, _decoders[worker]);
                }
            }
        });
    }

    private void Fold(EventBatch batch, EventRun run, EventDecoder[] decoders) =>
        _routes[run.Topic].PartitionOf(run.Partition).Fold(batch, run, decoders[run.Topic]);

    private bool IsWorthWorkers()
    {
        var events = 0;
        var isOfSeveral = false;
        foreach (var run in _runs)
        {
            events += run.Count;
            isOfSeveral |= (run.Topic, run.Partition) != (_runs[0].Topic, _runs[0].Partition);
        }

        return isOfSeveral && events >= FewestEventsForWorkers;
    }

    private void GroupByPartition()
    {
        _partitions = 0;
        foreach (var run in _runs)
        {
            _routes[run.Topic].PartitionOf(run.Partition); // made here, as that changes what the workers share
            var place = 0;
            while (place < _partitions && (_byPartition[place][0].Topic, _byPartition[place][0].Partition) != (run.Topic, run.Partition))
            {
                place++;
            }

            if (place == _partitions)
            {
                _partitions++;
                if (_byPartition.Count < _partitions)
                {
                    _byPartition.Add([]);
                }

                _byPartition[place].Clear();
            }

            _byPartition[place].Add(run);
        }
    }
}
