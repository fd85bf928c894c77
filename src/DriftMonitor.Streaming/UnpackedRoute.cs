using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming;

/// <summary>Monitors of a topic whose events are the elements of the same array in its records.</summary>
/// <remarks>
/// Elements are decoded and counted on the caller's thread, up to <see cref="DecodedEvents.Capacity"/> at a time, whatever the size of the
/// array: memory does not grow with it.
/// </remarks>
internal sealed class UnpackedRoute
{
    private readonly TargetSet _set;
    private readonly EventDecoder _decoder;
    private readonly DecodedEvents _elements;
    private readonly Func<int, PartitionName?> _nameOf;
    private readonly List<PartitionRoute> _partitions = [];

    /// <summary>The route of the elements of an array.</summary>
    /// <param name="unpack">The array.</param>
    /// <param name="set">The monitors.</param>
    /// <param name="nameOf">As for <see cref="TopicRoute"/>.</param>
    public UnpackedRoute(FieldPath unpack, TargetSet set, Func<int, PartitionName?> nameOf)
    {
        (Unpack, _set, _nameOf) = (unpack, set, nameOf);
        _decoder = new EventDecoder(set.Fields);
        _elements = new DecodedEvents(topic: 0, set.Targets);
    }

    /// <summary>The array.</summary>
    public FieldPath Unpack { get; }

    /// <summary>The monitors.</summary>
    public MonitorTarget[] Targets => _set.Targets;

    /// <summary>What has come of each partition: elements in place of records.</summary>
    public IReadOnlyList<PartitionRoute> Partitions => _partitions;

    /// <summary>The route of a partition.</summary>
    public PartitionRoute PartitionOf(int partition)
    {
        while (_partitions.Count <= partition)
        {
            _partitions.Add(new PartitionRoute(_partitions.Count, Targets, _nameOf(_partitions.Count)));
        }

        return _partitions[partition];
    }

    /// <summary>Counts the elements of the records of a run.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="run">The run.</param>
    /// <param name="rejections">Why records of the run cannot be read.</param>
    /// <param name="arrays">The places of the arrays in the others.</param>
    public void Count(EventBatch batch, in EventRun run, ReadOnlySpan<Rejection> rejections, ReadOnlySpan<FieldToken> arrays)
    {
        var partition = PartitionOf(run.Partition);
        for (var i = 0; i < run.Count; i++)
        {
            if (rejections[i] != Rejection.None)
            {
                partition.RejectRecord(batch[run.First + i].Offset);
                continue;
            }

            var raw = batch[run.First + i];
            if (RecordDecoder.Check(raw, arrays[i], Unpack) is not Rejection.None and var reason)
            {
                partition.RejectRecord(reason, raw, Unpack);
                continue;
            }

            var elements = new ArrayElements(raw.Value, arrays[i]);
            while (_elements.Decode(raw, ref elements, _decoder) is > 0 and var count)
            {
                partition.Count(batch, run with { First = run.First + i, Count = count }, step: 0, _elements, start: 0, _decoder);
            }
        }
    }
}
