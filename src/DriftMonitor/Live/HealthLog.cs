using DriftMonitor.Wording;

namespace DriftMonitor.Live;

/// <summary>
/// Logs when the service stops being ready, with the reasons, and when it is ready again. In between, logs the reasons after a minute, two,
/// four, and so on, up to an hour, and at once when a check of another name fails. A start may take a minute before anything is logged.
/// </summary>
/// <param name="logger">Where to log.</param>
/// <param name="clock">Measures the intervals.</param>
internal sealed partial class HealthLog(ILogger logger, TimeProvider clock)
{
    /// <summary>How long a service that starts may be not ready.</summary>
    public static readonly TimeSpan StartUp = TimeSpan.FromMinutes(1);

    private const int MostReasons = 3; // in a line

    private readonly HashSet<string> _told = []; // names of failed checks
    private readonly Reminder _reminder = new(clock);
    private long? _since; // when it was found not ready
    private bool _hasBeenReady;

    /// <summary>Logs a report, if it changes something or is due.</summary>
    public void Write(HealthReport report)
    {
        var lasted = clock.GetElapsedTime(_since ??= clock.GetTimestamp());
        if (report.IsReady)
        {
            if (_told.Count > 0)
            {
                LogReady(Phrases.Duration(lasted.TotalSeconds));
            }

            _told.Clear();
            _reminder.Reset();
            (_since, _hasBeenReady) = (null, true);
            return;
        }

        if (!_hasBeenReady && lasted < StartUp)
        {
            return;
        }

        var known = _told.Count;
        _told.UnionWith(report.Failed.Select(check => check.Name));
        if (_reminder.TryTake() || _told.Count > known)
        {
            var reasons = string.Join("; ", report.Reasons(MostReasons));
            if (known == 0 && _hasBeenReady)
            {
                LogNotReady(reasons);
            }
            else
            {
                LogStillNotReady(Phrases.Duration(lasted.TotalSeconds), reasons);
            }
        }
    }

    [LoggerMessage(EventName = "health.not_ready", Level = LogLevel.Warning, Message = "Not ready: {Reasons}")]
    private partial void LogNotReady(string reasons);

    [LoggerMessage(EventName = "health.still_not_ready", Level = LogLevel.Warning, Message = "Not ready for {Duration}: {Reasons}")]
    private partial void LogStillNotReady(string duration, string reasons);

    [LoggerMessage(EventName = "health.ready", Level = LogLevel.Information, Message = "Ready again after {Duration}")]
    private partial void LogReady(string duration);
}
