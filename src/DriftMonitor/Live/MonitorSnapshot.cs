using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Wording;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Live;

/// <summary>A monitor and its series, as values: nothing in it changes while it is read.</summary>
internal sealed record MonitorSnapshot
{
    /// <summary>How events are windowed and judged.</summary>
    public required MonitorSpec Spec { get; init; }

    /// <summary>The bins.</summary>
    public required FieldBinning Binning { get; init; }

    /// <summary>The topic that it reads, or the pattern of several.</summary>
    public required string Topic { get; init; }

    /// <summary>The path of the field that it watches.</summary>
    public required string Field { get; init; }

    /// <summary>The path of the event time; null for the record's own time.</summary>
    public required string? EventTime { get; init; }

    /// <summary>The fields of the segment, joined; null for a monitor without segments.</summary>
    public required string? SegmentBy { get; init; }

    /// <summary>Which events are counted; null for all.</summary>
    public EventFilter? Where { get; init; }

    /// <summary>How it has joined the events of its topic with those of <see cref="ReferenceTopic"/>; null if it joins nothing.</summary>
    public JoinSnapshot? Join { get; init; }

    /// <summary>The topic that windows are compared with, or whose events are joined; null where there is none.</summary>
    public required string? ReferenceTopic { get; init; }

    /// <summary>Whether the reference was known before the first event.</summary>
    public required bool IsReferenceLoaded { get; init; }

    /// <summary>The distribution that holds everything windows are compared with; null where there is none, or not yet.</summary>
    public required Reference? Reference { get; init; }

    /// <summary>How many regimes the reference has; 0 where it is one.</summary>
    public required int Regimes { get; init; }

    /// <summary>How far its references have grown; null if they do not grow.</summary>
    public required GrowthSnapshot? Growth { get; init; }

    /// <summary>What windows are compared with, for people; null where that is one fixed distribution.</summary>
    public required string? ComparedWith { get; init; }

    /// <summary>Event time up to which panes have closed or may close; null while unknown.</summary>
    public required EventTime? Watermark { get; init; }

    /// <summary>The latest event time counted; null before the first event.</summary>
    public required EventTime? NewestEvent { get; init; }

    /// <summary>The end of the pane that closes next; null before the first event.</summary>
    public required EventTime? NextPaneEnd { get; init; }

    /// <summary>Events of its own topic that this monitor counted.</summary>
    public required long Counted { get; init; }

    /// <summary>Events of its own topic that this monitor rejected.</summary>
    public required long RejectedEvents { get; init; }

    /// <summary>
    /// Events that this monitor left out, by topic and reason: of its own topic, or of each that matches its pattern, and of the one its
    /// windows are compared with.
    /// </summary>
    public required IReadOnlyDictionary<string, IReadOnlyDictionary<string, long>> Rejected { get; init; }

    /// <summary>Events of its own topic, or of all that match its pattern, that this monitor left out, by reason.</summary>
    public required IReadOnlyDictionary<string, long> RejectedOfOwn { get; init; }

    /// <summary>
    /// Events in the records of its own topic, with those that it rejected, for a monitor with <c>Unpack</c>; null where a record is an
    /// event.
    /// </summary>
    public required long? Unpacked { get; init; }

    /// <summary>
    /// The share of each window's events that was rejected, as of the pane closed last: above <see cref="MonitorSpec.MaxRejected"/>, its
    /// readings are untrusted.
    /// </summary>
    public required IReadOnlyList<double> RejectedShares { get; init; }

    /// <summary>Events since the pane closed last, which no reading includes: counted, and rejected.</summary>
    public required (long Counted, long Rejected) Open { get; init; }

    /// <summary>The series in ordinal order of their segments.</summary>
    public required IReadOnlyList<SeriesSnapshot> Series { get; init; }

    /// <summary>Panes that have closed.</summary>
    public required long ClosedPanes { get; init; }

    /// <summary>Counted events whose segment the reference does not know.</summary>
    public required long UnknownSegment { get; init; }

    /// <summary>Events left out because their segment has no series.</summary>
    public required long Dropped { get; init; }

    /// <summary>Series that have ended to make room for others.</summary>
    public required long Evicted { get; init; }

