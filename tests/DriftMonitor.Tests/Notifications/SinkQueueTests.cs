using DriftMonitor.Live;
using DriftMonitor.Notifications;
using DriftMonitor.Tests.Kafka;
using Microsoft.Extensions.Time.Testing;

namespace DriftMonitor.Tests.Notifications;

/// <summary>Retries, limits and the breaker, with a time that is moved by hand.</summary>
public sealed class SinkQueueTests : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    private readonly FakeTimeProvider _clock = new();
    private readonly LogLines _lines = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<string> _done = [];
    private readonly ScriptedSink _sink;
    private readonly SinkQueue _queue;
    private readonly Task _running;

    public SinkQueueTests()
    {
        _sink = new ScriptedSink(_clock);
        _queue = new SinkQueue(_sink, (_, notification) => _done.Add(notification.Id), _clock, _lines);
        _running = _queue.RunAsync(_stopping.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    [Fact]
    public async Task Notifications_arrive_in_the_order_in_which_they_came_and_once()
    {
        string[] ids = [.. Enumerable.Range(0, 50).Select(n => Add(Alerts.Firing(n)))];

        await UntilAsync(() => _done.Count == 50);

        Assert.Equal(ids, _sink.Attempts.Select(attempt => attempt.Id));
        Assert.Equal(new NotificationTally("test", Sent: 50, Failed: 0), _queue.Tally);
    }

    [Fact] // X04
    public async Task One_that_is_not_taken_now_is_sent_again_with_the_same_key_until_it_is()
    {
        _sink.Then(Transient(), Transient(), null);

        var id = Add(Alerts.Firing());
        await UntilAsync(() => _done.Count == 1);

        Assert.Equal([id, id, id], _sink.Attempts.Select(attempt => attempt.Id));
        Assert.Equal(new NotificationTally("test", Sent: 1, Failed: 0), _queue.Tally);
        Assert.Single(_lines.All, line => line.StartsWith(
            "test does not take a notification (the answer is 503)", StringComparison.Ordinal));
    }

    [Fact] // X04
    public async Task A_receiver_that_says_when_is_not_asked_earlier()
    {
        _sink.Then(Transient(TimeSpan.FromSeconds(90)), null);

        Add(Alerts.Firing());
        await UntilAsync(() => _done.Count == 1);

        Assert.InRange(_sink.Attempts[1].Time - _sink.Attempts[0].Time, TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(92));
    }

    [Fact]
    public async Task One_that_is_refused_is_given_up_at_once_and_the_next_one_is_sent()
    {
        _sink.Then(new DeliveryException("the answer is 404 NotFound", isTransient: false), null);

        var (refused, next) = (Add(Alerts.Firing(0)), Add(Alerts.Firing(1)));
        await UntilAsync(() => _done.Count == 2);

        Assert.Equal([refused, next], _sink.Attempts.Select(attempt => attempt.Id));
        Assert.Equal(new NotificationTally("test", Sent: 1, Failed: 1), _queue.Tally);
        Assert.Contains(_lines.All, line => line
            == "The notification \"FIRING delay: drift since 2013-02-09T01:00:00Z\" was not taken by test and is given up: "
            + "the answer is 404 NotFound");
    }

    [Fact] // X04
    public async Task A_receiver_that_is_down_is_left_alone_after_five_failures_and_each_notification_is_given_up_after_ten_minutes()
    {
        _sink.Otherwise = Transient();
        var began = _clock.GetUtcNow();

        Add(Alerts.Firing());
        await UntilAsync(() => _done.Count == 1);

        Assert.InRange(_clock.GetUtcNow() - began, TimeSpan.FromMinutes(9), SinkQueue.Total + TimeSpan.FromSeconds(1));
        var pauses = _sink.Attempts.Zip(_sink.Attempts.Skip(1), (one, next) => next.Time - one.Time).ToList();
        Assert.All(pauses.Skip(4), pause => Assert.True(pause >= TimeSpan.FromSeconds(15), $"{pause}")); // the breaker is open
        Assert.InRange(_sink.Attempts.Count, 10, 45);
        Assert.Equal(new NotificationTally("test", Sent: 0, Failed: 1), _queue.Tally);
    }

    [Fact] // X04
    public async Task An_attempt_that_hangs_ends_after_ten_seconds()
    {
        _sink.HangsOnce = true;
        var began = _clock.GetUtcNow();

        Add(Alerts.Firing());
        await UntilAsync(() => _done.Count == 1);

        Assert.Equal(2, _sink.Attempts.Count);
        Assert.InRange(_clock.GetUtcNow() - began, SinkQueue.Attempt, SinkQueue.Attempt + TimeSpan.FromSeconds(5));
        Assert.Equal(1, _queue.Tally.Sent);
    }

    [Fact]
    public async Task Of_more_than_a_thousand_that_wait_the_oldest_are_dropped_and_counted()
    {
        _sink.HangsOnce = true;
        Add(Alerts.Firing(0));
        await UntilAsync(() => _sink.Attempts.Count == 1);

        for (var n = 1; n <= SinkQueue.MostWaiting + 3; n++)
        {
            Add(Alerts.Firing(n)); // returns at once
        }

        Assert.Equal(new NotificationTally("test", Sent: 0, Failed: 3), _queue.Tally);
        Assert.Equal([Alerts.Firing(1).Id, Alerts.Firing(2).Id, Alerts.Firing(3).Id], _done);
        await UntilAsync(() => _queue.Tally.Sent == SinkQueue.MostWaiting + 1);
    }

    private static DeliveryException Transient(TimeSpan? retryAfter = null) => new("the answer is 503", isTransient: true, retryAfter);

    private string Add(AlertNotification notification)
    {
        _queue.Add(notification);
        return notification.Id;
    }

    // Lets what is due happen, then moves the time.
    private async Task UntilAsync(Func<bool> isSo)
    {
        for (var steps = 0; !isSo(); steps++)
        {
            Assert.True(steps < 20_000, "it does not happen");
            await Task.Delay(1);
            _clock.Advance(Step);
        }
    }

    private sealed class ScriptedSink(TimeProvider clock) : INotificationSink
    {
        private readonly Queue<DeliveryException?> _outcomes = new();

        public string Name => "test";

        public List<(string Id, DateTimeOffset Time)> Attempts { get; } = [];

        public DeliveryException? Otherwise { get; set; }

        public bool HangsOnce { get; set; }

        public void Then(params ReadOnlySpan<DeliveryException?> outcomes)
        {
            foreach (var outcome in outcomes)
            {
                _outcomes.Enqueue(outcome);
            }
        }

        public async ValueTask SendAsync(AlertNotification notification, CancellationToken stopping)
        {
            Attempts.Add((notification.Id, clock.GetUtcNow()));
            if (HangsOnce)
            {
                HangsOnce = false;
                await Task.Delay(Timeout.InfiniteTimeSpan, stopping);
            }

            if ((_outcomes.TryDequeue(out var outcome) ? outcome : Otherwise) is { } failure)
            {
                throw failure;
            }
        }
    }
}
