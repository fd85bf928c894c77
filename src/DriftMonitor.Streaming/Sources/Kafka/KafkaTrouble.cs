using Confluent.Kafka;
using DriftMonitor.Streaming.Events;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// The current problem that keeps records from being read, in one sentence: what, where, remedy. Logged once when it changes and once when
/// it is over. Thread-safe.
/// </summary>
internal sealed class KafkaTrouble
{
    private readonly KafkaClientFactory _clients;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly HashSet<string> _leftOut = [];
    private volatile string? _current;
    private bool _isNoAnswer; // whether the current problem is that no broker answers
    private Error? _cause;
    private int _reports;
    private int _lostConnections;

    public KafkaTrouble(KafkaClientFactory clients, ILogger logger)
    {
        _clients = clients;
        _logger = logger;
    }

    /// <summary>The sentence; null if there is no problem.</summary>
    public string? Current => _current;

    /// <summary>How often a problem has been reported, the current one or one like it.</summary>
    public int Reports => Volatile.Read(ref _reports);

    /// <summary>How often a connection was lost, or could not be made.</summary>
    public int LostConnections => Volatile.Read(ref _lostConnections);

    /// <summary>
    /// Reports an error that librdkafka reports by itself. One of several brokers may be down without harm, so a lost connection alone is
    /// only remembered: it is the cause to name once no broker is left.
    /// </summary>
    public void ReportClientError(Error error)
    {
        lock (_lock)
        {
            switch (error.Code)
            {
                case var _ when IsRefusal(error):
                    _cause = error;
                    Set(error);
                    break;
                case ErrorCode.Local_Transport or ErrorCode.Local_Resolve:
                    _lostConnections++;

                    // After a failed login the broker closes the connection: the failed login is the cause.
                    _cause = IsRefusal(_cause) ? _cause : error;
                    break;
                case ErrorCode.Local_AllBrokersDown:
                    Set(_cause ?? error);
                    break;
                default:
                    if (_logger.IsEnabled(LogLevel.Debug))
                    {
                        _logger.LibraryError(error.Code, _clients.Mask(error.Reason));
                    }

                    break;
            }
        }
    }

    /// <summary>Reports an error with which one of our requests failed.</summary>
    public void ReportRequestError(Error error)
    {
        lock (_lock)
        {
            _cause = IsRefusal(error) ? error
                : _cause ?? (error.Code is ErrorCode.Local_Transport or ErrorCode.Local_Resolve ? error : null);
            Set(IsNoAnswer(error) && _cause is not null ? _cause : error);
        }
    }

    /// <summary>Reports a problem with a topic itself.</summary>
    public void ReportTopicError(string topic, Error error) => Set(isNoAnswer: false, topic: topic, line: error.Code switch
    {
        ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic =>
            $"topic '{topic}' does not exist at {_clients.BootstrapServers}: create it, or correct the monitor's Topic",
        ErrorCode.TopicAuthorizationFailed =>
            $"topic '{topic}' may not be read at {_clients.BootstrapServers}: grant this user READ and DESCRIBE on it",
        _ => $"topic '{topic}' can't be read at {_clients.BootstrapServers} ({GetDetail(error)}): see the broker's log",
    });

    /// <summary>Logs that a topic that matches a pattern is not read, as too many match it.</summary>
    public void LogLeftOut(string topic, string pattern)
    {
        lock (_lock)
        {
            if (_leftOut.Add(topic))
            {
                _logger.TopicLeftOut(topic, pattern, TopicPattern.MostTopics);
            }
        }
    }

    /// <summary>Reports that no topic matches a pattern.</summary>
    public void ReportNoMatch(string pattern) => Set(
        isNoAnswer: false,
        topic: pattern,
        line: $"no topic at {_clients.BootstrapServers} matches '{pattern}': create one, grant this user DESCRIBE on those that exist, "
            + "or correct the monitor's Topic");

    /// <summary>
    /// Call when a broker has answered. The problem is over unless it has been reported again since.
    /// </summary>
    /// <param name="reports">The number of <see cref="Reports"/> when the answer came.</param>
    public void Clear(int reports)
    {
        lock (_lock)
        {
            if (reports != _reports)
            {
                return;
            }

            _cause = null;
            if (_current is not null)
            {
                _current = null;
                _logger.TroubleEnded(_clients.BootstrapServers);
            }
        }
    }

    private static bool IsRefusal(Error? error) =>
        error?.Code is ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed or ErrorCode.Local_Ssl;

    private static bool IsNoAnswer(Error error) =>
        error.Code is ErrorCode.Local_Transport or ErrorCode.Local_AllBrokersDown or ErrorCode.Local_TimedOut;

    private void Set(Error error) => Set(IsNoAnswer(error), Describe(error), topic: null);

    private void Set(bool isNoAnswer, string line, string? topic)
    {
        line = _clients.Mask(line);
        lock (_lock)
        {
            _reports++;

            // That no broker answers is logged once, although librdkafka reports it with several errors, in any order.
            var isKnown = line == _current || (isNoAnswer && _isNoAnswer && _current is not null);
            if (!isKnown)
            {
                _current = line;
                _isNoAnswer = isNoAnswer;
                _logger.TroubleStarted(line, topic);
            }
        }
    }

    private string Describe(Error error)
    {
        var where = _clients.BootstrapServers;
        return error.Code switch
        {
            ErrorCode.Local_Resolve =>
                $"the host name of the broker at {where} cannot be resolved ({GetDetail(error)}): is Kafka:BootstrapServers right?",
            ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed =>
                $"the broker at {where} refuses the credentials ({GetDetail(error)}): "
                + "check sasl.mechanism, sasl.username and sasl.password in Kafka:Properties",
            ErrorCode.Local_Ssl =>
                $"no TLS connection to the broker at {where} ({GetDetail(error)}): "
                + "check security.protocol and ssl.ca.location in Kafka:Properties",
            _ when IsNoAnswer(error) =>
                $"no broker answers at {where} ({GetDetail(error)}): is Kafka running there, and is Kafka:BootstrapServers right?",
            _ => $"the broker at {where} refuses a request ({GetDetail(error)}): see the broker's log",
        };
    }

    // The last part says it: "host:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT)".
    private static string GetDetail(Error error)
    {
        var reason = error.Reason ?? error.Code.GetReason();
        var after = reason.IndexOf(" (after ", StringComparison.Ordinal);
        reason = after < 0 ? reason : reason[..after];
        var colon = reason.LastIndexOf(": ", StringComparison.Ordinal);
        return (colon < 0 ? reason : reason[(colon + 2)..]).Trim();
    }
}
