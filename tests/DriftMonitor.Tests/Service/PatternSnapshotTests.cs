using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Live;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Wording;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Service;

/// <summary>What is published of the topics of a pattern: each under its own name.</summary>
public sealed class PatternSnapshotTests
{
    private const string Pattern = "^orders-.*";
    private static readonly EventTime Start = At("2013-02-09T00:10Z");

    [Fact]
    public void Events_rejections_and_lag_are_those_of_each_topic()
    {
        var scene = Play(new ScriptedSource(Pattern) { Names = [new("orders-b", 0), new("orders-a", 0), new("orders-b", 1)] }
            .Partitions(3)
            .Events(3, 0, """{"x":5}""", Start)
            .Events(2, 1, "no JSON", Start)
            .Events(3, 2, """{"x":5}""", Start + TimeSpan.FromHours(1)).Event(2, """{"x":5}""", Start - TimeSpan.FromHours(1)));

        Assert.Equal(["orders-b", "orders-a"], scene.Topics.Select(topic => topic.Topic));
        Assert.Equal([7, 2], scene.Topics.Select(topic => topic.Events));
        Assert.Equal([0, 2], scene.Topics.Select(topic => topic.Rejected.GetValueOrDefault("malformed")));
        var monitor = scene.Monitors.Single();
        Assert.Equal(1, monitor.Rejected["orders-b"]["late"]);
        Assert.Empty(monitor.Rejected["orders-a"]);
        Assert.Equal(1, monitor.RejectedOfOwn["late"]);
        Assert.Equal((Pattern, "(topic)"), (monitor.Topic, monitor.SegmentBy));
        Assert.Equal(["orders-b"], monitor.Series.Select(series => series.Segment));
    }

    [Fact]
    public void Before_a_topic_is_found_the_pattern_stands_in_for_them()
    {
        var snapshot = Play(new ScriptedSource(Pattern));

        Assert.Equal([Pattern], snapshot.Topics.Select(topic => topic.Topic));
        Assert.Empty(snapshot.Monitors.Single().Rejected[Pattern]);
        var health = new ServiceHealth(TimeSpan.FromSeconds(30)).Judge(snapshot, TimeSpan.Zero, TimeSpan.Zero);
        Assert.Contains($"those of topic {Pattern} are not known yet", health.Failed.Select(check => check.Reason));
    }

    [Fact]
    public void A_rejected_event_is_shown_with_its_own_topic_and_partition()
    {
        var raw = new RawEvent { TopicName = "orders-b", Partition = 1, Offset = 7, Value = "x"u8 };
        var rejected = RejectedEvent.Of(Rejection.Malformed, raw, [], unpack: null);

        Assert.Equal("topic orders-b, partition 1, offset 7", RejectionText.PlaceOf(rejected, Pattern));
    }

    private static Live.Snapshot Play(ScriptedSource source)
    {
        var watched = Watch(topic: Pattern, segments: []) with { SegmentBy = SegmentFields.Of(hasTopic: true, []) };
        return new Scene(source, watched).Play();
    }
}
