using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Live;

/// <summary>Keeps past alerts in a file beside the checkpoints, so that the page shows them after a restart.</summary>
/// <remarks>Written off the loop's thread, at most every ten seconds, and at the end. It decides nothing but what is shown.</remarks>
internal sealed partial class AlertFile : IHostedService, IDisposable
{
    private const string Format = "driftmonitor.alerts/1";
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private readonly string _path;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private Func<IReadOnlyList<AlertEpisode>>? _current;
    private IReadOnlyList<AlertEpisode> _written = [];
    private ITimer? _timer;
    private bool _isFailing;

    /// <summary>Reads the file, if there is one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="clock">The timer.</param>
    /// <param name="logger">Receives a line if it cannot be read or written.</param>
    public AlertFile(string path, TimeProvider clock, ILogger logger)
    {
        (_path, _clock, _logger) = (path, clock, logger);
        try
        {
            Earlier = File.Exists(path) ? Read(JsonNode.Parse(File.ReadAllText(path))!) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or FormatException
            or InvalidOperationException or NullReferenceException or ArgumentNullException)
        {
            Earlier = [];
            LogUnreadable(path, OneLine.Sentence(e.Message));
        }
    }

    /// <summary>The alerts of earlier processes, the oldest first.</summary>
    public IReadOnlyList<AlertEpisode> Earlier { get; }

    /// <summary>Says what is to be written; before the host starts.</summary>
    /// <param name="current">Gives the alerts as they are; called from any thread.</param>
    public void Follow(Func<IReadOnlyList<AlertEpisode>> current) => _current = current;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = _clock.CreateTimer(_ => Write(), null, Every, Every);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _timer?.Dispose();
        Write();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    /// <summary>Writes the alerts if they have changed.</summary>
    public void Write()
    {
        lock (_lock)
        {
            if (_current?.Invoke() is not { } alerts || ReferenceEquals(alerts, _written) || (alerts.Count == 0 && _written.Count == 0))
            {
                return;
            }

            try
            {
                var json = new JsonObject { ["format"] = Format, ["alerts"] = new JsonArray([.. alerts.Select(Write)]) };
                AtomicFile.WritePrivate(_path, json.ToJsonString(JsonStyle.Indented) + "\n");
                (_written, _isFailing) = (alerts, false);
            }
            catch (ReferenceException e)
            {
                if (!_isFailing)
                {
                    LogUnwritable(e.Message);
                }

                _isFailing = true;
            }
        }
    }

    private static JsonObject Write(AlertEpisode alert)
    {
        var json = new JsonObject
        {
            ["monitor"] = alert.Monitor,
            ["segment"] = alert.Segment,
            ["from"] = alert.From.ToString(),
            ["to"] = alert.To?.ToString(),
            ["return_period_s"] = alert.ReturnPeriodSeconds,
            ["moved"] = new JsonArray([.. alert.Moved.Select(bin => JsonValue.Create(bin))]),
        };
        if (alert.PeakNats is { } peak)
        {
            (json["peak_nats"], json["peak_time"], json["peak_window"]) = (peak, alert.PeakTime.ToString(), alert.PeakWindow);
        }

        return json;
    }

    private static List<AlertEpisode> Read(JsonNode json)
    {
        if ((string?)json["format"] != Format)
        {
            throw new FormatException($"its format is not {Format}");
        }

        return [.. json["alerts"]!.AsArray().Select(alert =>
        {
            var episode = new AlertEpisode((string)alert!["monitor"]!, (string)alert["segment"]!, Time(alert["from"])!.Value)
            {
                To = Time(alert["to"]),
                ReturnPeriodSeconds = (double?)alert["return_period_s"],
                Moved = [.. alert["moved"]!.AsArray().Select(bin => (string)bin!)],
                PeakNats = (double?)alert["peak_nats"],
                PeakWindow = (string?)alert["peak_window"] ?? "",
            };
            episode.PeakTime = Time(alert["peak_time"]) ?? episode.From;
            return episode;
        })];
    }

    private static Core.Time.EventTime? Time(JsonNode? json) => json is null
        ? null
        : EventTimeText.FromIso8601(Encoding.UTF8.GetBytes((string)json!)) ?? throw new FormatException($"{json} is no time");

    [LoggerMessage(
        EventName = "alerts.file_unreadable", Level = LogLevel.Warning,
        Message = "{Path} cannot be read ({Reason}): the page begins without past alerts")]
    private partial void LogUnreadable(string path, string reason);

    [LoggerMessage(
        EventName = "alerts.file_unwritable", Level = LogLevel.Warning,
        Message = "Past alerts are not kept for the next start: {Reason}")]
    private partial void LogUnwritable(string reason);
}
