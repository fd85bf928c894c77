using Confluent.Kafka;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;
using Microsoft.Extensions.Logging.Abstractions;

namespace DriftMonitor.Tests.Kafka;

/// <summary>What becomes of a checkpoint's offsets when the logs are found: the table of deploy/docs/reliability.md.</summary>
public sealed class ResumeTests
{
    private readonly KafkaLosses _losses = new(NullLogger.Instance);

    [Fact]
    public void Offsets_within_the_log_are_where_reading_goes_on()
    {
        var (one, other) = (Partition(0, 10, 50), Partition(1, 0, 30));

        Resume([one, other], Points((0, 20, 50), (1, 30, 30)));

        Assert.Equal((20, 30), (one.Next, other.Next));
        Assert.Empty(_losses.Counts);
    }

    [Fact]
    public void Offsets_that_retention_has_passed_are_lost_and_counted()
    {
        var one = Partition(0, 25, 50);

        Resume([one], Points((0, 20, 50)));

        Assert.Equal(25, one.Next);
        Assert.Equal([new LostEvents("t", LossReason.Retention, 5)], _losses.Counts);
    }

    [Fact]
    public void A_log_that_ends_before_the_offset_is_another_one()
    {
        Assert.Throws<SourceResetException>(() => Resume([Partition(0, 0, 15)], Points((0, 20, 40))));

        Assert.Equal([new LostEvents("t", LossReason.Truncated, 25)], _losses.Counts); // the log had 40 and has 15
    }

    [Fact]
    public void A_log_that_ends_before_what_any_monitor_has_counted_is_another_one_even_if_the_others_are_behind()
    {
        var points = Points((0, 7, 10)) with { Furthest = new Dictionary<(string, int), long> { [("t", 0)] = 10 } };

        Assert.Throws<SourceResetException>(() => Resume([Partition(0, 0, 9)], points));
    }

    [Fact]
    public void A_topic_with_fewer_partitions_is_another_one() =>
        Assert.Throws<SourceResetException>(() => Resume([Partition(0, 0, 50)], Points((0, 20, 50), (1, 5, 5))));

    [Fact]
    public void A_partition_that_the_checkpoint_does_not_have_is_read_from_where_it_would_be_without()
    {
        var one = Partition(2, 0, 50);
        one.Next = 3;

        Resume([Partition(0, 0, 50), one], Points((0, 20, 50)));

        Assert.Equal(3, one.Next);
    }

    [Fact]
    public void A_start_before_the_offset_is_kept_for_monitors_that_begin_anew()
    {
        var one = Partition(0, 0, 50);
        one.Next = 3;

        Resume([one], Points((0, 20, 50)) with { Whole = new HashSet<string>() });

        Assert.Equal(3, one.Next);
    }

    [Theory]
    [InlineData("c", "1", "c", "2", true)]
    [InlineData("c", "1", "d", "1", true)]
    [InlineData("c", "1", "c", "1", false)]
    [InlineData(null, null, "c", "1", false)] // not known
    [InlineData("c", null, "c", "1", false)]
    public void A_topic_is_another_one_if_its_id_or_cluster_is(
        string? cluster, string? id, string? otherCluster, string? otherId, bool isOther) =>
        Assert.Equal(isOther, new TopicIdentity("t", cluster, id).IsOtherThan(new TopicIdentity("t", otherCluster, otherId)));

    private void Resume(IReadOnlyList<KafkaPartition> partitions, ResumePoints points)
    {
        var settings = new KafkaSourceSettings { BootstrapServers = "", Topics = ["t"], Resume = points };
        _losses.Resume(partitions, settings, new KafkaTopics(settings));
    }

    private static KafkaPartition Partition(int partition, long low, long high) => new(0, new TopicPartition("t", partition), low, high);

    private static ResumePoints Points(params (int Partition, long Next, long End)[] positions) => new(
        [.. positions.Select(at => new Progress(new Position("t", at.Partition, at.Next), at.End))], [], new HashSet<string> { "t" });
}
