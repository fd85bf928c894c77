using DriftMonitor.Configuration;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Wording;

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
    private const int EventsUntilBlind = 1000; // a field may be rare

    private readonly LoopSettings _settings;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly RejectionLog _rejections;
    private readonly bool[] _warned;
    private readonly bool[] _warnedOfTimes;
    private long _lastTurn;

    /// <summary>A loop that starts with the host.</summary>
    public MonitoringLoop(LoopSettings settings, IHostApplicationLifetime lifetime, ILogger<MonitoringLoop> logger, TimeProvider clock)
    {
        _settings = settings;
        _lifetime = lifetime;
        _logger = logger;
        _clock = clock;
        _rejections = new RejectionLog(logger, clock);
        State = new LiveState(settings.Bindings);
        _warned = new bool[settings.Bindings.Count];
        _warnedOfTimes = new bool[settings.Bindings.Count];
        _lastTurn = clock.GetTimestamp();
    }

    /// <summary>What others may see.</summary>
    public LiveState State { get; }

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
            var source = _settings.OpenSource();
            using (source)
            {
                IReportSink[] sinks = [State, new TransitionLog(_logger), .. _settings.Sinks];
                var pipeline = new Pipeline(source, _settings.Bindings, _clock, _settings.IdleAfter, sinks, _settings.Workers);
                Turn(source, pipeline, stopping);
                _settings.OnEnd();
                source.Commit();
            }

            HasCommitted = !source.LastCommitFailed;
        }
        catch (SourceException e)
        {
            Fault = e.Message;
            LogFault(e.Message);
            _settings.OnEnd();
        }
        catch (Exception e)
        {
            Fault = $"{e.GetType().Name}: {e.Message}";
            LogBug(e);
        }

        _lifetime.StopApplication();
    }

    private void Turn(IEventSource source, Pipeline pipeline, CancellationToken stopping)
    {
        var published = _clock.GetTimestamp();
        var committed = published;
        var signal = SourceSignal.Nothing;
        State.Publish(pipeline, source);
        while (signal != SourceSignal.End && !stopping.IsCancellationRequested)
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

            if (_clock.GetElapsedTime(committed, now) >= CommitEvery)
            {
                committed = now;
                source.Commit();
            }
        }

        State.Publish(pipeline, source);
    }

    private void WarnOfBlindMonitors(IReadOnlyList<Losses> losses, bool isCaughtUp)
    {
        for (var i = 0; i < _warned.Length; i++)
        {
            var binding = _settings.Bindings[i];
            var seen = binding.Monitor.Counted + binding.Monitor.Rejected[Rejection.NoEventTime];
            var isEnough = seen >= EventsUntilBlind || (isCaughtUp && BlindMonitor.IsWithoutTime(binding.Monitor));
            if (!_warned[i] && isEnough && BlindMonitor.Describe(binding, losses) is { } warning)
            {
                _warned[i] = true;
                LogBlind(warning);
            }

            if (!_warnedOfTimes[i] && EventTimeWarnings.Describe(binding) is { } ofTimes)
            {
                _warnedOfTimes[i] = true;
                LogBlind(ofTimes);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Warning}")]
    private partial void LogBlind(string warning);

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Fault}")]
    private partial void LogFault(string fault);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The monitoring loop failed: this is a bug")]
    private partial void LogBug(Exception exception);
}
