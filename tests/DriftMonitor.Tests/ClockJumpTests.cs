using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests;

/// <summary>The time of day of the machine decides nothing: windows move with the events, and waits are measured.</summary>
public sealed class ClockJumpTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly EventTime Start = At("2013-02-09T00:00Z");

    [Theory] // D02
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(10_000)]
    public void A_clock_that_jumps_by_hours_changes_no_window_and_no_wait(int hours)
    {
        var clock = new SetClock();
        var source = new ScriptedSource { MayHaveUnread = true }.Partitions(2);
        var watched = Watch();
        var reports = new List<SeriesReport>();
        var pipeline = new Pipeline(source, [watched], clock, TimeSpan.FromSeconds(30), [new Kept(reports)]);
        source.Events(3, 0, """{"x":5}""", Start).CaughtUp(0).Events(3, 1, """{"x":5}""", Start).CaughtUp(1);
        Play();
        source.Events(4, 0, """{"x":5}""", Start + 2 * Hour).CaughtUp(0);
        Play();
        clock.Set(by: hours * Hour);
        Wait(seconds: 29);
        Assert.Equal((0, 0), (watched.Monitor.ClosedPanes, source.EndsAsked)); // not before IdleAfter

        clock.Set(by: -2 * hours * Hour);
        Wait(seconds: 2);
        Assert.InRange(source.EndsAsked, 1, 4);
        source.CaughtUp(0).CaughtUp(1);
        Play();

        Assert.Equal([Start + Hour, Start + 2 * Hour], reports.Select(report => report.Time));
        Assert.Equal([6, 0], reports.Select(report => report.Readings[0].Events));
        Assert.Equal((10, 0), (watched.Monitor.Counted, watched.Monitor.Rejected.Total));

        void Wait(int seconds)
        {
            for (var half = 0; half < 2 * seconds; half++)
            {
                clock.Pass(TimeSpan.FromSeconds(0.5));
                Play();
            }
        }

        void Play()
        {
            do
            {
                pipeline.Step(TimeSpan.Zero);
            }
            while (!source.IsUsedUp);
        }
    }

    private sealed class Kept(List<SeriesReport> reports) : IReportSink
    {
        public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> closed) => reports.AddRange(closed);
    }

    /// <summary>A clock that somebody sets, while the time that has passed is still right.</summary>
    private sealed class SetClock : TimeProvider
    {
        private DateTimeOffset _utc = new(2013, 2, 9, 0, 0, 0, TimeSpan.Zero);
        private TimeSpan _passed;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _passed.Ticks;

        public override DateTimeOffset GetUtcNow() => _utc;

        public void Pass(TimeSpan time)
        {
            _passed += time;
            _utc += time;
        }

        public void Set(TimeSpan by) => _utc = _utc.AddTicks(by.Ticks);
    }
}
