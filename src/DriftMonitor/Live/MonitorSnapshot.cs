using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;

namespace DriftMonitor.Live;

/// <summary>A monitor and its series.</summary>
/// <param name="Binding">What it reads, its specification and its reference. Only its immutable parts may be read from other threads.</param>
/// <param name="Watermark">Event time up to which panes have closed or may close; null while unknown.</param>
/// <param name="Rejected">Events that this monitor left out, by their topic and reason: of its own topic, and, where its reference comes from another, of that.</param>
/// <param name="Series">The series in ordinal order of their segments.</param>
internal sealed record MonitorSnapshot(
    MonitorBinding Binding, EventTime? Watermark, IReadOnlyDictionary<string, IReadOnlyDictionary<string, long>> Rejected, IReadOnlyList<SeriesSnapshot> Series)
{
    /// <summary>What was asked for.</summary>
    public MonitorSpec Spec => Binding.Monitor.Spec;

    /// <summary>The bins.</summary>
    public FieldBinning Binning => Binding.Monitor.Binning;

    /// <summary>The reference as a whole; null where it moves and nothing holds all that it can be, or is not known yet.</summary>
    public Reference? Reference { get; init; }

    /// <summary>What windows are compared with, for people, where the reference moves; null where it does not.</summary>
    public string? ComparedWith { get; init; }

    /// <summary>Panes that have closed.</summary>
    public long ClosedPanes { get; init; }

    /// <summary>Counted events whose segment the reference does not know.</summary>
    public long UnknownSegment { get; init; }

    /// <summary>Events left out because their segment has no series.</summary>
    public long Dropped { get; init; }
}
