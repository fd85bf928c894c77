using System.Text;
using DriftMonitor.Core.Time;
using DriftMonitor.Planning;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Sources.Kafka;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Planning;

public sealed class WindowStartTests
{
    private static readonly EventTime Now = At("2013-02-09T12:30Z");
    private static readonly EventTime Expected = At("2013-02-09T09:55Z"); // the windows' two hours and MaxAhead before the pane of the last

    [Theory]
    [InlineData("dep_delay", "2013-02-07T23:55:00Z")] // 24 hours and MaxAhead before the newest event's pane
    [InlineData("deviation(dep_delay, 10)", "2013-02-07T23:55:00Z")]
    [InlineData("deviation(dep_delay, day)", "2013-01-31T23:55:00Z")] // the values of seven days
    public void Reading_starts_early_enough_for_earlier_days(string field, string start)
    {
        using var configuration = new Configuration(Configuration.Good
            .Replace("dep_delay", field, StringComparison.Ordinal)
            .Replace(
                "{ \"File\": \"departure-delay.json\" }",
                """{ "Kind": "inline", "Edges": [0, 1], "Probabilities": [1] }""",
                StringComparison.Ordinal));

        var monitors = configuration.Plan().Monitors;
        var found = WindowStart.Find(monitors, [new LastRecord("{}"u8.ToArray(), Scene.At("2013-02-09T00:10Z"))]);

        Assert.Equal(start, $"{found}");
    }

    [Fact]
    public void Reading_starts_the_longest_window_before_the_newest_event_of_any_partition()
    {
        Assert.Equal(Expected, Start("t", [Record(0, Now), Record(1, Now - TimeSpan.FromDays(3))]));
        Assert.Equal(Expected, Start(null, [Record(0, Now), Record(1, Now - TimeSpan.FromDays(3))]));
    }

    [Theory]
    [InlineData("2099-01-01T00:00Z", "2013-02-09T12:30Z")] // far ahead of its record
    [InlineData("2013-02-09T12:40Z", "2013-02-09T12:30Z")] // by more than MaxAhead
    [InlineData("2099-01-01T00:00Z", "2099-01-01T00:00Z")] // far ahead of the events beside it
    [InlineData("1970-01-01T00:00Z", "2013-02-09T12:30Z")]
    public void A_date_that_the_service_would_reject_decides_nothing(string time, string recordTime)
    {
        var wrong = Record(1, At(time), At(recordTime));
        Assert.Equal(Expected, Start("t", [Record(0, Now), .. Minutes(1), wrong]));
        Assert.Equal(Expected, Start("t", [.. Minutes(0), wrong with { Partition = 0 }]));
    }

    [Fact]
    public void Without_a_field_for_it_a_record_dated_2099_decides_nothing_unless_others_confirm_it()
    {
        var wrong = Record(0, At("2099-01-01T00:00Z"));
        Assert.Equal(Expected, Start(null, [.. Minutes(0), wrong]));
        Assert.Equal(Expected, Start(null, [.. Minutes(0), wrong, wrong, wrong]));
        Assert.Equal(At("2098-12-31T21:55Z"), Start(null, [.. Minutes(0), wrong, wrong, wrong, wrong]));
    }

    [Fact]
    public void Garbage_at_the_end_is_passed_over()
    {
        LastRecord[] garbage = [new([], Now), new("{"u8.ToArray(), Now), new("{}"u8.ToArray(), Now)];
        Assert.Equal(Expected, Start("t", [.. Minutes(0), .. garbage]));
        Assert.Null(Start("t", garbage));
    }

    // The last twelve minutes of a partition.
    private static IEnumerable<LastRecord> Minutes(int partition) =>
        Enumerable.Range(0, 12).Select(minute => Record(partition, Now - TimeSpan.FromMinutes(11 - minute)));

    private static LastRecord Record(int partition, EventTime time, EventTime? recordTime = null) =>
        new(Encoding.UTF8.GetBytes($$"""{"t":"{{time}}"}"""), recordTime ?? time, partition);

    private static EventTime? Start(string? eventTime, IReadOnlyList<LastRecord> records)
    {
        var time = eventTime is null ? null : FieldPath.Parse(eventTime);
        var monitor = new PlannedMonitor(Watch().Monitor.Spec, "events", FieldPath.Parse("x"), time, null, 0.5, null);
        return WindowStart.Find([monitor], records);
    }
}
