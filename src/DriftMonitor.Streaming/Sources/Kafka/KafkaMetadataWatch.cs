using Confluent.Kafka;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// Asks the broker for the topics' metadata while they are read: to find new partitions and topics that were created again, and to
/// notice that an outage is over.
/// </summary>
/// <remarks>An admin client has a thread of its own, so one client makes all requests.</remarks>
internal sealed class KafkaMetadataWatch : IDisposable
{
    /// <summary>How long one request may take.</summary>
    public static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(10);
    private const int UnansweredUntilTrouble = 2; // a second apart

    private readonly KafkaSourceSettings _settings;
    private readonly IAdminClient _client;
    private readonly TopicIds _ids;
    private readonly KafkaTrouble _trouble;
    private readonly KafkaTopics _topics;
    private readonly Action<int, int> _onPartitions;
    private readonly Action<IReadOnlyList<TopicMetadata>> _onTopics;
    private readonly TimeProvider _time;
    private long _refreshed;
    private int _requestsLeft; // of this refresh
    private long _asked;
    private bool _isFirst = true;
    private bool _isInTrouble;
    private int _lostConnections; // that have been looked into
    private int _unanswered; // requests after a lost connection
    private int? _reportsAtAnswer; // null where no answer waits to be acted on

    /// <param name="settings">The topics.</param>
    /// <param name="client">The client that asks.</param>
    /// <param name="trouble">Where errors are reported.</param>
    /// <param name="topics">The topics that are read.</param>
    /// <param name="onPartitions">Called with a topic's index and its number of partitions, after each answer about it.</param>
    /// <param name="onTopics">Called with all topics of the cluster, after each answer about them; only if there are patterns.</param>
    /// <param name="time">For the interval between two refreshes.</param>
    /// <param name="found">Which topics were found.</param>
    public KafkaMetadataWatch(
        KafkaSourceSettings settings, Handle client, KafkaTrouble trouble, KafkaTopics topics, Action<int, int> onPartitions,
        Action<IReadOnlyList<TopicMetadata>> onTopics, TimeProvider time, IReadOnlyList<TopicIdentity> found)
    {
        _settings = settings;
        _client = new DependentAdminClientBuilder(client).Build();
        _topics = topics;
        _ids = new TopicIds(_client, topics.Found, found);
        _trouble = trouble;
        _onPartitions = onPartitions;
        _onTopics = onTopics;
        _time = time;
    }

    /// <summary>What is known of a topic; null before the first answer.</summary>
    public TopicIdentity? IdentityOf(string topic) => _ids.Find(topic);

    /// <inheritdoc cref="Events.IEventSource.FindIdentities"/>
    public void FindIdentities(TimeSpan patience) => _ids.Find(patience);

    /// <summary>
    /// Asks about all topics every ten seconds, one topic per call, as each request may take its whole timeout; about those of patterns in
    /// one. Bounded sources do not ask.
    /// </summary>
    /// <returns>A topic that was deleted and created again; null if there is none.</returns>
    public string? RefreshIfDue()
    {
        if (!_settings.IsBounded && (_isFirst || _time.GetElapsedTime(_refreshed) >= RefreshInterval))
        {
            _isFirst = false;
            _refreshed = _time.GetTimestamp();
            _requestsLeft = Requests;
            _ids.Ask();
        }

        if (_requestsLeft > 0)
        {
            Send(--_requestsLeft);
        }

        return _ids.FindRecreated();
    }

    /// <summary>
    /// Call after each poll. While there is trouble, the broker is asked once a second until it answers. Records do not show that an outage
    /// is over: they may have been fetched before it began, and librdkafka reports an outage only once. After a lost connection, the broker
    /// is asked too.
    /// </summary>
    public void OnPoll()
    {
        if (_reportsAtAnswer is { } reports)
        {
            // An answer arrives before errors that wait to be polled. This poll has returned those from before the answer.
            _reportsAtAnswer = null;
            _trouble.Clear(reports);
        }

        if (_trouble.Current is null)
        {
            _isInTrouble = false;
            LookIntoLostConnection();
            return;
        }

        _unanswered = 0;

        if (!_isInTrouble)
        {
            _isInTrouble = true;
            _asked = _time.GetTimestamp();
        }
        else if (_time.GetElapsedTime(_asked) >= RequestTimeout)
        {
            var isAnswered = Enumerable.Range(0, Requests).All(Send);
            _reportsAtAnswer = isAnswered ? _trouble.Reports : null;
            _asked = _time.GetTimestamp();
        }
    }

    private int Requests => _topics.Configured + (_topics.HasPatterns ? 1 : 0);

    // One of the requests about all topics.
    private bool Send(int request) => request < _topics.Configured ? Refresh(request) : RefreshMatching();

    // librdkafka says that all brokers are down only while it tries to connect to none, which may be long after the last connection was
    // lost. One of several brokers may be lost without harm: another one answers. One that restarts may miss a request.
    private void LookIntoLostConnection()
    {
        var lost = _trouble.LostConnections;
        if ((lost == _lostConnections && _unanswered == 0) || _time.GetElapsedTime(_asked) < RequestTimeout)
        {
            return;
        }

        _lostConnections = lost;
        try
        {
            _client.GetMetadata(_topics.Found[0], RequestTimeout);
            _unanswered = 0;
        }
        catch (KafkaException e)
        {
            _unanswered++;
            if (_unanswered == UnansweredUntilTrouble)
            {
                _unanswered = 0;
                _trouble.ReportRequestError(e.Error);
            }
        }

        _asked = _time.GetTimestamp();
    }

    /// <summary>Closes the admin client; the consumer stays open.</summary>
    public void Dispose() => _client.Dispose();

    /// <summary>Asks which topics the cluster has; those that match a pattern are reported, and so are their new partitions.</summary>
    /// <returns>Whether there was an answer; otherwise the trouble is reported.</returns>
    public bool RefreshMatching()
    {
        try
        {
            _onTopics(_client.GetMetadata(RequestTimeout).Topics);
            return true;
        }
        catch (KafkaException e)
        {
            _trouble.ReportClientError(e.Error);
            return false;
        }
    }

    /// <summary>Asks for the ids of topics that were added.</summary>
    public void FindIds() => _ids.AskAgain();

    /// <summary>Asks about a topic that is configured by its name; new partitions are reported.</summary>
    /// <returns>Whether there was an answer; otherwise the trouble is reported.</returns>
    public bool Refresh(int topic)
    {
        try
        {
            var metadata = _client.GetMetadata(_topics.Found[topic], RequestTimeout).Topics[0];
            if (metadata.Error.IsError)
            {
                _trouble.ReportTopicError(_topics.Found[topic], metadata.Error);
                return false;
            }

            _onPartitions(topic, metadata.Partitions.Count);
            return true;
        }
        catch (KafkaException e)
        {
            _trouble.ReportClientError(e.Error);
            return false;
        }
        finally
        {
            _asked = _time.GetTimestamp(); // a call makes one request at most that is not answered
        }
    }
}
