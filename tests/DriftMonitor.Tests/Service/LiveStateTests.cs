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

    private static IReadOnlyList<Live.SeriesSnapshot> SeriesOf(Scene scene) => scene.Play().Monitors[0].Series;
}
