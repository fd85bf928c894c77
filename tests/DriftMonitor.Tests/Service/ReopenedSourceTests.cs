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

    [Theory] // E19, with a real client
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_fails_for_good_is_made_anew_and_each_event_is_counted_once(bool fails)
    {
        using var broker = new FaultyBroker();
        broker.CreateTopic("events", 1);
        Fill(first: 0, count: 500);
        var points = new List<ResumePoints>();
        var settings = Reader.Settings(broker.BootstrapServers, "events");
        var first = new KafkaSource(settings, new LogLines(), TimeProvider.System);
        var binding = Watch();
        await using var app = Host(
            binding, first, points, at => new KafkaSource(settings with { Resume = at }, new LogLines(), TimeProvider.System));
        var loop = app.Services.GetRequiredService<MonitoringLoop>();
        await app.StartAsync();
        Eventually.Within(TimeSpan.FromSeconds(20), "it reads", () => loop.State.Current.Topics[0].Events == 500);

        if (fails)
        {
            RealClient.Fail(first, "fenced for a test");
            Eventually.Within(
                TimeSpan.FromSeconds(5), "the trouble is shown", () => loop.State.Current.Trouble?.Contains("fenced for a test") == true);
            Assert.True(loop.SinceLastTurn < TimeSpan.FromSeconds(30), "alive");
        }

        Fill(first: 500, count: 500);
        Eventually.Within(TimeSpan.FromSeconds(20), "the rest is read", () =>
            loop.State.Current.Topics[0].Events == (fails ? 500 : 1000) // counted anew
            && loop.State.Current is { Trouble: null, IsCaughtUp: true });
        Assert.Equal(fails ? [500] : [], points.Select(at => at.Positions[0].Position.NextOffset));
        await app.StopAsync();
        Assert.Null(loop.Fault);
        Assert.Equal(1000, binding.Monitor.Counted);

        void Fill(int first, int count)
        {
            using var producer = Topics.Producer(broker.BootstrapServers);
            for (var i = first; i < first + count; i++)
            {
                producer.Send("events", 0, """{"x":5}""", At("2013-02-09T00:10Z").ToDateTimeOffset().AddSeconds(i));
            }

            Assert.Equal(0, producer.Flush(TimeSpan.FromSeconds(60)));
        }
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

    private static readonly ProcessTelemetry Silent = new(
        OtlpVariables.Read([]), new LoggingOptions { Levels = new LogLevelOptions { Default = LeastLevel.Error } }, sent: null, port: 0);

    private static ScriptedSource Script(int events) =>
        new ScriptedSource().Partitions(1).Events(events, 0, """{"x":5}""", At("2013-02-09T00:10Z"));

    private static WebApplication Host(
        Streaming.MonitorBinding binding, IEventSource first, List<ResumePoints> points, params IEventSource[] others)
    {
        var next = new Queue<IEventSource>(others);
        return Host(binding, first, points, _ => next.Dequeue());
    }

    private static WebApplication Host(
        Streaming.MonitorBinding binding, IEventSource first, List<ResumePoints> points, Func<ResumePoints, IEventSource> next)
    {
        var settings = new LoopSettings([binding], () => first, TimeSpan.FromHours(1))
        {
            Reopen = at =>
            {
                points.Add(at);
                return next(at);
            },
        };
        return ServiceHost.Build(settings, new HttpOptions { Port = 0 }, binContributions: false, Silent);
    }
}
