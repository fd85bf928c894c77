using DriftMonitor.Configuration;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Wording;
using Polly;
using Polly.Retry;

namespace DriftMonitor.Live;

/// <summary>
/// The one thread that owns the source and the monitors: it polls, counts, closes panes, publishes snapshots and commits; everybody else
/// reads the snapshot.
/// </summary>
internal sealed partial class MonitoringLoop : BackgroundService
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100); // librdkafka's timers and our own get their turn
    private static readonly TimeSpan PublishEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CommitEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShortestDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30); // less than the minute after which liveness fails
    private static readonly TimeSpan HealthyAfter = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LastCheckpointPatience = TimeSpan.FromSeconds(5);
    private const int EventsUntilBlind = 1000; // a field may be rare

    private readonly LoopSettings _settings;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger _logger; // of the service
    private readonly ILogger _eventLog;
    private readonly ILogger _alertLog;
    private readonly TimeProvider _clock;
    private readonly RejectionLog _rejections;
    private readonly DroppedLog _dropped;
    private readonly CutShortLog _cutShort;
    private readonly HashSet<string> _blind = []; // the monitors of which it has been said
    private readonly HashSet<string> _misdated = [];
    private IReadOnlyList<MonitorBinding> _bindings;
    private LiveState _state;
    private readonly ResiliencePipeline _lifetimes;
    private ResumePoints? _resume; // where the next source goes on
    private long _opened;
    private int _failures; // since a source was healthy
    private long _lastTurn;

    /// <summary>A loop that starts with the host.</summary>
    public MonitoringLoop(LoopSettings settings, IHostApplicationLifetime lifetime, ILoggerFactory logging, TimeProvider clock)
    {
        _settings = settings;
        _lifetime = lifetime;
        _logger = logging.CreateLogger(LogCategory.Service);
        _eventLog = logging.CreateLogger(LogCategory.Events);
        _alertLog = logging.CreateLogger(LogCategory.Alerts);
        _clock = clock;
        _rejections = new RejectionLog(_eventLog, clock);
        _dropped = new DroppedLog(_eventLog, clock);
        _cutShort = new CutShortLog(_eventLog, clock);
        _bindings = settings.Bindings;
        _state = new LiveState(_bindings, [], settings.Checkpoints, settings.Service, settings.Alerts, settings.Histories?.Invoke());
        _lastTurn = clock.GetTimestamp();
        _lifetimes = Lifetimes();
    }

    /// <summary>What others may see.</summary>
    public LiveState State => Volatile.Read(ref _state);

    /// <summary>The fault that ended the loop, in one line; null while it runs and when it ended well.</summary>
    public string? Fault { get; private set; }

    /// <summary>Whether the source has been closed after a commit that succeeded; false while the loop runs.</summary>
    public bool HasCommitted { get; private set; }

    /// <summary>How long ago the loop last came round: it is stuck when that grows.</summary>
    public TimeSpan SinceLastTurn => _clock.GetElapsedTime(Volatile.Read(ref _lastTurn));

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The web host is started after the other services: a process whose port is taken must neither read nor tell of its source.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var onStart = _lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        using var onStop = stoppingToken.Register(() => started.TrySetCanceled(stoppingToken));
        await started.Task;
        await Task.Factory.StartNew(
            () => Run(stoppingToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private void Run(CancellationToken stopping)
    {
        try
        {
            _lifetimes.Execute(RunLifetimes, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // While it waited to open the source again. The last checkpoint stands.
            _settings.OnEnd(_bindings);
        }
        catch (SourceException e)
        {
            Fault = e.Message;
            LogFault(_logger, e.Message);
            _settings.OnEnd(_bindings);
        }
        catch (Exception e)
        {
            Fault = $"{e.GetType().Name}: {e.Message}";
            LogBug(_logger, e);
        }

        _lifetime.StopApplication();
    }

    private void RunLifetimes(CancellationToken stopping)
    {
        while (!TryRun(stopping))
        {
        }
    }

    // A source that failed is closed and made anew, later each time: what it had given has been counted, and reading goes on from there.
    // librdkafka mends connections itself; this is for what it cannot mend.
    private ResiliencePipeline Lifetimes() => new ResiliencePipelineBuilder { TimeProvider = _clock }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<SourceException>(_ => _resume is not null),
            MaxRetryAttempts = int.MaxValue,
            DelayGenerator = _ => ValueTask.FromResult<TimeSpan?>(NextDelay()),
            OnRetry = retry =>
            {
                LogReopening(_logger, retry.Outcome.Exception!.Message, new Duration(retry.RetryDelay));
                return default;
            },
        })
        .Build();

    private TimeSpan NextDelay()
    {
        _failures = _clock.GetElapsedTime(_opened) > HealthyAfter ? 0 : _failures;
        var doubled = ShortestDelay * Math.Pow(2, Math.Min(_failures++, 10));
        return doubled < LongestDelay ? doubled : LongestDelay;
    }

    // False if the source has to be read from a start again, by monitors that have counted nothing.
    private bool TryRun(CancellationToken stopping)
    {
        var hasCheckpoint = true;
        var source = _resume is { } points ? _settings.Reopen!(points) : _settings.OpenSource();
        _opened = _clock.GetTimestamp();
        try
        {
            using (source)
            {
                IReportSink[] sinks = [State, new TransitionLog(_alertLog), _dropped, _cutShort, .. _settings.Sinks];
                var pipeline = new Pipeline(source, _bindings, _clock, _settings.IdleAfter, sinks, _settings.Workers);
                Turn(source, pipeline, stopping);
                _settings.OnEnd(_bindings);
                if (_settings.Checkpoints is { } checkpoints)
                {
                    hasCheckpoint = checkpoints.Finish(_bindings, source, LastCheckpointPatience);
                }
                else
                {
                    source.Commit(source.Progress());
                }
            }
        }
        catch (SourceResetException e) when (_settings.Rebind is not null)
        {
            _settings.OnEnd(_bindings);
            _settings.Checkpoints?.Forget(LastCheckpointPatience);
            _resume = null;
            _bindings = _settings.Rebind();
            Volatile.Write(ref _state, new LiveState(
                _bindings, State.LostWith(source), _settings.Checkpoints, _settings.Service, _settings.Alerts));
            LogReset(_logger, e.Message); // once nobody sees the old windows any more
            return false;
        }
        catch (SourceException e) when (_settings.Reopen is not null)
        {
            if (source.Progress() is { Count: > 0 } progress)
            {
                GoOnFrom(source, progress);
            }

            // A source that has not found its topics leaves the points where the one before it had come to, if there was one.
            if (_resume is not null)
            {
                State.OnSourceFailed(source, e.Message);
            }

            throw;
        }

        HasCommitted = hasCheckpoint && !source.LastCommitFailed;
        return true;
    }

    // All that the source has given has been counted: a source fails while it is read, before a further batch.
    private void GoOnFrom(IEventSource source, IReadOnlyList<Progress> progress)
    {
        _bindings =
        [
            .. _bindings.Select(binding => binding with
            {
                CountedUpTo = binding.PositionsWith(progress, source.NamesOf(source.TopicOf(binding.Topic))),
            }),
        ];
        var topics = _bindings.SelectMany(binding => binding.Topics).ToHashSet(StringComparer.Ordinal);
        var identities = topics.SelectMany(source.TopicsOf).Distinct().Select(source.IdentityOf).OfType<TopicIdentity>();
        _resume = new ResumePoints(progress, [.. identities], topics)
        {
            Numbers = topics.Where(TopicPattern.IsPattern).ToDictionary(
                pattern => pattern, pattern => (IReadOnlyList<PartitionName>)[.. source.NamesOf(source.TopicOf(pattern))]),
            Furthest = _bindings.SelectMany(binding => binding.CountedUpTo).GroupBy(at => at.Key)
                .ToDictionary(partition => partition.Key, partition => partition.Max(at => at.Value)),
        };
    }

    private void Turn(IEventSource source, Pipeline pipeline, CancellationToken stopping)
    {
        var published = _clock.GetTimestamp();
        var committed = published;
        var signal = SourceSignal.Nothing;
        State.Publish(pipeline, source);
        while (signal != SourceSignal.End && (!stopping.IsCancellationRequested || source.HasEventsToLose))
        {
            signal = pipeline.Step(Patience);
            var now = _clock.GetTimestamp();
            Volatile.Write(ref _lastTurn, now);
            if (_clock.GetElapsedTime(published, now) >= PublishEvery)
            {
                published = now;
                State.Publish(pipeline, source);
                var losses = pipeline.Losses;
                WarnOfBlindMonitors(losses, pipeline.IsCaughtUp);
                _rejections.Write(losses);
            }

            if (_settings.Checkpoints is { } checkpoints)
            {
                checkpoints.OnTurn(_bindings, source);
            }
            else if (_clock.GetElapsedTime(committed, now) >= CommitEvery)
            {
                committed = now;
                source.Commit(source.Progress());
            }
        }

        State.Publish(pipeline, source);
    }

    private void WarnOfBlindMonitors(IReadOnlyList<Losses> losses, bool isCaughtUp)
    {
        foreach (var binding in _bindings)
        {
            var name = binding.Monitor.Spec.Name;
            var seen = binding.Monitor.Counted + binding.Monitor.WithoutHistory + binding.Monitor.Rejected[Rejection.NoEventTime];
            var isEnough = seen >= EventsUntilBlind || (isCaughtUp && BlindMonitor.IsWithoutTime(binding.Monitor));
            if (isEnough && !_blind.Contains(name) && BlindMonitor.Describe(binding, losses) is { } warning)
            {
                _blind.Add(name);
                LogBlind(_eventLog, warning, name, binding.Topic);
            }

            if (!_misdated.Contains(name) && EventTimeWarnings.Describe(binding) is { } ofTimes)
            {
                _misdated.Add(name);
                LogMisdated(_eventLog, ofTimes, name, binding.Topic);
            }
        }
    }

    [LoggerMessage(EventName = "events.not_watched", Level = LogLevel.Warning, Message = "{Warning}")]
    private static partial void LogBlind(ILogger logger, string warning, string monitor, string topic);

    [LoggerMessage(EventName = "events.misdated", Level = LogLevel.Warning, Message = "{Warning}")]
    private static partial void LogMisdated(ILogger logger, string warning, string monitor, string topic);

    [LoggerMessage(
        EventName = "service.reset", Level = LogLevel.Warning, Message = "All windows are emptied and read again, because {Reason}")]
    private static partial void LogReset(ILogger logger, string reason);

    [LoggerMessage(
        EventName = "service.source_reopened", Level = LogLevel.Error,
        Message = "{Reason}. The consumer is closed, and another one goes on from there in {Delay}")]
    private static partial void LogReopening(ILogger logger, string reason, Duration delay);

    [LoggerMessage(EventName = "service.failed", Level = LogLevel.Critical, Message = "{Fault}")]
    private static partial void LogFault(ILogger logger, string fault);

    [LoggerMessage(EventName = "service.bug", Level = LogLevel.Critical, Message = "The monitoring loop failed: this is a bug")]
    private static partial void LogBug(ILogger logger, Exception exception);
}
