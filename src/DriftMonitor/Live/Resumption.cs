using DriftMonitor.Core.Time;
using DriftMonitor.Planning;
using DriftMonitor.Streaming.Checkpoints;
using DriftMonitor.Wording;

namespace DriftMonitor.Live;

/// <summary>Loads the newest checkpoint at the start, and tells what of it can be used.</summary>
/// <param name="logger">Where to log.</param>
/// <param name="isPosted">Whether events are posted and cannot be read again.</param>
internal sealed partial class Resumption(ILogger logger, bool isPosted = false)
{
    private readonly List<Action> _messages = [];

    /// <summary>When the checkpoint was taken that the monitors go on from; null for none.</summary>
    public EventTime? Taken { get; private set; }

    /// <summary>How many files could not be read.</summary>
    public int Unreadable { get; private set; }

    /// <summary>Logs what has been loaded: once the service has started, because a start that fails says only why.</summary>
    public void Log() => _messages.ForEach(message => message());

    /// <summary>Makes the monitors.</summary>
    /// <param name="folder">Where checkpoints are; null where there are none.</param>
    /// <param name="monitors">The monitors.</param>
    public ResumedMonitors Load(CheckpointFolder? folder, IReadOnlyList<PlannedMonitor> monitors)
    {
        if (folder is null)
        {
            _messages.Add(isPosted ? LogWithoutPosted : LogWithout);
            return ResumedMonitors.WithoutCheckpoint(monitors);
        }

        if (folder.Load(OnBad) is not { } checkpoint)
        {
            _messages.Add(() => LogNone(folder.Path, isPosted ? "windows are empty" : "reading starts as Kafka:Start says"));
            return ResumedMonitors.WithoutCheckpoint(monitors);
        }

        var resumed = ResumedMonitors.From(monitors, checkpoint);
        foreach (var (monitor, reason) in resumed.Fresh)
        {
            _messages.Add(() => LogFresh(OneLine.Name(monitor.Spec.Name), OneLine.Sentence(reason)));
        }

        var count = monitors.Count - resumed.Fresh.Count;
        Taken = count > 0 ? checkpoint.Taken : null;
        if (count > 0)
        {
            _messages.Add(() => LogResumed(Phrases.Count(count, "monitor goes", "monitors go"), checkpoint.Taken));
        }

        return resumed;
    }

    private void OnBad(string message)
    {
        Unreadable++;
        _messages.Add(() => LogBad(OneLine.Sentence(message)));
    }

    [LoggerMessage(
        EventName = "checkpoints.resumed", Level = LogLevel.Information, Message = "{Monitors} on from the checkpoint of {Taken}")]
    private partial void LogResumed(string monitors, EventTime taken);

    [LoggerMessage(
        EventName = "checkpoints.not_resumed", Level = LogLevel.Warning,
        Message = "{Monitor} does not go on from the checkpoint, because {Reason}: it begins anew")]
    private partial void LogFresh(string monitor, string reason);

    [LoggerMessage(
        EventName = "checkpoints.none_yet", Level = LogLevel.Information,
        Message = "There is no checkpoint in {Folder} yet: {Consequence}")]
    private partial void LogNone(string folder, string consequence);

    [LoggerMessage(
        EventName = "checkpoints.off", Level = LogLevel.Information,
        Message = "Without DriftMonitor:Checkpoint:Directory there are no checkpoints: a restart reads again as much as Kafka:Start says")]
    private partial void LogWithout();

    [LoggerMessage(
        EventName = "checkpoints.off_posted", Level = LogLevel.Warning,
        Message = "Without DriftMonitor:Checkpoint:Directory there are no checkpoints: a restart begins with empty windows, because events "
            + "that were posted cannot be read again")]
    private partial void LogWithoutPosted();

    [LoggerMessage(EventName = "checkpoints.unreadable", Level = LogLevel.Error, Message = "{Reason}")]
    private partial void LogBad(string reason);
}
