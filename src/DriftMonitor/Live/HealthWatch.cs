namespace DriftMonitor.Live;

/// <summary>
/// Watches the service's health once a second, and logs changes. It has a timer of its own, so that it also tells of a loop that hangs.
/// </summary>
internal sealed class HealthWatch : IHostedService, IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new(); // the timer and probes judge
    private readonly ServiceHealth _health;
    private readonly HealthLog _log;
    private readonly Func<Snapshot> _current;
    private readonly Func<TimeSpan> _sinceLastTurn;
    private readonly TimeProvider _clock;
    private readonly long _start;
    private ITimer? _timer;

    /// <summary>A watch that starts with the host.</summary>
    /// <param name="current">Gives the newest snapshot.</param>
    /// <param name="sinceLastTurn">Gives the time since the loop last completed a turn.</param>
    /// <param name="idleAfter">How long a silent partition may hold panes open.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="clock">The clock and the timer.</param>
    public HealthWatch(
        Func<Snapshot> current, Func<TimeSpan> sinceLastTurn, TimeSpan idleAfter, ILogger logger, TimeProvider clock)
    {
        (_current, _sinceLastTurn, _clock) = (current, sinceLastTurn, clock);
        _health = new ServiceHealth(idleAfter);
        _log = new HealthLog(logger, clock);
        _start = clock.GetTimestamp();
    }

    /// <summary>Judges the service as it is now.</summary>
    public HealthReport Judge()
    {
        lock (_lock)
        {
            return _health.Judge(_current(), _sinceLastTurn(), _clock.GetElapsedTime(_start));
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = _clock.CreateTimer(_ => Tick(), null, Every, Every);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private void Tick()
    {
        lock (_lock)
        {
            _log.Write(Judge()); // one at a time, as the lock may be entered again
        }
    }
}
