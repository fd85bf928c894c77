using Confluent.Kafka;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Tests.Kafka;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Tests.Sources;

public sealed class KafkaTroubleTests
{
    private const string NoAnswer =
        "no broker answers at b:9092 (Connection refused): is Kafka running there, and is Kafka:BootstrapServers right?";
    private static readonly Error HungUp = new(ErrorCode.Local_Transport, "b:9092/1: Disconnected (after 3ms in state APIVERSION_QUERY)");
    private static readonly Error NoneLeft = new(ErrorCode.Local_AllBrokersDown, "1/1 brokers are down");
    private readonly LogLines _log = new();
    private readonly KafkaTrouble _trouble;

    public KafkaTroubleTests() => _trouble = new KafkaTrouble(new KafkaClientFactory(Reader.Settings("b:9092", "t"), _log), _log);

    [Theory]
    [InlineData(
        ErrorCode.Local_Authentication,
        "the broker at b:9092 refuses the credentials (no entry): check sasl.mechanism, sasl.username and sasl.password in "
            + "Kafka:Properties")]
    [InlineData(
        ErrorCode.SaslAuthenticationFailed,
        "the broker at b:9092 refuses the credentials (no entry): check sasl.mechanism, sasl.username and sasl.password in "
            + "Kafka:Properties")]
    [InlineData(
        ErrorCode.Local_Ssl,
        "no TLS connection to the broker at b:9092 (no entry): check security.protocol and ssl.ca.location in Kafka:Properties")]
    public void After_a_refused_login_the_broker_hangs_up_and_the_refusal_stays_the_cause(ErrorCode code, string line)
    {
        var refused = new Error(code, "b:9092/1: authentication failed: no entry (after 3ms in state AUTH_REQ)");

        _trouble.ReportClientError(refused);
        _trouble.ReportClientError(HungUp);
        _trouble.ReportClientError(NoneLeft);
        _trouble.ReportRequestError(HungUp);

        Assert.Equal(line, _trouble.Current);
        Assert.Equal([line], _log.At(LogLevel.Warning));

        _trouble.Clear(_trouble.Reports);
        _trouble.ReportRequestError(refused); // a failed request may be reported first
        _trouble.ReportClientError(HungUp);
        _trouble.ReportClientError(NoneLeft);

        Assert.Equal(line, _trouble.Current);
    }

    [Fact]
    public void That_no_broker_answers_is_said_once_whichever_of_its_signs_come()
    {
        _trouble.ReportClientError(
            new Error(
                ErrorCode.Local_Transport,
                "b:9092/1: Connect to ipv4#1.2.3.4:9092 failed: Connection refused (after 0ms in state CONNECT)"));
        Assert.Null(_trouble.Current); // another broker may still answer
        _trouble.ReportClientError(NoneLeft);
        _trouble.ReportClientError(HungUp);
        _trouble.ReportClientError(NoneLeft);
        _trouble.ReportRequestError(new Error(ErrorCode.Local_TimedOut, "Local: Timed out"));

        Assert.Equal(NoAnswer, _trouble.Current);
        Assert.Equal([NoAnswer], _log.At(LogLevel.Warning));
    }

    [Fact]
    public void An_answer_from_before_the_last_report_does_not_end_the_trouble()
    {
        _trouble.ReportClientError(NoneLeft);
        var reports = _trouble.Reports; // a broker answers here
        _trouble.ReportClientError(NoneLeft);
        _trouble.Clear(reports);
        Assert.NotNull(_trouble.Current);

        _trouble.Clear(_trouble.Reports);
        Assert.Null(_trouble.Current);
    }

    [Fact]
    public void What_a_topic_lacks_is_said_though_no_broker_answered_before()
    {
        _trouble.ReportRequestError(HungUp);
        _trouble.ReportTopicError("t", new Error(ErrorCode.TopicAuthorizationFailed, "Broker: Topic authorization failed"));

        Assert.Equal("topic 't' may not be read at b:9092: grant this user READ and DESCRIBE on it", _trouble.Current);
        Assert.Equal(2, _log.At(LogLevel.Warning).Length);
    }
}
