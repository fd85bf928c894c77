using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Planning;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Live;

/// <summary>Saves references that monitors learn from their first events to the configured files, so that they survive a restart.</summary>
internal sealed partial class LearnedReferences : IReportSink
{
    private readonly Dictionary<string, string> _waiting; // by monitor name: the file for its reference
    private readonly Dictionary<string, Reminder> _unwritten; // by monitor name
    private readonly ILogger _logger;

    /// <summary>Waits for the references of these monitors.</summary>
    public LearnedReferences(IEnumerable<PlannedMonitor> monitors, TimeProvider clock, ILogger logger)
    {
        _waiting = monitors
            .Where(monitor => monitor.Reference is { Kind: Configuration.ReferenceKind.First, KeepAt: not null })
            .ToDictionary(monitor => monitor.Spec.Name, monitor => monitor.Reference!.KeepAt!);
        _unwritten = _waiting.Keys.ToDictionary(name => name, _ => new Reminder(clock));
        _logger = logger;
    }

    /// <summary>
    /// Writes the monitor's reference once it is known. If it can't be written, that is tried again at each pane, and logged at growing
    /// intervals.
    /// </summary>
    public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports)
    {
        var spec = monitor.Monitor.Spec;
        if (!_waiting.TryGetValue(spec.Name, out var path) || monitor.Monitor.Against is not LearnedReference { Learned: { } learned })
        {
            return;
        }

        var calibration = spec.Windows.Zip(learned.Calibration!).ToDictionary(window => window.First.Label, window => window.Second);
        try
        {
            new ReferenceFile(monitor.Field.Text, learned.Reference, calibration)
            {
                Pane = spec.Pane.Length,
                Where = monitor.Where,
            }.Save(path);
            _waiting.Remove(spec.Name);
            LogLearned(spec.Name, Phrases.Count(learned.Reference.Events, "event"), path);
        }
        catch (ReferenceException e)
        {
            if (_unwritten[spec.Name].TryTake())
            {
                LogUnwritten(spec.Name, e.Message);
            }
        }
    }

    [LoggerMessage(
        EventName = "references.learned", Level = LogLevel.Information,
        Message = "{Monitor} has learned its reference from {Events} and saved it to {Path}")]
    private partial void LogLearned(string monitor, string events, string path);

    [LoggerMessage(
        EventName = "references.unwritable", Level = LogLevel.Warning,
        Message = "{Monitor} has learned its reference but cannot save it, so a restart loses it: {Reason}")]
    private partial void LogUnwritten(string monitor, string reason);
}
