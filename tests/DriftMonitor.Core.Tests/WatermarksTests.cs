using DriftMonitor.Core.Time;
using static DriftMonitor.Core.Tests.Times;

namespace DriftMonitor.Core.Tests;

public sealed class WatermarksTests
{
    [Fact]
    public void The_slowest_partition_decides_and_one_without_an_event_holds_back_the_others()
    {
        var watermarks = new Watermarks(Minutes(1), partitions: 2);
        watermarks.Observe(0, At(minute: 10));
        Assert.Null(watermarks.Minimum);
        watermarks.Observe(1, At(minute: 7));
        Assert.Equal(At(minute: 6), watermarks.Minimum);
        watermarks.Observe(1, At(minute: 20));
        Assert.Equal(At(minute: 9), watermarks.Minimum);
    }

    [Fact]
    public void A_silent_partition_no_longer_holds_the_others_back_until_it_speaks()
    {
        var watermarks = new Watermarks(TimeSpan.Zero, partitions: 2);
        watermarks.Observe(0, At(minute: 10));
        watermarks.MarkIdle(1);
        Assert.Equal(At(minute: 10), watermarks.Minimum);
        watermarks.Observe(1, At(minute: 3));
        watermarks.Observe(0, At(minute: 30));
        Assert.Equal(At(minute: 10), watermarks.Minimum); // closed panes stay closed, and the partition that is active again holds the rest
        watermarks.Observe(1, At(minute: 25));
        Assert.Equal(At(minute: 25), watermarks.Minimum);
    }

    [Fact]
    public void If_all_partitions_are_silent_the_largest_watermark_counts()
    {
        var watermarks = new Watermarks(TimeSpan.Zero, partitions: 2);
        watermarks.Observe(0, At(minute: 10));
        watermarks.Observe(1, At(minute: 4));
        watermarks.MarkIdle(0);
        watermarks.MarkIdle(1);
        Assert.Equal(At(minute: 10), watermarks.Minimum);
    }

    [Fact]
    public void An_older_event_moves_no_watermark()
    {
        var watermarks = new Watermarks(TimeSpan.Zero, partitions: 1);
        watermarks.Observe(0, At(minute: 10));
        watermarks.Observe(0, At(minute: 2));
        Assert.Equal(At(minute: 10), watermarks.Minimum);
        Assert.True(watermarks.HasReached(0, At(minute: 10)));
        Assert.False(watermarks.HasReached(0, At(minute: 10, second: 0.001)));
    }
}
