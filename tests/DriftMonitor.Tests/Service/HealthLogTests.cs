using DriftMonitor.Live;
using DriftMonitor.Tests.Kafka;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Service;

/// <summary>What the log says of the service's readiness, minute by minute.</summary>
public sealed class HealthLogTests
{
    private static readonly HealthReport Good = new([new HealthCheck("source", IsGood: true, "no trouble")]);
    private static readonly HealthReport Bad = new([new HealthCheck("source", IsGood: false, "no broker answers")]);

    private readonly FakeTimeProvider _clock = new();
    private readonly LogLines _lines = new();
    private readonly HealthLog _log;

    public HealthLogTests() => _log = new HealthLog(_lines, _clock);

    [Fact]
    public void A_change_is_logged_at_once_and_what_lasts_after_1_2_4_minutes_up_to_an_hour()
    {
        Write(Good, seconds: 10);
        Assert.Empty(_lines.All);

        var minutes = new List<int>();
        for (var second = 0; second < 5 * 3600; second++)
        {
            var before = _lines.All.Count();
            Write(Bad, seconds: 1);
            minutes.AddRange(Enumerable.Repeat(second / 60, _lines.All.Count() - before));
        }

        Assert.Equal([0, 1, 3, 7, 15, 31, 63, 123, 183, 243], minutes);
        Assert.Equal(_lines.All, _lines.At(LogLevel.Warning));
        Assert.Equal(
            ["Not ready: source: no broker answers", "Not ready for 60 seconds: source: no broker answers",
                "Not ready for 3 minutes: source: no broker answers"],
            _lines.All.Take(3));

        Write(Good, seconds: 10);
        Assert.Equal(["Ready again after 5 hours"], _lines.At(LogLevel.Information));

        // The next time begins anew.
        var lines = _lines.All.Count();
        Write(Bad, seconds: 61);
        Assert.Equal(
            ["Not ready: source: no broker answers", "Not ready for 60 seconds: source: no broker answers"], _lines.All.Skip(lines));
    }

    [Fact]
    public void A_service_that_starts_has_a_minute_to_become_ready()
    {
        Write(Bad, seconds: 59);
        Write(Good, seconds: 5);

        Assert.Empty(_lines.All);
    }

    [Fact]
    public void A_service_that_never_becomes_ready_is_logged_after_a_minute()
    {
        Write(Bad, seconds: 61);

        Assert.Equal(["Not ready for 60 seconds: source: no broker answers"], _lines.All);
    }

    [Fact]
    public void Another_check_that_fails_is_logged_at_once_and_another_reason_of_the_same_one_is_not()
    {
        Write(Good, seconds: 1);
        Write(Bad, seconds: 10);
        Write(new HealthReport([new HealthCheck("source", IsGood: false, "another reason")]), seconds: 10);
        Write(new HealthReport([.. Bad.Checks, new HealthCheck("progress", IsGood: false, "stuck")]), seconds: 10);

        Assert.Equal(
            ["Not ready: source: no broker answers", "Not ready for 20 seconds: source: no broker answers; progress: stuck"], _lines.All);
    }

    [Fact]
    public void A_line_has_three_reasons()
    {
        Write(Good, seconds: 1);
        Write(
            new HealthReport([.. Enumerable.Range(1, 5).Select(i => new HealthCheck("readings", IsGood: false, $"{i}"))]), seconds: 1);

        Assert.Equal(
            ["Not ready: readings: 1; readings: 2; readings: 3; 2 more checks failed: see /healthz/ready?verbose"], _lines.All);
    }

    [Fact]
    public async Task The_watch_logs_by_its_own_timer_also_of_a_loop_that_hangs()
    {
        var scene = new Scene(new ScriptedSource().Partitions(1).CaughtUp(0), Watch());
        var snapshot = scene.Play();
        var turned = _clock.GetUtcNow();
        using var watch = new HealthWatch(
            () => snapshot, () => _clock.GetUtcNow() - turned, TimeSpan.FromSeconds(30), _lines, _clock);
        await watch.StartAsync(CancellationToken.None);

        Pass(59);
        Assert.Empty(_lines.All);
        Pass(1);
        Assert.Equal(["Not ready: loop: last turn 60.0 s ago, and 60 s are too long"], _lines.All);
        turned = _clock.GetUtcNow();
        Pass(1);
        Assert.Equal("Ready again after 1 second", _lines.All.Last());

        await watch.StopAsync(CancellationToken.None);
        Pass(100);
        Assert.Equal(2, _lines.All.Count());
    }

    private void Pass(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    // Once a second.
    private void Write(HealthReport report, int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            _log.Write(report);
            Pass(1);
        }
    }
}
