using System.Threading.Channels;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Live;
using DriftMonitor.Streaming;

namespace DriftMonitor.Notifications;

/// <summary>
/// Tells of alerts that fire and are resolved. The loop's thread only notes the change; everything else, disks and networks included, is
/// done on other threads.
/// </summary>
internal sealed class Notifier : IHostedService, IReportSink, IDisposable
{
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(5); // at the end, for what has just been raised

    private readonly NotificationOutputs _outputs;
    private readonly Uri? _page;
    private readonly Dictionary<(string Monitor, string Segment), EventTime> _firing = []; // since when; the loop's thread
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private readonly Channel<(AlertNotification Notification, bool IsKnown)> _noted =
        Channel.CreateUnbounded<(AlertNotification, bool)>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>A notifier, which begins to send when it is started.</summary>
    /// <param name="bindings">The monitors, as a checkpoint has them or before their first event.</param>
    /// <param name="outputs">Where notifications go.</param>
    /// <param name="page">The address of the service's page, for links; null for none.</param>
    public Notifier(IReadOnlyList<MonitorBinding> bindings, NotificationOutputs outputs, Uri? page)
    {
        (_outputs, _page) = (outputs, page);
        foreach (var binding in bindings)
        {
            // Those that fired when the process ended.
            Observe(binding, binding.Monitor.LastReports, isKnown: true);
        }
    }

    /// <summary>What has become of notifications, by sink.</summary>
    public IReadOnlyList<NotificationTally> Tallies => _outputs.Tallies;

    /// <inheritdoc/>
    public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports) => Observe(monitor, reports, isKnown: false);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Not a BackgroundService, which runs nothing if it is stopped at once: then what fired before a restart would not be told.
        _running = Task.Run(() => RunAsync(_stopping.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        _outputs.Dispose();
    }

    private async Task RunAsync(CancellationToken stoppingToken)
    {
        using var ending = new CancellationTokenSource();
        var sending = _outputs.RunAsync(ending.Token);
        try
        {
            await foreach (var (notification, isKnown) in _noted.Reader.ReadAllAsync(stoppingToken))
            {
                _outputs.Add(notification, isKnown);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The loop has ended too: what it noted last is sent, if that does not take long.
            while (_noted.Reader.TryRead(out var last))
            {
                _outputs.Add(last.Notification, last.IsKnown);
            }

            await _outputs.FinishAsync(LastPatience);
        }

        await ending.CancelAsync();
        await sending;
    }

    private void Observe(MonitorBinding binding, IReadOnlyList<SeriesReport> reports, bool isKnown)
    {
        var name = binding.Monitor.Spec.Name;
        foreach (var report in reports)
        {
            var (key, isFiring) = ((name, report.Segment), report.Alert?.State == AlertState.Firing);
            if (isFiring && !_firing.ContainsKey(key))
            {
                _firing[key] = report.Alert!.Since!.Value;
                Note(binding, report, isFiring: true, _firing[key], isKnown);
            }
            else if (!isFiring && _firing.Remove(key, out var since))
            {
                Note(binding, report, isFiring: false, since, isKnown);
            }
        }
    }

    private void Note(MonitorBinding binding, SeriesReport report, bool isFiring, EventTime since, bool isKnown) =>
        _noted.Writer.TryWrite((AlertNotification.Of(binding, report, isFiring, since, _page), isKnown));
}
