using Confluent.Kafka;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Tests.Kafka;

/// <summary>Which topics are read for which configured names, and how the partitions of patterns are numbered.</summary>
public sealed class KafkaTopicsTests
{
    private readonly List<string> _leftOut = [];

    [Fact]
    public void Without_patterns_topics_and_partitions_have_the_numbers_that_they_have_anyway()
    {
        var topics = Of("b", "a");

        Assert.Equal(["b", "a"], topics.Found);
        Assert.Equal([(1, 7)], topics.UsesOf(1, 7));
        Assert.Empty(topics.NamesOf(1));
        Assert.Empty(topics.AddMatching(Listed("c"), LeaveOut));
    }

    [Fact]
    public void Topics_that_match_are_found_in_ordinal_order_and_internal_ones_never()
    {
        var topics = Of("^");

        topics.AddMatching(Listed("orders-b", "__consumer_offsets", "orders-B", "__transaction_state"), LeaveOut);

        Assert.Equal(["orders-B", "orders-b"], topics.Found);
    }

    [Fact]
    public void A_number_never_changes_whatever_is_found_later()
    {
        var topics = Of("^orders-");
        var first = topics.AddMatching(Listed("orders-b"), LeaveOut).Single();
        Assert.Equal([(0, 0)], topics.UsesOf(first, 0));
        var second = topics.AddMatching(Listed("orders-a", "orders-b"), LeaveOut).Single();
        Assert.Equal([(0, 1)], topics.UsesOf(second, 0));

        Assert.Equal([(0, 2)], topics.UsesOf(first, 1)); // a partition that was added
        Assert.Equal([(0, 0)], topics.UsesOf(first, 0));
        Assert.Equal([new("orders-b", 0), new("orders-a", 0), new("orders-b", 1)], topics.NamesOf(0));
    }

    [Fact]
    public void Numbers_go_on_where_a_checkpoint_ends_and_those_of_deleted_topics_are_not_given_again()
    {
        var topics = new KafkaTopics(Settings("^orders-") with
        {
            Resume = ResumePoints.None with
            {
                Numbers = new Dictionary<string, IReadOnlyList<PartitionName>>
                {
                    ["^orders-"] = [new("orders-z", 0), new("orders-gone", 0)],
                },
            },
        });

        topics.AddMatching(Listed("orders-a", "orders-z"), LeaveOut);

        Assert.Equal(["orders-z", "orders-a"], topics.Found); // known ones first: there may be more than have room
        Assert.Equal([(0, 0)], topics.UsesOf(0, 0));
        Assert.Equal([(0, 2)], topics.UsesOf(1, 0));
    }

    [Fact]
    public void A_topic_may_be_read_by_its_name_and_for_several_patterns()
    {
        var topics = Of("^orders-", "orders-a", "^.*-a");

        topics.AddMatching(Listed("orders-a", "orders-b"), LeaveOut);

        Assert.Equal([(1, 3), (0, 0), (2, 0)], topics.UsesOf(0, 3));
        Assert.Equal([(0, 1)], topics.UsesOf(1, 0));
        Assert.Equal(["orders-a", "orders-b"], topics.TopicsOf(0));
        Assert.Equal(["orders-a"], topics.TopicsOf(2));
        Assert.False(topics.IsOfPattern(0));
        Assert.True(topics.IsOfPattern(1));
    }

    [Fact]
    public void A_topic_that_is_being_created_has_no_record_yet_and_is_found_later()
    {
        var topics = Of("^orders-");
        var created = new TopicMetadata("orders-a", [], new Error(ErrorCode.LeaderNotAvailable));

        Assert.Empty(topics.AddMatching([created], LeaveOut));
        Assert.Equal(["^orders-"], topics.PatternsWithoutTopic);
        Assert.Single(topics.AddMatching(Listed("orders-a"), LeaveOut));
    }

    [Fact]
    public void Topics_beyond_the_most_are_left_out_and_told()
    {
        var topics = Of("^t", "^t9");
        var names = Enumerable.Range(0, TopicPattern.MostTopics + 2).Select(i => $"t{i:0000}").ToArray();

        Assert.Equal(TopicPattern.MostTopics, topics.AddMatching(Listed(names), LeaveOut).Count);
        Assert.Equal(["t1000 of ^t", "t1001 of ^t"], _leftOut);
        topics.AddMatching(Listed("t9"), LeaveOut);
        Assert.Equal(["t9"], topics.TopicsOf(1)); // there is room in this one
    }

    private static KafkaSourceSettings Settings(params string[] names) => new() { BootstrapServers = "", Topics = names };

    private static KafkaTopics Of(params string[] names) => new(Settings(names));

    private static List<TopicMetadata> Listed(params string[] names) =>
        [.. names.Select(name => new TopicMetadata(name, [new PartitionMetadata(0, 1, [1], [1], ErrorCode.NoError)], ErrorCode.NoError))];

    private void LeaveOut(string topic, string pattern) => _leftOut.Add($"{topic} of {pattern}");
}
