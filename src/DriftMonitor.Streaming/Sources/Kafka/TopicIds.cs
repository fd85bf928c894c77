using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// Watches the ids of topics: a topic that is deleted and created again has another, however long it is by then. Brokers before 2.8 have
/// no ids; there it finds nothing.
/// </summary>
/// <param name="client">Asks the brokers.</param>
/// <param name="topics">The topics.</param>
/// <param name="found">What was known of them when their partitions were found.</param>
internal sealed class TopicIds(IAdminClient client, IReadOnlyList<string> topics, IReadOnlyList<TopicIdentity> found)
{
    private static readonly DescribeTopicsOptions Options = new() { RequestTimeout = TimeSpan.FromSeconds(5) };

    private readonly Dictionary<string, string> _known =
        found.Where(topic => topic.Id is not null).ToDictionary(topic => topic.Topic, topic => topic.Id!);
    private Task<DescribeTopicsResult>? _answer;

    /// <summary>Asks, unless an answer is outstanding. Returns at once.</summary>
    public void Ask() => _answer ??= client.DescribeTopicsAsync(TopicCollection.OfTopicNames(topics), Options);

    /// <summary>Takes the answer, if it has come.</summary>
    /// <returns>A topic that has another id than at the first answer; null if there is none.</returns>
    public string? FindRecreated()
    {
        if (_answer is not { IsCompleted: true })
        {
            return null;
        }

        var recreated = topics.FirstOrDefault(IsRecreated);
        _answer = null;
        return recreated;
    }

    /// <summary>The id of a topic as text; null where the broker has none.</summary>
    public static string? IdOf(TopicDescription topic) =>
        topic.TopicId is { } id && (id.MostSignificantBits, id.LeastSignificantBits) != default ? $"{id}" : null;

    private bool IsRecreated(string topic)
    {
        // Faulted where no broker answers, which others report. Topics that could not be described are not in the answer.
        var description = _answer is { IsCompletedSuccessfully: true }
            ? _answer.GetAwaiter().GetResult().TopicDescriptions
                .Find(description => description.Name == topic && !description.Error.IsError)
            : null;
        return description is not null && IdOf(description) is { } id && !_known.TryAdd(topic, id) && _known[topic] != id;
    }
}
