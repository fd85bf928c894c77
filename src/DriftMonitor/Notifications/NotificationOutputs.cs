using DriftMonitor.Live;

namespace DriftMonitor.Notifications;

/// <summary>Everything that notifications go to, and what is remembered of them.</summary>
/// <param name="queues">The sinks that are told of each change once.</param>
/// <param name="alertmanagers">Those that are told again and again of what fires.</param>
/// <param name="store">What outlives the process; null for nothing.</param>
internal sealed class NotificationOutputs(
    IReadOnlyList<SinkQueue> queues, IReadOnlyList<AlertmanagerSink> alertmanagers, NotificationStore? store) : IDisposable
{
    private readonly Lock _storing = new();
    private int _unfinished;

    /// <summary>What has become of notifications, by sink.</summary>
    public IReadOnlyList<NotificationTally> Tallies =>
        [.. queues.Select(queue => queue.Tally), .. alertmanagers.Select(manager => manager.Tally)];

    /// <summary>Sends until it is to stop, at first what waited when the last process ended.</summary>
    public Task RunAsync(CancellationToken stopping)
    {
        foreach (var queue in queues)
        {
            foreach (var waiting in store?.Waiting(queue.Name) ?? [])
            {
                Interlocked.Increment(ref _unfinished);
                queue.Add(waiting);
            }
        }

        return Task.WhenAll(queues.Select(queue => queue.RunAsync(stopping)).Concat(alertmanagers.Select(one => one.RunAsync(stopping))));
    }

    /// <summary>Adds a notification for all.</summary>
    /// <param name="notification">The notification.</param>
    /// <param name="isKnown">Whether an earlier process has told of it, as far as it came.</param>
    public void Add(AlertNotification notification, bool isKnown)
    {
        foreach (var manager in alertmanagers)
        {
            manager.Set(notification);
        }

        foreach (var queue in queues)
        {
            lock (_storing)
            {
                // Panes that closed after the last checkpoint close again in a process that was killed.
                if (store?.Knows(queue.Name, notification) ?? isKnown)
                {
                    continue;
                }

                store?.Add(queue.Name, notification);
            }

            Interlocked.Increment(ref _unfinished);
            queue.Add(notification);
        }
    }

    /// <summary>A notification has arrived at a sink, or is given up.</summary>
    public void OnDone(SinkQueue queue, AlertNotification notification)
    {
        lock (_storing)
        {
            store?.Remove(queue.Name, notification);
        }

        Interlocked.Decrement(ref _unfinished);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var output in queues.Concat<IDisposable>(alertmanagers))
        {
            output.Dispose();
        }
    }

    /// <summary>Waits until everything has been sent.</summary>
    public async Task FinishAsync(TimeSpan patience)
    {
        for (var waited = TimeSpan.Zero; Volatile.Read(ref _unfinished) > 0 && waited < patience; waited += TimeSpan.FromMilliseconds(50))
        {
            await Task.Delay(50);
        }
    }
}
