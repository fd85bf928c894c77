using DriftMonitor.Configuration;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Files;

namespace DriftMonitor.Tests.Sources;

/// <summary>A name that starts with ^ is a regular expression of topics' names.</summary>
public sealed class TopicPatternTests
{
    [Theory]
    [InlineData("^orders-.*", "orders-eu", true)]
    [InlineData("^orders-", "orders-eu", true)] // to the end only with $
    [InlineData("^orders-..$", "orders-asia", false)]
    [InlineData("^orders-", "my-orders-eu", false)]
    [InlineData("^(eu|us)[.]", "us.orders", true)]
    [InlineData("^", "__consumer_offsets", false)]
    [InlineData("^__", "__consumer_offsets", false)]
    [InlineData("^ORDERS", "orders", false)]
    public void It_matches_as_in_librdkafka_but_no_internal_topics(string pattern, string topic, bool isMatch) =>
        Assert.Equal(isMatch, new TopicPattern(pattern).Matches(topic));

    [Theory]
    [InlineData("^orders-(", "Invalid pattern '^orders-(' at offset 9. Not enough )'s.")]
    [InlineData("^(a)\\1", "backreferences, lookarounds, atomic groups and very large repetitions are not supported")]
    [InlineData("^(?=a)", "backreferences, lookarounds, atomic groups and very large repetitions are not supported")]
    [InlineData("^((a{999}){999}){999}", "backreferences, lookarounds, atomic groups and very large repetitions are not supported")]
    public void One_that_is_invalid_or_could_take_too_long_is_refused_with_the_reason(string pattern, string reason)
    {
        Assert.Equal(reason, TopicPattern.GetError(pattern));
        Assert.EndsWith($"but no valid one: {reason}", NameRules.GetTopicOrPatternError(pattern));
    }

    [Fact]
    public void Matching_takes_no_exponential_time() => // within the test's patience: backtracking would take years
        Assert.False(new TopicPattern("^(a|a)*(a*)*$").Matches(new string('a', 249) + "!"));

    [Theory]
    [InlineData("^" + "orders", null)]
    [InlineData("orders", null)]
    [InlineData("orders*", "is \"orders*\": a topic's name has letters, digits, dots, underscores and hyphens, at most 249")]
    public void Other_names_are_those_of_topics(string topic, string? error) =>
        Assert.Equal(error, NameRules.GetTopicOrPatternError(topic));

    [Theory]
    [InlineData("dumps/orders.eu.ndjson.gz", "orders.eu")]
    [InlineData("orders-eu.csv", "orders-eu")]
    [InlineData("orders-eu", "orders-eu")]
    [InlineData("orders.json.v2", "orders.json.v2")]
    [InlineData("ORDERS.JSONL.ZST", "ORDERS")]
    public void A_file_is_of_the_topic_of_its_name_without_extensions(string path, string topic) =>
        Assert.Equal(topic, FileTopic.Of(path));
}
