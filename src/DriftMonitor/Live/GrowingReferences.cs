using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Time;
using DriftMonitor.Planning;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Live;

/// <summary>
/// Saves references that grow to the configured files, at each refit and at the end, so that a restart continues from there.
/// </summary>
/// <remarks>
/// While a topic's history is read, refits follow each other closely, and with segments one follows the other all the time: after a file
/// was written, the next one waits for ten seconds.
/// </remarks>
internal sealed partial class GrowingReferences : IReportSink
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, Kept> _kept; // by monitor name
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;

    /// <summary>Waits for the references of these monitors.</summary>
    public GrowingReferences(IEnumerable<PlannedMonitor> monitors, TimeProvider clock, ILogger logger)
    {
        _kept = monitors
            .Where(monitor => monitor.Reference is { Kind: Configuration.ReferenceKind.SoFar, KeepAt: not null })
            .ToDictionary(monitor => monitor.Spec.Name, monitor => new Kept(monitor.Reference!.KeepAt!, clock));
        (_clock, _logger) = (clock, logger);
    }

    /// <inheritdoc/>
    public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<Core.Monitoring.SeriesReport> reports)
    {
        if (!_kept.TryGetValue(monitor.Monitor.Spec.Name, out var kept))
        {
            return;
        }

        var refits = 0;
        foreach (var series in monitor.Monitor.Series)
        {
            var reference = (GrowingReference)series.Against;
            refits += reference.Refits;
            Warn(monitor, series.Segment, reference, kept);
        }

        if (refits > kept.Refits && (kept.Written is not { } written || _clock.GetElapsedTime(written) >= Pause))
        {
            Save(monitor, kept);
            kept.Refits = refits;
        }
    }

    /// <summary>Saves the references of monitors that end.</summary>
    public void SaveAll(IEnumerable<MonitorBinding> monitors)
    {
        foreach (var monitor in monitors)
        {
            if (_kept.TryGetValue(monitor.Monitor.Spec.Name, out var kept))
            {
                Save(monitor, kept);
            }
        }
    }

    private void Save(MonitorBinding monitor, Kept kept)
    {
        var spec = monitor.Monitor.Spec;
        var states = new Dictionary<string, GrowingState>();
        foreach (var series in monitor.Monitor.Series)
        {
            if (((GrowingReference)series.Against).Save() is { } state)
            {
                states.Add(series.Segment, state);
            }
        }

        kept.Written = _clock.GetTimestamp();
        if (states.Count == 0)
        {
            return; // no pane has closed
        }

        try
        {
            string[] windows = [.. spec.Windows.Select(window => window.Label)];
            new GrowingFile(monitor.Field.Text, spec.Pane.Length, monitor.SegmentBy?.Text, windows, states) { Where = monitor.Where }
                .Save(kept.Path);
            kept.Unwritten.Reset();
            LogSaved(
                spec.Name,
                Phrases.Count(states.Values.Sum(state => state.Fitted?.Reference.Events ?? 0), "event"),
                spec.Pane.End(states.Values.Max(state => state.Last)),
                kept.Path);
        }
        catch (ReferenceException e)
        {
            if (kept.Unwritten.TryTake())
            {
                LogUnwritten(spec.Name, e.Message);
            }
        }
    }

    private void Warn(MonitorBinding monitor, string segment, GrowingReference reference, Kept kept)
    {
        var named = monitor.Monitor.IsSegmented ? segment : null;
        if (reference.Gap is { } gap && kept.Gaps.Add((segment, gap.From)))
        {
            LogGap(AlertText.NameOf(monitor.Monitor, segment), gap.From, gap.To, monitor.Monitor.Spec.Name, named, monitor.Topic);
        }

        if (reference.HasManyCategories && kept.Full.Add(segment))
        {
            LogFull(
                AlertText.NameOf(monitor.Monitor, segment), Core.Windows.ValueCounts.MostLabels, monitor.Monitor.Spec.Name, named,
                monitor.Topic);
        }
    }

    [LoggerMessage(
        EventName = "references.saved", Level = LogLevel.Information,
        Message = "{Monitor} has saved its reference of {Events}, with panes up to {End}, to {Path}")]
    private partial void LogSaved(string monitor, string events, EventTime end, string path);

    [LoggerMessage(
        EventName = "references.not_saved", Level = LogLevel.Warning,
        Message = "{Monitor} cannot save its reference, so a restart loses what it has learned since the last time: {Reason}")]
    private partial void LogUnwritten(string monitor, string reason);

    [LoggerMessage(
        EventName = "references.gap", Level = LogLevel.Warning,
        Message = "The reference of {Series} leaves out {From} to {To}: these panes were not read, "
            + "because the topic no longer holds them or Kafka:Start is after them")]
    private partial void LogGap(string series, EventTime from, EventTime to, string monitor, string? segment, string topic);

    [LoggerMessage(
        EventName = "references.too_many_categories", Level = LogLevel.Warning,
        Message = "{Series} has more than {Most} categories: further ones count as unseen, where drift can't be seen; "
            + "give Categories, or watch a field with fewer values")]
    private partial void LogFull(string series, int most, string monitor, string? segment, string topic);

    // What is known of a monitor's file.
    private sealed class Kept(string path, TimeProvider clock)
    {
        public Reminder Unwritten { get; } = new(clock);

        public string Path => path;

        public int Refits { get; set; } // when it was written last

        public long? Written { get; set; } // the clock's timestamp

        public HashSet<(string Segment, EventTime From)> Gaps { get; } = []; // that have been warned of

        public HashSet<string> Full { get; } = [];
    }
}
