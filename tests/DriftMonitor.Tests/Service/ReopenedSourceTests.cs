using DriftMonitor.Configuration;
using DriftMonitor.Hosting;
using DriftMonitor.Live;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Tests.Kafka;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Service;

/// <summary>A source that fails is made anew, and goes on where it had come to.</summary>
public sealed class ReopenedSourceTests
{
    [Fact] // E19
    public async Task A_source_that_fails_is_made_anew_and_each_event_is_counted_once()
    {
        var points = new List<ResumePoints>();
        var failing = Script(events: 5).Fails("the client has failed");

        // Gives everything again: what was counted is left out by its offset.
        var whole = Script(events: 20).Event(0, """{"x":5}""", At("2013-02-09T01:30Z")).CaughtUp(0);
        var binding = Watch();
        await using var app = Host(binding, failing, points, whole);
        var loop = app.Services.GetRequiredService<MonitoringLoop>();
        await app.StartAsync();

        Eventually.Within(TimeSpan.FromSeconds(20), "the trouble is shown", () => loop.State.Current.Trouble == "the client has failed");
        Eventually.Within(TimeSpan.FromSeconds(20), "the pane has closed", () =>
            loop.State.Current.Monitors[0].Series[0].Readings[0].Events == 20 && loop.State.Current is { Trouble: null, IsCaughtUp: true });
        Assert.Equal(new Position("events", 0, 5), Assert.Single(Assert.Single(points).Positions).Position);
        Assert.Equal(["events"], points[0].Whole);
        Assert.NotNull(failing.DisposedOnThread);
        Assert.Equal(21, binding.Monitor.Counted);
        await app.StopAsync();
        Assert.Null(loop.Fault);
    }

    [Fact]
    public async Task A_source_that_fails_before_it_has_found_its_topics_ends_the_service()
    {
        var points = new List<ResumePoints>();
        await using var app = Host(Watch(), new ScriptedSource().Fails("a property is not allowed"), points, new ScriptedSource());
        var loop = app.Services.GetRequiredService<MonitoringLoop>();
        await app.StartAsync();

        await loop.ExecuteTask!;

        Assert.Equal("a property is not allowed", loop.Fault);
        Assert.Empty(points);
    }

    private static ScriptedSource Script(int events) =>
        new ScriptedSource().Partitions(1).Events(events, 0, """{"x":5}""", At("2013-02-09T00:10Z"));

    private static WebApplication Host(
        Streaming.MonitorBinding binding, IEventSource first, List<ResumePoints> points, params IEventSource[] others)
    {
        var next = new Queue<IEventSource>(others);
        var settings = new LoopSettings([binding], () => first, TimeSpan.FromHours(1))
        {
            Reopen = at =>
            {
                points.Add(at);
                return next.Dequeue();
            },
        };
        return ServiceHost.Build(settings, new HttpOptions { Port = 0 }, binContributions: false, LogLevel.None);
    }
}
