using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming;

/// <summary>A topic: how its events are decoded, which monitors get them, and what has come.</summary>
internal sealed class TopicRoute
{
    private readonly TargetSet _whole; // monitors of which a record is an event
    private readonly UnpackedRoute[] _unpacked; // the others, by the array whose elements are their events
    private readonly Func<int, PartitionName?> _nameOf;
    private readonly List<PartitionRoute> _partitions = [];

    /// <summary>The route of a topic's events.</summary>
    /// <param name="uses">The monitors that read the topic, and whether it is what their windows are compared with.</param>
    /// <param name="nameOf">Which partition a number stands for, where the topic is a pattern, or which file; otherwise null.</param>
    public TopicRoute(IEnumerable<(MonitorBinding Binding, bool IsReference)> uses, Func<int, PartitionName?> nameOf)
    {
        _nameOf = nameOf;
        var byArray = uses.ToLookup(use => use.Binding.Unpack);
        _whole = new TargetSet(byArray[null]);
        _unpacked = [.. byArray.Where(group => group.Key is not null).Select(group => new UnpackedRoute(
            group.Key!, new TargetSet(group), nameOf))];
        Targets = [.. _whole.Targets, .. _unpacked.SelectMany(route => route.Targets)];
        Idle = Array.ConvertAll(Targets, target => new IdlePartitions(target.Monitor, target.IsReference, Activity));
    }

    /// <summary>The monitors that get the events.</summary>
    public MonitorTarget[] Targets { get; }

    /// <summary>What has come, in records.</summary>
    public TopicTally Tally => TallyOf(_partitions, _unpacked.SelectMany(route => route.Partitions));

    /// <summary>What was rejected: first what could not be read, then by each monitor.</summary>
    public IEnumerable<Losses> Losses
    {
        get
        {
            var tally = Tally;
            if (Targets.Length > 0)
            {
                yield return new Losses(NameFor(Targets[0]), null, IsReference: false, tally.Events, tally.Rejected, tally.FirstRejected);
            }

            foreach (var losses in LossesOf(_whole.Targets, _partitions, tally.Events))
            {
                yield return losses;
            }

            foreach (var route in _unpacked)
            {
                var events = route.Partitions.Sum(partition => partition.Tally.Events);
                foreach (var losses in LossesOf(route.Targets, route.Partitions, events))
                {
                    yield return losses;
                }
            }
        }
    }

    /// <summary>Which partitions have been read to their end.</summary>
    public PartitionActivity Activity { get; } = new();

    /// <summary>Which partitions each of <see cref="Targets"/> waits for no longer.</summary>
    public IdlePartitions[] Idle { get; }

    /// <summary>An event came from a partition.</summary>
    public void MarkActive(int partition)
    {
        Activity.MarkActive(partition);
        foreach (var idle in Idle)
        {
            idle.MarkActive(partition);
        }
    }

    /// <summary>
    /// A decoder of records that finds, in one pass, the fields of monitors of which a record is an event, and the arrays of the others;
    /// one for each thread.
    /// </summary>
    public EventDecoder CreateDecoder() => new([.. _whole.Fields, .. _unpacked.Select(route => route.Unpack)]);

    /// <summary>Columns for records of this topic.</summary>
    /// <param name="topic">The topic's index.</param>
    public DecodedEvents CreateColumns(int topic) =>
        new(topic, _whole.Targets, [.. _unpacked.Select((_, place) => _whole.Fields.Count + place)]);

    /// <summary>What has come from each topic of a pattern, by its name; of another topic, everything by its own.</summary>
    /// <param name="topic">The topic's name.</param>
    public IReadOnlyDictionary<string, TopicTally> TalliesByTopic(string topic)
    {
        var unpacked = _unpacked.SelectMany(route => route.Partitions).ToLookup(partition => partition.TopicName ?? topic);
        return _partitions.GroupBy(partition => partition.TopicName ?? topic)
            .ToDictionary(partitions => partitions.Key, partitions => TallyOf(partitions, unpacked[partitions.Key]));
    }

    /// <summary>Counts the events of a run, or rejects them.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="run">The run, of this topic.</param>
    /// <param name="records">The decoded records.</param>
    /// <param name="start">Where those of the run start in <paramref name="records"/>.</param>
    /// <param name="decoder">A decoder of this topic.</param>
    public void Count(EventBatch batch, in EventRun run, DecodedEvents records, int start, EventDecoder decoder)
    {
        PartitionOf(run.Partition).Count(batch, run, step: 1, records, start, decoder);
        for (var i = 0; i < _unpacked.Length; i++)
        {
            var rejections = records.Rejections.Slice(start, run.Count);
            _unpacked[i].Count(batch, run, rejections, records.ArraysOf(i).Slice(start, run.Count));
        }
    }

    /// <summary>How many partitions have had records.</summary>
    public int PartitionCount => _partitions.Count;

    /// <summary>A partition has ended: judges the events that are held for want of others.</summary>
    public void EndPartition(int partition)
    {
        Array.ForEach(Idle, idle => idle.MarkEnded(partition));
        foreach (var partitions in _unpacked.Select(route => route.Partitions).Prepend(_partitions))
        {
            partitions.ElementAtOrDefault(partition)?.End();
        }
    }

    /// <summary>Makes the monitors wait for so many partitions.</summary>
    public void ExpectPartitions(int partitions)
    {
        Activity.Grow(partitions);
        foreach (ref readonly var target in Targets.AsSpan())
        {
            target.Monitor.ExpectPartitions(partitions, target.IsReference);
        }

        // A partition of which a checkpoint holds events back may have no further ones.
        if (partitions > 0 && Array.Exists(Targets, target => target.Binding.CountedUpTo.Count > 0))
        {
            PartitionOf(partitions - 1);
            Array.ForEach(_unpacked, route => route.PartitionOf(partitions - 1));
        }
    }

    private static TopicTally TallyOf(IEnumerable<PartitionRoute> whole, IEnumerable<PartitionRoute> unpacked)
    {
        var records = TopicTally.Sum([.. whole.Select(partition => partition.Tally)]);
        foreach (var partition in unpacked)
        {
            records.LastEvent = partition.Tally.LastEvent > records.LastEvent || records.LastEvent is null
                ? partition.Tally.LastEvent
                : records.LastEvent;
        }

        return records;
    }

    private static string NameFor(in MonitorTarget target) =>
        target.IsReference ? target.Binding.ReferenceTopic! : target.Binding.Topic;

    private static IEnumerable<Losses> LossesOf(MonitorTarget[] targets, IEnumerable<PartitionRoute> partitions, long events) =>
        targets.Select((target, place) => new Losses(
            NameFor(target),
            target.Binding,
            target.IsReference,
            events,
            target.IsReference ? target.Monitor.RejectedOfReference : target.Monitor.Rejected,
            FirstRejections.Of(partitions.Select(partition => partition.FirstRejectedBy(place)))));

    private PartitionRoute PartitionOf(int partition)
    {
        while (_partitions.Count <= partition)
        {
            _partitions.Add(new PartitionRoute(_partitions.Count, _whole.Targets, _nameOf(_partitions.Count)));
        }

        return _partitions[partition];
    }
}
