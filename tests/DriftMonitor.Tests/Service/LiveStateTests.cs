using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Service;

public sealed class LiveStateTests
{
    [Fact]
    public void Snapshots_share_their_series_until_a_pane_closes_or_a_segment_is_new()
    {
        var scene = new Scene(new ScriptedSource().Partitions(1), Watch(segments: ["EWR"]));
        scene.Source.Events(3, 0, """{"x":5,"segment":"EWR"}""", At("2013-02-09T00:10Z"));
        var first = SeriesOf(scene);
        Assert.Same(first, SeriesOf(scene));

        scene.Source.Event(0, """{"x":5,"segment":"JFK"}""", At("2013-02-09T00:20Z"));
        var withNew = SeriesOf(scene);
        Assert.Equal(["EWR", "JFK"], withNew.Select(series => series.Segment));
        Assert.Equal(["EWR"], first.Select(series => series.Segment));

        scene.Source.Event(0, """{"x":5,"segment":"JFK"}""", At("2013-02-09T01:20Z"));
        var closed = SeriesOf(scene);
        Assert.Equal([3, 1], closed.Select(series => series.Readings[0].Events));
        Assert.Equal([0, 0], withNew.Select(series => series.Readings[0].Events));
        Assert.Same(closed, SeriesOf(scene));
    }

    [Fact]
    public void A_segment_whose_series_has_ended_and_that_comes_again_begins_anew()
    {
        var scene = new Scene(new ScriptedSource().Partitions(1), Watch(segments: [], mostSegments: 1));
        Play(5, "EWR", "00:10");
        Play(1, "JFK", "01:30");
        Play(1, "JFK", "02:50");
        Assert.Equal([("EWR", 5)], Play(1, "JFK", "02:55")); // it has found no room so far
        Play(1, "JFK", "03:50");

        Play(3, "EWR", "04:20");
        Assert.Equal([("EWR", 3)], Play(1, "EWR", "05:20"));
        Assert.Equal(1, scene.State.Current.Monitors[0].Evicted);

        (string Segment, long Events)[] Play(int events, string segment, string time)
        {
            scene.Source.Events(events, 0, $$"""{"x":5,"segment":"{{segment}}"}""", At($"2013-02-09T{time}Z"));
            return [.. SeriesOf(scene).Select(series => (series.Segment, series.Readings[1].Events))];
        }
    }

    private static IReadOnlyList<Live.SeriesSnapshot> SeriesOf(Scene scene) => scene.Play().Monitors[0].Series;
}
