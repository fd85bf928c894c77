using DriftMonitor.Core;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Sources;

namespace DriftMonitor.Hosting;

/// <summary>
/// All that others may see of the loop: immutable, made by the loop's thread a few times a second, swapped by one reference.
/// Metrics, page and API read one snapshot each time, so that their numbers belong together, and take no lock.
/// </summary>
/// <param name="Monitors">The monitors in their configured order.</param>
/// <param name="Topics">The topics that they read, each once.</param>
/// <param name="Trouble">What keeps events from coming, in a sentence; null when nothing does.</param>
/// <param name="IsCaughtUp">Whether every partition is known and has been read to its end at least once.</param>
internal sealed record Snapshot(IReadOnlyList<MonitorSnapshot> Monitors, IReadOnlyList<TopicSnapshot> Topics, string? Trouble, bool IsCaughtUp);

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

/// <summary>A series as of the last pane that closed.</summary>
/// <param name="Segment">The segment; empty without segments.</param>
/// <param name="Calibration">How readings fluctuate while nothing is wrong, for each window; null where that is not known, or not yet.</param>
/// <param name="IsCalibrating">Whether it is still learning that.</param>
/// <param name="IsKnown">Whether the reference knows the segment.</param>
/// <param name="Readings">One for each window; before the first pane closes, without a time and incomplete.</param>
/// <param name="Time">The end of the last closed pane; null before the first.</param>
/// <param name="Histograms">One for each window; null before the first pane closes.</param>
/// <param name="Alert">The alert; null where the monitor has none.</param>
/// <param name="Transitions">How often the alert has entered each state, indexed by <see cref="AlertState"/>.</param>
/// <param name="History">Past readings of each window, oldest first, at most <see cref="HistoryLength"/>; null where there was none.</param>
internal sealed record SeriesSnapshot(
    string Segment, IReadOnlyList<WindowCalibration>? Calibration, bool IsCalibrating, bool IsKnown, IReadOnlyList<Reading> Readings, EventTime? Time, IReadOnlyList<WindowHistogram>? Histograms,
    Alert? Alert, IReadOnlyList<long> Transitions, IReadOnlyList<IReadOnlyList<double?>> History)
{
    /// <summary>How many past readings are kept for the page's curve.</summary>
    public const int HistoryLength = 240;
}

/// <summary>A topic as it has been read.</summary>
/// <param name="Topic">Its name.</param>
/// <param name="Events">Records read.</param>
/// <param name="Rejected">Events that no monitor could read, by reason.</param>
/// <param name="LastEvent">The last event's time; null before the first.</param>
/// <param name="Progress">How far each partition has been read.</param>
internal sealed record TopicSnapshot(string Topic, long Events, IReadOnlyDictionary<string, long> Rejected, EventTime? LastEvent, IReadOnlyList<Progress> Progress);
