using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming;

/// <summary>A topic: how its events are decoded, which monitors get them, and what has come.</summary>
internal sealed class TopicRoute
{
    private readonly List<FieldPath> _fields = [];
    private readonly List<PartitionRoute> _partitions = [];

    /// <summary>The route of a topic's events.</summary>
    /// <param name="uses">The monitors that read the topic, and whether it is what their windows are compared with.</param>
    public TopicRoute(IEnumerable<(MonitorBinding Binding, bool IsReference)> uses)
    {
        Targets = [.. uses.Select(use => use.IsReference ? ReferenceTarget(use.Binding) : OwnTarget(use.Binding))];
    }

    /// <summary>The monitors that get the events.</summary>
    public MonitorTarget[] Targets { get; }

    /// <summary>What has come.</summary>
    public TopicTally Tally => TopicTally.Sum(_partitions.ConvertAll(partition => partition.Tally));

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

            foreach (var (place, target) in Targets.Index())
            {
                yield return new Losses(
                    NameFor(target),
                    target.Binding,
                    target.IsReference,
                    tally.Events,
                    target.IsReference ? target.Monitor.RejectedOfReference : target.Monitor.Rejected,
                    FirstRejections.Of(_partitions.Select(partition => partition.FirstRejectedBy(place))));
            }
        }
    }

    /// <summary>Which partitions are silent.</summary>
    public PartitionActivity Activity { get; } = new();

    /// <summary>A decoder that finds the fields of all targets in one pass; one for each thread.</summary>
    public EventDecoder CreateDecoder() => new(_fields);

    /// <summary>Columns for events of this topic.</summary>
    /// <param name="topic">The topic's index.</param>
    public DecodedEvents CreateColumns(int topic) => new(topic, Targets);

    /// <summary>A partition; made when it is first asked for.</summary>
    public PartitionRoute PartitionOf(int partition)
    {
        while (_partitions.Count <= partition)
        {
            _partitions.Add(new PartitionRoute(_partitions.Count, Targets));
        }

        return _partitions[partition];
    }

    /// <summary>Makes the monitors wait for so many partitions.</summary>
    public void ExpectPartitions(int partitions)
    {
        Activity.Grow(partitions);
        foreach (ref readonly var target in Targets.AsSpan())
        {
            target.Monitor.ExpectPartitions(partitions, target.IsReference);
        }
    }

    private static string NameFor(in MonitorTarget target) =>
        target.IsReference ? target.Binding.ReferenceTopic! : target.Binding.Topic;

    private MonitorTarget OwnTarget(MonitorBinding binding) => new(
        binding,
        PlaceOf(binding.Field),
        TimePlaceOf(binding),
        binding.SegmentBy is { } segment ? PlaceOf(segment) : MonitorTarget.None,
        binding is { ReferenceField: { } other, ReferenceTopic: null } ? PlaceOf(other) : MonitorTarget.None,
        IsReference: false);

    private MonitorTarget ReferenceTarget(MonitorBinding binding) => new(
        binding,
        PlaceOf(binding.ReferenceField ?? binding.Field),
        TimePlaceOf(binding),
        MonitorTarget.None,
        MonitorTarget.None,
        IsReference: true);

    private int TimePlaceOf(MonitorBinding binding) => binding.EventTime is { } time ? PlaceOf(time) : MonitorTarget.RecordTime;

    private int PlaceOf(FieldPath field)
    {
        if (_fields.IndexOf(field) is >= 0 and var place)
        {
            return place;
        }

        _fields.Add(field);
        return _fields.Count - 1;
    }
}
