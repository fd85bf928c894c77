using System.Collections.ObjectModel;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming;

/// <summary>A monitor, and where in a topic's events it finds what it needs.</summary>
/// <param name="Monitor">The monitor.</param>
/// <param name="Topic">The topic whose events it reads, or the <see cref="TopicPattern"/> of several.</param>
/// <param name="Field">The field that it watches; of a derived field, the name.</param>
/// <param name="EventTime">The field of the event time; null for the record's own time.</param>
/// <param name="SegmentBy">The fields of the segment, for a monitor with segments; null otherwise.</param>
public sealed record MonitorBinding(
    FieldMonitor Monitor, string Topic, FieldPath Field, FieldPath? EventTime, SegmentFields? SegmentBy = null)
{
    /// <summary>How event times are written; null for the usual forms.</summary>
    public EventTimeFormat? EventTimeFormat { get; init; }

    /// <summary>
    /// Which events of its topics it counts; null for all. The others still show how far event time has come, and are neither counted nor
    /// rejected.
    /// </summary>
    public EventFilter? Where { get; init; }

    /// <summary>
    /// The array whose elements are the events, in the records of its topics: the other paths start at an element. Null where a record is
    /// an event.
    /// </summary>
    public FieldPath? Unpack { get; init; }

    /// <summary>
    /// The field of events that a derived field is of, or whose words are counted; null where the field is not derived (see
    /// <see cref="MonitorSpec.Derivation"/>), or only from event times.
    /// </summary>
    public FieldPath? DerivedFrom { get; init; }

    /// <summary>
    /// The second field that a derived field is of, or that is watched together with <see cref="DerivedFrom"/>; null where there is none.
    /// </summary>
    public FieldPath? SecondField { get; init; }

    /// <summary>The second field that <see cref="ReferenceField"/> is derived from; null where it is none, or the monitor's own.</summary>
    public FieldPath? ReferenceSecondField { get; init; }

    /// <summary>
    /// The field that windows are compared with, of the same events or of <see cref="ReferenceTopic"/>; null where the reference is no
    /// stream.
    /// </summary>
    public FieldPath? ReferenceField { get; init; }

    /// <summary>
    /// The topic that windows are compared with, or whose events are joined with those of <see cref="Topic"/>, in which case
    /// <see cref="ReferenceField"/> is the field that is watched there; null where there is none.
    /// </summary>
    public string? ReferenceTopic { get; init; }

    /// <summary>
    /// For a monitor that counts the words of <see cref="DerivedFrom"/>, whether upper and lower case differ; null for another.
    /// </summary>
    public WordCase? Words { get; init; }

    /// <summary>The field whose value is read from events; null where nothing but their times is needed.</summary>
    public FieldPath? ReadField =>
        Monitor.Spec is { Derivation: null, JoinWithin: null } && SecondField is null && Words is null ? Field : DerivedFrom;

    /// <summary>
    /// Where the monitor's counts end in each partition, if it was loaded from a checkpoint: records before that offset are in them
    /// already. A partition that is not here is counted from its first record on.
    /// </summary>
    public IReadOnlyDictionary<(string Topic, int Partition), long> CountedUpTo { get; init; } =
        ReadOnlyDictionary<(string Topic, int Partition), long>.Empty;

    /// <summary>Whether it reads all topics that match a pattern.</summary>
    public bool IsPattern => TopicPattern.IsPattern(Topic);

    /// <summary>The topics that the monitor reads, as in the configuration.</summary>
    public IEnumerable<string> Topics => ReferenceTopic is null ? [Topic] : [Topic, ReferenceTopic];

    /// <summary>
    /// Where the monitor's counts end, given how far the source has been read: it may be ahead of a source that reads again what another
    /// monitor needs.
    /// </summary>
    /// <param name="progress">How far the source has been read.</param>
    /// <param name="names">Which partitions the monitor's numbers stand for, if it reads the topics of a pattern.</param>
    public IReadOnlyDictionary<(string Topic, int Partition), long> PositionsWith(
        IReadOnlyList<Progress> progress, IReadOnlyList<PartitionName> names)
    {
        var topics = IsPattern ? names.Select(name => name.Topic).ToHashSet(StringComparer.Ordinal) : [.. Topics];
        var positions = progress.Where(at => topics.Contains(at.Position.Topic))
            .ToDictionary(at => (at.Position.Topic, at.Position.Partition), at => at.Position.NextOffset);
        foreach (var (partition, next) in CountedUpTo)
        {
            positions[partition] = Math.Max(next, positions.GetValueOrDefault(partition));
        }

        return positions;
    }
}
