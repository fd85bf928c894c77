using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// Watches the ids of topics: a topic that is deleted and created again has another, however long it is by then. Brokers before 2.8 have
/// no ids; there it finds nothing.
/// </summary>
/// <param name="client">Asks the brokers.</param>
/// <param name="topics">The topics.</param>
internal sealed class TopicIds(IAdminClient client, IReadOnlyList<string> topics)
{
    private static readonly DescribeTopicsOptions Options = new() { RequestTimeout = TimeSpan.FromSeconds(5) };

    private readonly Dictionary<string, string> _known = [];
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

    private bool IsRecreated(string topic)
    {
        // Faulted where no broker answers, which others report. Topics that could not be described are not in the answer.
        var id = _answer is { IsCompletedSuccessfully: true }
            ? _answer.GetAwaiter().GetResult().TopicDescriptions
                .Find(description => description.Name == topic && !description.Error.IsError)?.TopicId
            : null;
        return id is not null && (id.MostSignificantBits, id.LeastSignificantBits) != default
            && !_known.TryAdd(topic, $"{id}") && _known[topic] != $"{id}";
    }
}
