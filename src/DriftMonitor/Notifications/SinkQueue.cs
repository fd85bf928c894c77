using System.Threading.Channels;
using DriftMonitor.Live;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace DriftMonitor.Notifications;

/// <summary>
/// The notifications for one sink, sent one after another in the order in which they came, by one pipeline: a limit in total, retries, a
/// breaker, a limit for each attempt.
/// </summary>
/// <remarks>
/// At most <see cref="MostWaiting"/> wait: beyond, the oldest is dropped and counted as a failure. So a receiver that hangs costs neither
/// memory nor the loop anything.
/// </remarks>
internal sealed partial class SinkQueue : IDisposable
{
    /// <summary>The most notifications that wait.</summary>
    public const int MostWaiting = 1000;

    /// <summary>How long a notification is tried, with all retries.</summary>
    public static readonly TimeSpan Total = TimeSpan.FromMinutes(10);

    /// <summary>How long one attempt may take.</summary>
    public static readonly TimeSpan Attempt = TimeSpan.FromSeconds(10);

    private const int FailuresUntilOpen = 5;
    private const int MostRetries = 60; // no limit within the total
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan BreakDuration = TimeSpan.FromSeconds(15);

    private readonly INotificationSink _sink;
    private readonly Action<SinkQueue, AlertNotification> _onDone;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline _sending;
    private readonly Channel<AlertNotification> _waiting;
    private long _sent;
    private long _failed;

    /// <summary>An empty queue.</summary>
    /// <param name="sink">Where its notifications go.</param>
    /// <param name="onDone">Called when one has arrived or is given up, on the sender's thread.</param>
    /// <param name="clock">For delays and limits.</param>
    /// <param name="logger">Receives a line for each notification that is given up, and for the first failure of each.</param>
    public SinkQueue(INotificationSink sink, Action<SinkQueue, AlertNotification> onDone, TimeProvider clock, ILogger logger)
    {
        (_sink, _onDone, _logger) = (sink, onDone, logger);
        _waiting = Channel.CreateBounded<AlertNotification>(
            new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            dropped => GiveUp(dropped, "too many wait for this receiver"));
        _sending = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddTimeout(Total)
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<DeliveryException>(failure => failure.IsTransient)
                    .Handle<TimeoutRejectedException>().Handle<BrokenCircuitException>(),
                MaxRetryAttempts = MostRetries,
                BackoffType = DelayBackoffType.Exponential,
                Delay = FirstDelay,
                MaxDelay = LongestDelay,
                UseJitter = true,
                DelayGenerator = retry => ValueTask.FromResult(retry.Outcome.Exception switch
                {
                    DeliveryException { RetryAfter: { } after } => after,
                    BrokenCircuitException { RetryAfter: { } after } => after,
                    _ => (TimeSpan?)null,
                }),
                OnRetry = retry =>
                {
                    if (retry.AttemptNumber == 0)
                    {
                        LogRetrying(_sink.Name, ReasonOf(retry.Outcome.Exception!));
                    }

                    return default;
                },
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<DeliveryException>(failure => failure.IsTransient)
                    .Handle<TimeoutRejectedException>(),
                FailureRatio = 0.5,
                MinimumThroughput = FailuresUntilOpen,
                SamplingDuration = TimeSpan.FromMinutes(2),
                BreakDuration = BreakDuration,
            })
            .AddTimeout(Attempt)
            .Build();
    }

    /// <summary>What has become of notifications.</summary>
    public NotificationTally Tally => new(_sink.Name, Interlocked.Read(ref _sent), Interlocked.Read(ref _failed));

    /// <summary>The sink's name.</summary>
    public string Name => _sink.Name;

    /// <summary>Adds a notification. May be called from any thread, and does not wait.</summary>
    public void Add(AlertNotification notification) => _waiting.Writer.TryWrite(notification);

    /// <summary>Sends what comes until it is to stop.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            await foreach (var notification in _waiting.Reader.ReadAllAsync(stopping))
            {
                await SendAsync(notification, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
    }

    /// <summary>Disposes of the sink, when nothing is sent any more.</summary>
    public void Dispose() => (_sink as IDisposable)?.Dispose();

    private async Task SendAsync(AlertNotification notification, CancellationToken stopping)
    {
        try
        {
            await _sending.ExecuteAsync(token => _sink.SendAsync(notification, token), stopping);
            Interlocked.Increment(ref _sent);
            LogSent(notification.Title, _sink.Name, notification.Monitor, notification.Segment, notification.Topic);
            _onDone(this, notification);
        }
        catch (Exception e) when (e is DeliveryException or TimeoutRejectedException or BrokenCircuitException)
        {
            GiveUp(notification, ReasonOf(e));
        }
    }

    private void GiveUp(AlertNotification notification, string reason)
    {
        Interlocked.Increment(ref _failed);
        LogGivenUp(notification.Title, _sink.Name, reason, notification.Monitor, notification.Segment, notification.Topic);
        _onDone(this, notification);
    }

    private static string ReasonOf(Exception failure) => failure switch
    {
        BrokenCircuitException { InnerException: { } cause } => ReasonOf(cause),
        TimeoutRejectedException timeout => FormattableString.Invariant($"no answer within {timeout.Timeout.TotalSeconds:0} seconds"),
        _ => failure.Message,
    };

    [LoggerMessage(EventName = "notifications.sent", Level = LogLevel.Information, Message = "Sent to {Sink}: {Title}")]
    private partial void LogSent(string title, string sink, string monitor, string? segment, string topic);

    [LoggerMessage(
        EventName = "notifications.retried", Level = LogLevel.Warning,
        Message = "{Sink} does not take a notification ({Reason}): it is tried again for ten minutes")]
    private partial void LogRetrying(string sink, string reason);

    [LoggerMessage(
        EventName = "notifications.given_up", Level = LogLevel.Error,
        Message = "The notification \"{Title}\" was not taken by {Sink} and is given up: {Reason}")]
    private partial void LogGivenUp(
        string title, string sink, string reason, string monitor, string? segment, string topic);
}
