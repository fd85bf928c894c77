using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using DriftMonitor.Live;
using DriftMonitor.Wording;

namespace DriftMonitor.Notifications;

/// <summary>
/// Sends the alerts that fire to an Alertmanager, by its API v2, again and again as Prometheus does: each says until when it holds, so that
/// alerts of a process that has ended are resolved by themselves.
/// </summary>
internal sealed partial class AlertmanagerSink : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Holds = TimeSpan.FromMinutes(4); // as Prometheus: longer than a few attempts may fail
    private static readonly TimeSpan Attempt = TimeSpan.FromSeconds(10);

    private readonly Uri _url;
    private readonly IReadOnlyDictionary<string, string> _labels;
    private readonly HttpPosts _posts;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, AlertNotification> _firing = new(StringComparer.Ordinal); // by alert
    private readonly ConcurrentDictionary<string, Resolved> _resolved = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _changed = new(0);
    private long _sent;
    private long _failed;
    private bool _isFailing;

    /// <summary>A sink without alerts.</summary>
    /// <param name="name">Its name in metrics and messages.</param>
    /// <param name="url">The Alertmanager, such as <c>http://alertmanager:9093</c>.</param>
    /// <param name="labels">Further labels of every alert.</param>
    /// <param name="clock">The wall clock: when an alert begins and ends is its time, not event time.</param>
    /// <param name="logger">Receives a line when sending begins to fail, and when it works again.</param>
    public AlertmanagerSink(string name, Uri url, IReadOnlyDictionary<string, string> labels, TimeProvider clock, ILogger logger)
    {
        Name = name;
        _url = new Uri(url.ToString().TrimEnd('/') + "/api/v2/alerts");
        (_labels, _clock, _logger) = (labels, clock, logger);
        _posts = new HttpPosts(allowsAnyAddress: true, clock);
    }

    /// <summary>Its name in metrics and messages.</summary>
    public string Name { get; }

    /// <summary>What has become of requests with alerts: each holds all of them.</summary>
    public NotificationTally Tally => new(Name, Interlocked.Read(ref _sent), Interlocked.Read(ref _failed));

    /// <summary>An alert fires or is resolved. May be called from any thread.</summary>
    public void Set(AlertNotification notification)
    {
        if (notification.IsFiring)
        {
            // Alertmanager knows alerts by their labels: it would take one that fires again for resolved.
            foreach (var (key, earlier) in _resolved)
            {
                if (earlier.Alert.Monitor == notification.Monitor && earlier.Alert.Segment == notification.Segment)
                {
                    _resolved.TryRemove(key, out _);
                }
            }

            _firing[notification.AlertId] = notification;
        }
        else if (_firing.TryRemove(notification.AlertId, out _))
        {
            _resolved[notification.AlertId] = new Resolved(notification, _clock.GetUtcNow());
        }

        _changed.Release();
    }

    /// <summary>Sends what fires until it is to stop.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                await SendAsync(stopping);
                await WaitAsync(stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _posts.Dispose();
        _changed.Dispose();
    }

    // Until something changes, or it is time to send again.
    private async Task WaitAsync(CancellationToken stopping)
    {
        using var due = new CancellationTokenSource(Every, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, due.Token);
        try
        {
            await _changed.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
        }
    }

    private async Task SendAsync(CancellationToken stopping)
    {
        var (firing, resolved) = (_firing.Values.ToList(), _resolved.ToList());
        if (firing.Count + resolved.Count == 0)
        {
            return;
        }

        var now = _clock.GetUtcNow();
        var body = new JsonArray(
            [.. firing.Select(alert => Write(alert, now + Holds)), .. resolved.Select(alert => Write(alert.Value.Alert, alert.Value.At))]);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(Attempt);
        try
        {
            await _posts.PostAsync(_url, Encoding.UTF8.GetBytes(body.ToJsonString(JsonStyle.Compact)), [], null, limit.Token);
            Interlocked.Increment(ref _sent);
            foreach (var (key, sent) in resolved)
            {
                _resolved.TryRemove(KeyValuePair.Create(key, sent));
            }

            if (_isFailing)
            {
                LogWorks(Name);
            }

            _isFailing = false;
        }
        catch (Exception e) when (e is DeliveryException || (e is OperationCanceledException && !stopping.IsCancellationRequested))
        {
            Interlocked.Increment(ref _failed);
            if (!_isFailing)
            {
                LogFails(Name, e is DeliveryException ? e.Message : "no answer within 10 seconds");
            }

            _isFailing = true;
        }
    }

    // startsAt is left out: Alertmanager takes the time at which it first hears of the alert. Event time may be long ago.
    private JsonObject Write(AlertNotification alert, DateTimeOffset endsAt)
    {
        var labels = new JsonObject
        {
            ["alertname"] = "DriftMonitorDriftDetected",
            ["monitor"] = alert.Monitor,
            ["severity"] = "warning",
        };
        if (alert.Segment is { Length: > 0 } segment)
        {
            labels["segment"] = segment;
        }

        foreach (var (name, value) in _labels)
        {
            labels[name] = value;
        }

        var json = new JsonObject
        {
            ["labels"] = labels,
            ["annotations"] = new JsonObject
            {
                ["summary"] = $"{alert.Name} has drifted from its reference",
                ["description"] = alert.Description,
                ["since"] = alert.Since.ToString(),
            },
            ["endsAt"] = endsAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture),
        };
        if (alert.Page is { } page)
        {
            json["generatorURL"] = page;
        }

        return json;
    }

    [LoggerMessage(
        EventName = "notifications.alertmanager_failed", Level = LogLevel.Warning,
        Message = "{Sink} does not take alerts ({Reason}): they are sent again every 30 seconds")]
    private partial void LogFails(string sink, string reason);

    [LoggerMessage(
        EventName = "notifications.alertmanager_resumed", Level = LogLevel.Information,
        Message = "{Sink} takes alerts again")]
    private partial void LogWorks(string sink);

    private sealed record Resolved(AlertNotification Alert, DateTimeOffset At);
}
