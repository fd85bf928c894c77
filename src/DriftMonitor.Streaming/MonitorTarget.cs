using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming;

/// <summary>A monitor that gets the events of a topic, and the places of its fields among those that the topic's decoder finds.</summary>
/// <param name="Binding">The monitor.</param>
/// <param name="ValueField">Place of the field that it counts or derives from, or <see cref="None"/>.</param>
/// <param name="TimeField">Place of the event time, or <see cref="RecordTime"/>.</param>
/// <param name="SegmentPlaces">Places of the fields that make up the segment; empty for none.</param>
/// <param name="ReferenceField">Place of the other field of the same event that windows are compared with, or <see cref="None"/>.</param>
/// <param name="FilterField">Place of the field that decides which events are counted, or <see cref="None"/>.</param>
/// <param name="SecondField">Place of the second field that it derives from, or <see cref="None"/>.</param>
/// <param name="IsReference">Whether the topic is the one that windows are compared with.</param>
internal readonly record struct MonitorTarget(
    MonitorBinding Binding, int ValueField, int TimeField, int[] SegmentPlaces, int ReferenceField, int FilterField, int SecondField,
    bool IsReference)
{
    /// <summary>In place of a time field: the record's own time.</summary>
    public const int RecordTime = -1;

    /// <summary>In place of another field: there is none.</summary>
    public const int None = -1;

    /// <summary>The monitor.</summary>
    public FieldMonitor Monitor => Binding.Monitor;

    /// <summary>Whether its events have segments.</summary>
    public bool HasSegments => !IsReference && Binding.SegmentBy is not null;

    /// <summary>Whether the name of an event's topic is part of its segment.</summary>
    public bool HasTopicSegment => !IsReference && Binding.SegmentBy is { HasTopic: true };

    /// <summary>The offset from which on it counts the records of a partition of the topic.</summary>
    /// <param name="partition">The partition's number.</param>
    /// <param name="name">What the number stands for, if the topic is a pattern; otherwise null.</param>
    public long CountsFrom(int partition, PartitionName? name) => Binding.CountedUpTo.GetValueOrDefault(
        IsReference ? (Binding.ReferenceTopic!, partition)
        : Binding.IsPattern && name is var (topic, number) ? (topic, number)
        : (Binding.Topic, partition));

    /// <summary>
    /// What decides how its event times are judged. A monitor that waits for another topic as well closes its panes later, and so is alike
    /// only to itself.
    /// </summary>
    public (int TimeField, EventTimeFormat? Format, EventFilter? Filter, TimeSpan Pane, TimeSpan Longest, TimeSpan Lateness,
        TimeSpan MaxAhead, TimeSpan MaxAge, FieldMonitor? Alone) TimeRules
    {
        get
        {
            var spec = Monitor.Spec;
            var alone = Binding.ReferenceTopic is null ? null : Monitor;
            var longest = spec.Windows[spec.LongestWindow].Length;
            return (TimeField, Binding.EventTimeFormat, Binding.Where, spec.Pane.Length, longest, spec.AllowedLateness, spec.MaxAhead,
                    spec.MaxAge, alone);
        }
    }
}
