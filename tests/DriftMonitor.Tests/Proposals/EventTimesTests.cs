using System.Globalization;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Proposals;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Tests.Proposals;

/// <summary>What the event times of a sample show: its period without strays, and how late events are.</summary>
public sealed class EventTimesTests
{
    [Fact]
    public void The_period_is_from_the_first_event_to_the_last()
    {
        var times = Times([5, 3, 9, 7]);

        Assert.Equal((Held.Minute(3), Held.Minute(9), 4L, 0L), (times.First, times.Last, times.CountInRange(), times.Strays));
    }

    [Fact]
    public void One_wrong_date_is_not_in_the_period()
    {
        var minutes = Enumerable.Range(0, 1000).Select(i => (double)i).ToList();
        minutes[500] = 30_000_000; // 57 years later
        var times = Times(minutes);

        Assert.Equal((Held.Minute(0), Held.Minute(999), 999L, 1L), (times.First, times.Last, times.CountInRange(), times.Strays));
        Assert.Equal(Held.Minute(30_000_000), times.Stray);
    }

    [Fact]
    public void Events_before_a_pause_of_less_than_the_rest_are_in_the_period() =>
        Assert.Equal(0, Times([0, .. Enumerable.Range(0, 1000).Select(i => 1500.0 + 2 * i)]).Strays); // a day after the first

    [Fact]
    public void What_cannot_be_read_is_counted_by_reason()
    {
        var times = new EventTimes(
            Held.Of(["nonsense", """{"t":"2013-02-09T08:15:00Z"}""", """{"t":"soon"}""", ""]), FieldPath.Parse("t"), null, null);

        Assert.Equal((1, 4L), (times.Count, times.Events));
        Assert.Equal(
            (1, 1, 1),
            (times.Rejected[Rejection.Malformed], times.Rejected[Rejection.NoEventTime], times.Rejected[Rejection.Empty]));
    }

    [Fact]
    public void All_elements_of_an_array_have_a_time() =>
        Assert.Equal(3, new EventTimes(
            Held.Of(["""[{"t":1360397700},{"t":1360397701}]""", """[{"t":1360397702}]"""]),
            FieldPath.Parse("t"), null, FieldPath.ParseArray("[]")).Count);

    [Theory]
    [InlineData("0 1 2 3", 0)]
    [InlineData("0 5 2 3 6", 3)] // two are late, by 3 and 2
    public void Lateness_is_how_far_an_event_is_behind_the_newest_of_its_partition(string minutes, int late) =>
        Assert.Equal(
            TimeSpan.FromMinutes(late),
            Times(minutes.Split(' ').Select(minute => double.Parse(minute, CultureInfo.InvariantCulture))).FindLateness());

    [Fact]
    public void Partitions_are_not_late_for_each_other() =>
        Assert.Equal(TimeSpan.Zero, new EventTimes(
            Held.Of([("{}", 0, Held.Minute(9)), ("{}", 1, Held.Minute(1)), ("{}", 0, Held.Minute(10)), ("{}", 1, Held.Minute(2))]),
            null, null, null).FindLateness());

    [Fact]
    public void One_event_of_a_thousand_may_be_later()
    {
        var minutes = Enumerable.Range(0, 2000).Select(i => (double)i).ToList();
        (minutes[1000], minutes[1500]) = (900, 1490); // late by 99 and 9 minutes
        Assert.Equal(TimeSpan.Zero, Times(minutes).FindLateness());

        minutes[1700] = 1698; // the third of them, late by 1 minute
        Assert.Equal(TimeSpan.FromMinutes(1), Times(minutes).FindLateness());
    }

    [Fact]
    public void Of_a_topic_that_was_not_read_whole_only_the_time_that_its_partitions_share_counts()
    {
        var events =
            from minute in Enumerable.Range(0, 1000)
            from partition in new[] { 0, 1 }
            where partition == 0 ? minute >= 200 : minute < 800
            select ("{}", partition, (EventTime?)Held.Minute(minute));
        var times = new EventTimes(Held.Of(events), null, null, null);

        times.Narrow(isCutBefore: false, new HashSet<int>());
        Assert.Equal((Held.Minute(0), Held.Minute(999)), (times.First, times.Last));

        // One event in a hundred of a partition may lie outside.
        times.Narrow(isCutBefore: true, new HashSet<int> { 1 });
        Assert.Equal((Held.Minute(208), Held.Minute(791)), (times.First, times.Last));
    }

    private static EventTimes Times(IEnumerable<double> minutes) =>
        new(Held.Of(minutes.Select(minute => ("{}", 0, (EventTime?)Held.Minute(minute)))), null, null, null);
}
