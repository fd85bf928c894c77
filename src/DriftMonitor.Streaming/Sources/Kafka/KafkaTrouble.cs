using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// What keeps records from coming, in a sentence: what, where, remedy. Logged once when it changes and once when it is over. Safe for any thread.
/// </summary>
internal sealed class KafkaTrouble
{
    private readonly KafkaClient _client;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private volatile string? _current;
    private bool _isNoAnswer;
    private Error? _cause;

    public KafkaTrouble(KafkaClient client, ILogger logger)
    {
        _client = client;
        _logger = logger;
    }

    /// <summary>The sentence, or null when nothing is wrong.</summary>
    public string? Current => _current;

    /// <summary>
    /// Takes an error that librdkafka reports by itself. One broker of several may be away without harm, so a lost connection alone is only remembered,
    /// as the cause to name once none is left.
    /// </summary>
    public void Note(Error error)
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
                    // After a refused login the broker hangs up: the refusal is the cause.
                    _cause = IsRefusal(_cause) ? _cause : error;
                    break;
                case ErrorCode.Local_AllBrokersDown:
                    Set(_cause ?? error);
                    break;
                default:
                    if (_logger.IsEnabled(LogLevel.Debug))
                    {
                        _logger.LibraryError(error.Code, _client.Mask(error.Reason));
                    }

                    break;
            }
        }
    }

    /// <summary>Takes an error with which a request of ours failed.</summary>
    public void Failed(Error error)
    {
        lock (_lock)
        {
            _cause = IsRefusal(error) ? error : _cause ?? (error.Code is ErrorCode.Local_Transport or ErrorCode.Local_Resolve ? error : null);
            Set(IsNoAnswer(error) && _cause is not null ? _cause : error);
        }
    }

    /// <summary>Something that the topic itself lacks.</summary>
    public void FailedFor(string topic, Error error) => Set(isNoAnswer: false, error.Code switch
    {
        ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic =>
            $"topic '{topic}' does not exist at {_client.BootstrapServers}: create it, or correct the monitor's Topic",
        ErrorCode.TopicAuthorizationFailed =>
            $"topic '{topic}' may not be read at {_client.BootstrapServers}: grant this user READ and DESCRIBE on it",
        _ => $"topic '{topic}' can't be read at {_client.BootstrapServers} ({Detail(error)}): see the broker's log",
    });

    /// <summary>Records come again.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _cause = null;
            if (_current is not null)
            {
                _current = null;
                _logger.TroubleIsOver(_client.BootstrapServers);
            }
        }
    }

    private static bool IsRefusal(Error? error) =>
        error?.Code is ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed or ErrorCode.Local_Ssl;

    private static bool IsNoAnswer(Error error) =>
        error.Code is ErrorCode.Local_Transport or ErrorCode.Local_AllBrokersDown or ErrorCode.Local_TimedOut;

    private void Set(Error error) => Set(IsNoAnswer(error), Describe(error));

    private void Set(bool isNoAnswer, string line)
    {
        line = _client.Mask(line);
        lock (_lock)
        {
            // That no broker answers is said once; which of its signs librdkafka reports first is a matter of chance.
            var isKnown = line == _current || (isNoAnswer && _isNoAnswer && _current is not null);
            if (!isKnown)
            {
                _current = line;
                _isNoAnswer = isNoAnswer;
                _logger.Trouble(line);
            }
        }
    }

    private string Describe(Error error)
    {
        var where = _client.BootstrapServers;
        return error.Code switch
        {
            ErrorCode.Local_Resolve =>
                $"the host name of the broker at {where} is not known ({Detail(error)}): is Kafka:BootstrapServers right?",
            ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed =>
                $"the broker at {where} refuses the credentials ({Detail(error)}): check sasl.mechanism, sasl.username and sasl.password in Kafka:Properties",
            ErrorCode.Local_Ssl =>
                $"no TLS connection to the broker at {where} ({Detail(error)}): check security.protocol and ssl.ca.location in Kafka:Properties",
            _ when IsNoAnswer(error) =>
                $"no broker answers at {where} ({Detail(error)}): is Kafka running there, and is Kafka:BootstrapServers right?",
            _ => $"the broker at {where} refuses a request ({Detail(error)}): see the broker's log",
        };
    }

    // "host:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT)" says it in its last words.
    private static string Detail(Error error)
    {
        var reason = error.Reason ?? error.Code.GetReason();
        var after = reason.IndexOf(" (after ", StringComparison.Ordinal);
        reason = after < 0 ? reason : reason[..after];
        var colon = reason.LastIndexOf(": ", StringComparison.Ordinal);
        return (colon < 0 ? reason : reason[(colon + 2)..]).Trim();
    }
}
