using System.Collections.Concurrent;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Notifications;
using DriftMonitor.Streaming;
using DriftMonitor.Tests.Service;
using Microsoft.Extensions.Logging.Abstractions;

namespace DriftMonitor.Tests.Notifications;

/// <summary>From panes that close to notifications, with the real pipeline, and over restarts.</summary>
public sealed class NotifierTests : IDisposable
{
    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public async Task Firing_and_resolving_are_told_once_each_with_the_reading_and_the_bins_that_moved()
    {
        var told = await TellAsync(Drifting(), "");

        Assert.Equal(["firing 2013-02-09T01:00:00Z", "resolved 2013-02-09T04:00:00Z"], told.Select(At));
        var firing = told[0];
        Assert.Equal(("delay", null, "60m", 8L), (firing.Monitor, firing.Segment, firing.Window, firing.Events));
        Assert.InRange(firing.KlNats!.Value, 1.2, 1.5); // ln 4
        Assert.Equal(("[0, 10)", 0.25, 1.0), (firing.Moved[0].Bin, firing.Moved[0].ReferenceShare, firing.Moved[0].Share));
        Assert.StartsWith("KL 1.3", firing.Description);
        Assert.Equal(firing.AlertId, told[1].AlertId);
    }

    [Fact]
    public async Task What_fired_before_a_restart_is_not_told_again_and_its_end_is()
    {
        var before = await TellAsync(Drifting(panes: 2), "state");
        var after = await TellAsync(Drifting(), "state"); // as after a kill: the panes close again

        Assert.Equal(["firing 2013-02-09T01:00:00Z"], before.Select(At));
        Assert.Equal(["resolved 2013-02-09T04:00:00Z"], after.Select(At));
    }

    [Fact]
    public async Task What_had_not_arrived_before_a_restart_is_sent_after_it()
    {
        var none = await TellAsync(Drifting(panes: 2), "state", takes: false);
        var after = await TellAsync(Drifting(panes: 2), "state");

        Assert.Empty(none);
        Assert.True( // it has segments
            OperatingSystem.IsWindows()
            || File.GetUnixFileMode(_workshop["state.json"]) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.Equal(["firing 2013-02-09T01:00:00Z"], after.Select(At));
        Assert.Empty(await TellAsync(Drifting(panes: 2), "state"));
    }

    [Fact]
    public async Task An_alert_that_a_checkpoint_has_as_firing_is_sent_if_it_never_was()
    {
        var scene = Drifting(panes: 2);
        scene.Play();
        Assert.Equal(AlertState.Firing, scene.Monitors[0].Monitor.Series[0].Alert!.State);

        Assert.Equal(["firing 2013-02-09T01:00:00Z"], (await TellAsync(scene.Monitors, "state")).Select(At));
        Assert.Empty(await TellAsync(scene.Monitors, "state"));
        Assert.Empty(await TellAsync(scene.Monitors, "")); // without a file, each restart would tell everybody
    }

    [Fact]
    public async Task A_damaged_file_is_told_of_and_costs_no_notification()
    {
        _workshop.Write("state.json", "{\"format\":\"x\"}");

        Assert.Equal(2, (await TellAsync(Drifting(), "state")).Count);
        Assert.Empty(await TellAsync(Drifting(), "state"));
    }

    private static string At(AlertNotification notification) => $"{notification.State} {notification.Time}";

    // Eight events of one bin fire the alert at 1:00; from 3:00 on, hours are as the reference.
    private static Scene Drifting(int panes = 8)
    {
        var source = new ScriptedSource().Partitions(1).Events(8, 0, """{"x":5}""", Scene.At("2013-02-09T00:10Z"));
        for (var hour = 1; hour < panes; hour++)
        {
            for (var i = 0; i < 8; i++)
            {
                var x = hour < 3 ? 5 : 5 + 10 * (i % 4);
                source.Event(0, $$"""{"x":{{x}}}""", Scene.At($"2013-02-09T0{hour}:{10 + i}Z"));
            }
        }

        return new Scene(source.CaughtUp(0), Scene.Watch("delay", rule: new FixedThreshold(0, FireAboveNats: 0.3, ResolveBelowNats: 0.1)));
    }

    private async Task<IReadOnlyList<AlertNotification>> TellAsync(Scene scene, string file, bool takes = true) =>
        await TellAsync(scene.Monitors, file, takes, scene);

    private async Task<IReadOnlyList<AlertNotification>> TellAsync(
        IReadOnlyList<MonitorBinding> monitors, string file, bool takes = true, Scene? scene = null)
    {
        var sink = new KeepingSink(takes);
        NotificationOutputs? outputs = null;
        var queue = new SinkQueue(
            sink, (done, notification) => outputs!.OnDone(done, notification), TimeProvider.System, NullLogger.Instance);
        var store = file.Length == 0 ? null : new NotificationStore(_workshop[file + ".json"], NullLogger.Instance);
        outputs = new NotificationOutputs([queue], [], store);
        using var notifier = new Notifier(monitors, outputs, page: null);
        await notifier.StartAsync(default);
        if (scene is not null)
        {
            var pipeline = new Pipeline(scene.Source, monitors, TimeProvider.System, TimeSpan.FromHours(1), [notifier]);
            while (!scene.Source.IsUsedUp)
            {
                pipeline.Step(TimeSpan.Zero);
            }
        }

        if (takes)
        {
            await notifier.StopAsync(default); // waits for what is on its way
        }
        else
        {
            using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
            await notifier.StopAsync(impatient.Token);
        }

        return [.. sink.Taken];
    }

    private sealed class KeepingSink(bool takes) : INotificationSink
    {
        public string Name => "test";

        public ConcurrentQueue<AlertNotification> Taken { get; } = new();

        public async ValueTask SendAsync(AlertNotification notification, CancellationToken stopping)
        {
            if (!takes)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, stopping);
            }

            Taken.Enqueue(notification);
        }
    }
}
