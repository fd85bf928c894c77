using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Tests.Kafka;
using Microsoft.Extensions.Logging.Abstractions;

namespace DriftMonitor.Tests.Sources;

public sealed class KafkaClientFactoryTests
{
    [Theory]
    [InlineData("plugin.library.paths", "evil.so", "loads code into the process and is not allowed: remove it")]
    [InlineData(
        "ssl.engine.location", "evil.so",
        "loads code into the process and is not allowed: use ssl.key.location and ssl.certificate.location")]
    [InlineData("SSL.Providers", "evil", "loads code into the process and is not allowed: remove it")]
    [InlineData(
        "sasl.kerberos.kinit.cmd", "evil",
        "runs a command and is not allowed: renew tickets outside the process, and set sasl.kerberos.min.time.before.relogin to 0")]
    [InlineData("group.id", "g", "is set from DriftMonitor:Kafka:Group: write it there")]
    [InlineData("enable.auto.commit", "true", "is off, because offsets are committed once panes are safe: remove it")]
    [InlineData("dotnet.consumer.consume.result.fields", "none", "is set from the fields that the monitors read: remove it")]
    public void Properties_that_would_break_or_take_over_the_process_are_refused_in_the_words_of_the_options(
        string property, string value, string reason) =>
        Assert.Equal($"Kafka:Properties:{property} {reason}", Assert.Throws<SourceException>(() => Factory((property, value))).Message);

    [Theory]
    [InlineData("sasl.password")]
    [InlineData("SASL.Password")]
    [InlineData("ssl.key.pem")]
    [InlineData("sasl.jaas.config")]
    [InlineData("sasl.oauthbearer.config")]
    [InlineData("sasl.oauthbearer.client.secret")]
    [InlineData("sasl.oauthbearer.assertion.private.key.passphrase")]
    public void No_message_shows_a_secret(string property) =>
        Assert.Equal(
            "user=alice password=***!",
            Factory((property, "wonderland"), ("sasl.username", "alice")).Mask("user=alice password=wonderland!"));

    [Fact]
    public void A_secret_that_begins_like_another_leaves_nothing_of_it() =>
        Assert.Equal("*** and ***", Factory(("sasl.password", "wonder"), ("ssl.key.password", "wonderland")).Mask("wonderland and wonder"));

    [Fact]
    public void A_message_names_the_file_of_a_key_and_the_words_that_switches_have() =>
        Assert.Equal(
            "cannot open /run/client.key: is it true?",
            Factory(("ssl.key.location", "/run/client.key"), ("enable.sasl.oauthbearer.unsecure.jwt", "true")).Mask(
                "cannot open /run/client.key: is it true?"));

    private static KafkaClientFactory Factory(params (string Key, string Value)[] properties) => new(
        Reader.Settings("b:9092", "t") with { Properties = properties.ToDictionary(property => property.Key, property => property.Value) },
        NullLogger.Instance);
}