    /// <summary>Events left out because a derived field has no value for them; null for other fields.</summary>
    public required long? WithoutHistory { get; init; }

    /// <summary>Events of its own topic that this monitor did not reject.</summary>
    public long Accepted => Counted + Dropped + (WithoutHistory ?? 0);

    /// <summary>Whether there is a series for each segment.</summary>
    public bool IsSegmented => SegmentBy is not null;

    /// <summary>A monitor as it is now.</summary>
    /// <param name="binding">The monitor; on the thread that owns it.</param>
    /// <param name="series">Its series as they are now.</param>
    /// <param name="names">Which partitions its numbers stand for, if its topic is a pattern; otherwise ignored.</param>
    public static MonitorSnapshot Of(
        MonitorBinding binding, IReadOnlyList<SeriesSnapshot> series, IReadOnlyList<PartitionName>? names = null)
    {
        var monitor = binding.Monitor;
        return new MonitorSnapshot
        {
            Spec = monitor.Spec,
            Binning = monitor.Binning,
            Topic = binding.Topic,
            Field = binding.Field.Text,
            EventTime = binding.EventTime?.Text,
            SegmentBy = binding.SegmentBy?.Text,
            Where = binding.Where,
            ReferenceTopic = binding.ReferenceTopic,
            Join = JoinSnapshot.Of(monitor),
            IsReferenceLoaded = monitor.Against.IsLoaded,
            Reference = monitor.Against.Whole,
            Regimes = monitor.Against.Regimes?.Count ?? 0,
            Growth = GrowthSnapshot.Of(monitor),
            ComparedWith = monitor.Against.Description,
            Watermark = monitor.Watermark,
            NewestEvent = monitor.To,
            NextPaneEnd = monitor.NextTime ?? (monitor.From is { } first ? monitor.Spec.Pane.End(monitor.Spec.Pane.PaneOf(first)) : null),
            Counted = monitor.Counted,
            RejectedEvents = monitor.Rejected.Total,
            Rejected = binding.IsPattern ? RejectedBy(monitor, binding.Topic, names ?? []) : RejectedBy(binding),
            RejectedOfOwn = Named(
                binding.ReferenceTopic == binding.Topic ? monitor.Rejected.With(monitor.RejectedOfReference) : monitor.Rejected),
            Unpacked = binding.Unpack is null
                ? null
                : monitor.Counted + monitor.Dropped + monitor.WithoutHistory + monitor.Rejected.Total + monitor.Held,
            RejectedShares = [.. monitor.Spec.Windows.Select((_, window) => monitor.RejectedShareOf(window))],
            Open = monitor.Open,
            Series = series,
            ClosedPanes = monitor.ClosedPanes,
            UnknownSegment = monitor.UnknownSegment,
            Dropped = monitor.Dropped,
            Evicted = monitor.Evicted,
            WithoutHistory = monitor.Spec.Derivation is { IsOrdered: true } ? monitor.WithoutHistory : null,
        };
    }

    private static Dictionary<string, long> Named(RejectionCounts counts) => new(RejectionNames.Occurred(counts));

    private static Dictionary<string, IReadOnlyDictionary<string, long>> RejectedBy(
        FieldMonitor monitor, string pattern, IReadOnlyList<PartitionName> names) => names.Count == 0
        ? new() { [pattern] = Named(monitor.Rejected) }
        : names.Index().GroupBy(name => name.Item.Topic, name => name.Index).ToDictionary(
            topic => topic.Key,
            topic => (IReadOnlyDictionary<string, long>)Named(RejectionCounts.Sum(topic.Select(monitor.RejectedIn))));

    private static Dictionary<string, IReadOnlyDictionary<string, long>> RejectedBy(MonitorBinding binding)
    {
        var monitor = binding.Monitor;
        return binding.Topics.Distinct().ToDictionary(
            topic => topic, topic => (IReadOnlyDictionary<string, long>)Named(Of(topic)));

        // One topic may be both: the monitor's own, and, by another field, its reference's.
        RejectionCounts Of(string topic) =>
            topic != binding.Topic ? monitor.RejectedOfReference
            : topic == binding.ReferenceTopic ? monitor.Rejected.With(monitor.RejectedOfReference)
            : monitor.Rejected;
    }
}
