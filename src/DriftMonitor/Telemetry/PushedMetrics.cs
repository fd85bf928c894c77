using System.Diagnostics.Metrics;
using DriftMonitor.Live;
using DriftMonitor.Metrics;

namespace DriftMonitor.Telemetry;

/// <summary>
/// Sends the metrics of <c>/metrics</c> to a collector, at intervals and once more at the end. Whether anybody scrapes does not matter.
/// </summary>
/// <remarks>
/// Metrics of series are made anew when segments have come and gone so often that the SDK has no more room for their label sets, as those
/// of <c>/metrics</c> are (<see cref="RenewedMetrics"/>). There, a new instrument only shows the same number. Here, each counter is sent
/// with the time since when it counts, and a receiver adds what a new one has counted to what it knows. So the counters that do not belong
/// to series are never made anew, and those of series go on from what the collector has taken (<see cref="CountedBefore"/>).
/// </remarks>
internal sealed class PushedMetrics : BackgroundService
{
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(3);

    private readonly Func<Snapshot> _current;
    private readonly MetricsCollector _collector;
    private readonly TimeProvider _clock;
    private readonly Func<CountedBefore, PushedInstruments> _makeChanging;
    private readonly PushedInstruments _counters;
    private PushedInstruments _changing;
    private Snapshot _pinned; // what a push shows
    private Snapshot? _taken; // by the collector
    private bool _isFailing;
    private volatile bool _isGivenUp;

    /// <summary>Metrics that are sent while a host runs.</summary>
    /// <param name="current">Gives the newest snapshot; called from any thread.</param>
    /// <param name="collector">Where they are sent.</param>
    /// <param name="clock">The clock and the timer.</param>
    /// <param name="build">The running version.</param>
    /// <param name="binContributions">Whether the bins' contributions are among them.</param>
    public PushedMetrics(Func<Snapshot> current, MetricsCollector collector, TimeProvider clock, BuildInfo build, bool binContributions)
    {
        (_current, _collector, _clock) = (current, collector, clock);
        _pinned = current();
        var loaded = clock.GetUtcNow();
        _counters = Make(MetricGroups.Counters, CountedBefore.Nothing);
        _makeChanging = before => Make(MetricGroups.Changing, before);
        _changing = _makeChanging(CountedBefore.Nothing);

        PushedInstruments Make(MetricGroups groups, CountedBefore before)
        {
            return new PushedInstruments(collector, Pinned, MakeInstruments);

            MonitorMetrics MakeInstruments(Meter meter) => new(Pinned, loaded, build, binContributions, meter, groups, before);
        }

        Snapshot Pinned() => _pinned;
    }

    /// <summary>How often the instruments of series have been made.</summary>
    public int Generation { get; private set; } = 1;

    /// <summary>Sends them now. Not to be called by two threads at the same time.</summary>
    public void Push()
    {
        _pinned = _current();
        if (!_changing.Instruments.HasRoomFor(_pinned))
        {
            Generation++;
            _changing.Dispose();
            _changing = _makeChanging(_taken is { } taken ? new CountedBefore(taken) : CountedBefore.Nothing);
        }

        var (isTaken, failure) = _collector.Push(() =>
        {
            if (!_counters.Push() || _isGivenUp || !_changing.Push())
            {
                return false;
            }

            _taken = _pinned;
            return !_isGivenUp;
        });
        _isFailing = !isTaken;
        if (failure is null)
        {
            _collector.Log.Succeed(_collector.Signal);
        }
        else if (!_isGivenUp)
        {
            _collector.Log.Fail(_collector.Signal, failure, _collector.Interval);
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(LastPatience, _clock);
        using var giveUp = patience.Token.Register(() =>
        {
            _isGivenUp = true;
            _collector.Cancel();
        });
        await base.StopAsync(cancellationToken); // waits for a push that is under way
        if (!_isFailing)
        {
            await OnOwnThread(Push);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _changing.Dispose();
        _counters.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_collector.Interval, _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await OnOwnThread(Push);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    // The exporter waits for the answer.
    private static Task OnOwnThread(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
