using DriftMonitor.Core.Alerts;
using DriftMonitor.Live;
using DriftMonitor.Streaming;
using DriftMonitor.Tests.Kafka;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Service;

/// <summary>Past alerts over restarts.</summary>
public sealed class AlertFileTests : IDisposable
{
    private readonly Workshop _workshop = new();
    private readonly LogLines _lines = new();

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void Alerts_of_earlier_processes_are_known_after_a_restart_and_one_that_fires_goes_on()
    {
        var before = Play([], hours: 2);
        Write(before);
        var firing = Assert.Single(before);
        Assert.Null(firing.To);

        // As after a kill: the panes close again. Then it ends.
        var after = Play(Read(), hours: 6);

        var alert = Assert.Single(after);
        Assert.Equal((firing.From, At("2013-02-09T04:00Z"), firing.PeakNats), (alert.From, alert.To!.Value, alert.PeakNats));
        Assert.Equal(firing.Moved, alert.Moved);
        Write(after);
        Assert.True( // it has segments
            OperatingSystem.IsWindows()
            || File.GetUnixFileMode(_workshop["alerts.json"]) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.Equal(after.Select(Text), Read().Select(Text));
        Assert.Empty(_lines.All);
    }

    [Fact]
    public void Only_the_newest_thousand_are_kept()
    {
        var many = Enumerable.Range(0, 1500)
            .Select(i => new AlertEpisode("delay", "", At("2012-01-01T00:00Z") + TimeSpan.FromHours(i)) { To = At("2012-06-01T00:00Z") });

        var kept = Play([.. many], hours: 2);

        Assert.Equal(1000, kept.Count);
        Assert.Equal(At("2013-02-09T01:00Z"), kept[^1].From);
        Assert.Equal(At("2012-01-01T00:00Z") + TimeSpan.FromHours(501), kept[0].From);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"format\":\"driftmonitor.alerts/2\"}")]
    [InlineData("{\"format\":\"driftmonitor.alerts/1\",\"alerts\":[{\"monitor\":\"x\"}]}")]
    public void A_damaged_file_is_told_of_and_stops_nothing(string text)
    {
        _workshop.Write("alerts.json", text);

        Assert.Empty(Read());

        Assert.Contains(" cannot be read (", Assert.Single(_lines.All));
    }

    private static string Text(AlertEpisode alert) =>
        $"{alert with { Moved = [] }} {string.Join(',', alert.Moved)}";

    private IReadOnlyList<AlertEpisode> Read() => new AlertFile(_workshop["alerts.json"], TimeProvider.System, _lines).Earlier;

    private void Write(IReadOnlyList<AlertEpisode> alerts)
    {
        using var file = new AlertFile(_workshop["alerts.json"], TimeProvider.System, _lines);
        file.Follow(() => alerts);
        file.Write();
    }

    // Eight events of one bin fire the alert at 1:00; from 3:00 on, hours are as the reference.
    private static IReadOnlyList<AlertEpisode> Play(IReadOnlyList<AlertEpisode> earlier, int hours)
    {
        var source = new ScriptedSource().Partitions(1);
        for (var hour = 0; hour < hours; hour++)
        {
            for (var i = 0; i < 8; i++)
            {
                var x = hour < 3 ? 5 : 5 + 10 * (i % 4);
                source.Event(0, $$"""{"x":{{x}}}""", At($"2013-02-09T0{hour}:{10 + i}Z"));
            }
        }

        var watched = Watch(rule: new FixedThreshold(0, FireAboveNats: 0.3, ResolveBelowNats: 0.1));
        var state = new LiveState([watched], [], alerts: AlertEpisodes.OfService(earlier));
        var pipeline = new Pipeline(source, [watched], TimeProvider.System, TimeSpan.FromHours(1), [state]);
        while (!source.IsUsedUp)
        {
            pipeline.Step(TimeSpan.Zero);
        }

        state.Publish(pipeline, source);
        return state.Current.Alerts;
    }
}
