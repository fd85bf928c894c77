using DriftMonitor.Configuration;
using DriftMonitor.Live;
using DriftMonitor.Wording;
using Microsoft.Extensions.Logging.Abstractions;

namespace DriftMonitor.Telemetry;

/// <summary>
/// Logs when a collector does not take what is sent, at once and then after a minute, two, four, and so on, up to an hour; and when it
/// takes it again. May be called from any thread.
/// </summary>
/// <param name="clock">Measures the intervals.</param>
internal sealed partial class ExportLog(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Reminder> _failing = []; // by the name of what is sent

    /// <summary>Where to log.</summary>
    public ILogger Logger { get; set; } = NullLogger.Instance;

    /// <summary>The collector has not taken something.</summary>
    /// <param name="signal">What was sent.</param>
    /// <param name="reason">Why.</param>
    /// <param name="interval">When it is sent again; null for records that are lost.</param>
    public void Fail(OtlpSignal signal, string reason, TimeSpan? interval)
    {
        lock (_lock)
        {
            if (!_failing.TryGetValue(signal.Name, out var reminder))
            {
                _failing[signal.Name] = reminder = new Reminder(clock);
            }

            if (reminder.TryTake())
            {
                var address = $"{signal.Endpoint.Scheme}://{signal.Endpoint.Authority}";
                var protocol = signal.IsGrpc ? "grpc" : "http/protobuf";
                var consequence = interval is { } every
                    ? $"they are sent again every {Phrases.Duration(every.TotalSeconds)}"
                    : "these records are lost to it, and not to standard error";
                LogFailure(Logger, signal.Name, address, protocol, OneLine.Sentence(reason), consequence);
            }
        }
    }

    /// <summary>The collector has taken something.</summary>
    public void Succeed(OtlpSignal signal)
    {
        lock (_lock)
        {
            if (_failing.Remove(signal.Name))
            {
                LogSuccess(Logger, signal.Name);
            }
        }
    }

    [LoggerMessage(
        EventName = "export.failed", Level = LogLevel.Warning,
        Message = "The collector at {Address} does not take {Signal} by {Protocol} ({Reason}): {Consequence}")]
    private static partial void LogFailure(
        ILogger logger, string signal, string address, string protocol, string reason, string consequence);

    [LoggerMessage(EventName = "export.resumed", Level = LogLevel.Information, Message = "The collector takes {Signal} again")]
    private static partial void LogSuccess(ILogger logger, string signal);
}
