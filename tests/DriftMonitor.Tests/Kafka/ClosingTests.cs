using Confluent.Kafka;
using DriftMonitor.Streaming.Sources.Kafka;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Tests.Kafka;

public sealed class ClosingTests
{
    private static readonly KafkaException Failure = new(new Error(ErrorCode.Local_State, "the group is gone, wonderland"));

    private readonly LogLines _log = new();
    private readonly KafkaClientFactory _clients;

    public ClosingTests()
    {
        var properties = new Dictionary<string, string> { ["sasl.password"] = "wonderland" };
        _clients = new KafkaClientFactory(Reader.Settings("b:9092", "t") with { Properties = properties }, _log);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_consumer_that_fails_to_close_is_still_disposed_of_and_the_failure_is_one_line_in_the_log(bool withTimeout)
    {
        var (consumer, spy) = ThrowingConsumer.Create(new Dictionary<string, Exception> { ["Close"] = Failure });

        Close(consumer, withTimeout);

        Assert.Equal(["Close", "Dispose"], spy.Calls);
        Assert.Equal(
            ["The Kafka consumer could not be closed (the group is gone, ***): its connections are dropped "
                + "instead"], _log.At(LogLevel.Warning));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_client_that_cannot_be_released_is_also_one_line_in_the_log(bool withTimeout)
    {
        var (consumer, spy) = ThrowingConsumer.Create(
            new Dictionary<string, Exception> { ["Dispose"] = new InvalidOperationException("busy") });

        Close(consumer, withTimeout);

        Assert.Equal(["Close", "Dispose"], spy.Calls);
        Assert.Equal(
            ["The Kafka client could not be released (busy): its memory stays in use until the process ends"], _log.At(LogLevel.Warning));
    }

    private void Close(IConsumer<Ignore, int> consumer, bool withTimeout)
    {
        if (withTimeout)
        {
            _clients.CloseWithTimeout(consumer);
        }
        else
        {
            _clients.Close(consumer);
        }
    }
}
