using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// Watches the ids of topics: a topic that is deleted and created again has another, however long it is by then. Brokers before 2.8 have
/// no ids; there it finds nothing.
/// </summary>
/// <param name="client">Asks the brokers.</param>
/// <param name="topics">The topics, to which more may be added.</param>
/// <param name="found">What was known of them when their partitions were found.</param>
internal sealed class TopicIds(IAdminClient client, IReadOnlyList<string> topics, IReadOnlyList<TopicIdentity> found)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, TopicIdentity> _known = found.ToDictionary(topic => topic.Topic);
    private Task<IReadOnlyList<TopicIdentity>>? _answer;
    private bool _isAskedAgain; // while an answer was outstanding that may not have all topics

    /// <summary>What is known of a topic; null before the first answer.</summary>
    public TopicIdentity? Find(string topic) => _known.GetValueOrDefault(topic);

    /// <summary>Asks, unless an answer is outstanding. Returns at once.</summary>
    public void Ask() => _answer ??= Find(client, topics, Timeout);

    /// <summary>Asks for all topics, after the answer that is outstanding, if one is: there are more topics now. Returns at once.</summary>
    public void AskAgain()
    {
        _isAskedAgain = _answer is not null;
        Ask();
    }

    /// <summary>Asks, and waits for the answer.</summary>
    /// <param name="patience">How long.</param>
    public void Find(TimeSpan patience)
    {
        Ask();
        Task.WaitAny([_answer!], patience);
        FindRecreated();
    }

    /// <summary>Takes the answer, if it has come.</summary>
    /// <returns>A topic that has another id than at the first answer; null if there is none.</returns>
    public string? FindRecreated()
    {
        if (_answer is not { IsCompleted: true } answer)
        {
            return null;
        }

        _answer = null;
        if (_isAskedAgain)
        {
            AskAgain();
        }

        // Faulted where no broker answers, which others report.
        foreach (var topic in answer.IsCompletedSuccessfully ? answer.GetAwaiter().GetResult() : [])
        {
            if (!_known.TryAdd(topic.Topic, topic) && topic.IsOtherThan(_known[topic.Topic]))
            {
                return topic.Topic;
            }
        }

        return null;
    }

    /// <summary>Asks the brokers once. Topics that cannot be described are not in the answer.</summary>
    /// <param name="client">Asks them.</param>
    /// <param name="topics">The topics.</param>
    /// <param name="timeout">How long each of two requests may take.</param>
    /// <exception cref="KafkaException">No broker answers, or not this.</exception>
    public static async Task<IReadOnlyList<TopicIdentity>> Find(IAdminClient client, IReadOnlyList<string> topics, TimeSpan timeout)
    {
        var described = Describe(client, TopicCollection.OfTopicNames(topics), timeout);
        var cluster = await client.DescribeClusterAsync(new DescribeClusterOptions { RequestTimeout = timeout }).ConfigureAwait(false);
        return
        [
            .. from topic in await described.ConfigureAwait(false)
               where !topic.Error.IsError
               select new TopicIdentity(topic.Name, cluster.ClusterId, IdOf(topic)),
        ];
    }

    private static async Task<List<TopicDescription>> Describe(IAdminClient client, TopicCollection topics, TimeSpan timeout)
    {
        try
        {
            var options = new DescribeTopicsOptions { RequestTimeout = timeout };
            return (await client.DescribeTopicsAsync(topics, options).ConfigureAwait(false)).TopicDescriptions;
        }
        catch (DescribeTopicsException e)
        {
            return e.Results.TopicDescriptions; // one of them was deleted, for example
        }
    }

    private static string? IdOf(TopicDescription topic) =>
        topic.TopicId is { } id && (id.MostSignificantBits, id.LeastSignificantBits) != default ? $"{id}" : null;
}
