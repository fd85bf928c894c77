using DriftMonitor.Streaming.Sources;
using DriftMonitor.Tests.Kafka;
using Microsoft.Extensions.Logging.Abstractions;

namespace DriftMonitor.Tests.Sources;

public sealed class KafkaClientTests
{
    [Theory]
    [InlineData("plugin.library.paths", "evil.so", "loads code into the process, and is refused: remove it")]
    [InlineData("ssl.engine.location", "evil.so", "loads code into the process, and is refused: use ssl.key.location and ssl.certificate.location")]
    [InlineData("SSL.Providers", "evil", "loads code into the process, and is refused: remove it")]
    [InlineData("sasl.kerberos.kinit.cmd", "evil", "runs a command, and is refused: renew tickets beside the process, and set sasl.kerberos.min.time.before.relogin to 0")]
    [InlineData("group.id", "g", "is set from DriftMonitor:Kafka:Group: write it there")]
    [InlineData("enable.auto.commit", "true", "is off, because offsets are committed once panes are safe: remove it")]
    [InlineData("dotnet.consumer.consume.result.fields", "none", "is chosen by what the monitors read: remove it")]
    public void Properties_that_would_break_or_take_over_the_process_are_refused_in_the_words_of_the_options(string property, string value, string reason) =>
        Assert.Equal($"Kafka:Properties:{property} {reason}", Assert.Throws<SourceException>(() => Client((property, value))).Message);

    private static KafkaClient Client(params (string Key, string Value)[] properties) => new(
        Reader.Settings("b:9092", "t") with { Properties = properties.ToDictionary(property => property.Key, property => property.Value) }, NullLogger.Instance);
}
