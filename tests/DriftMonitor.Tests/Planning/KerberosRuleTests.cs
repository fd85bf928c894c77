using DriftMonitor.Planning;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Tests.Planning;

/// <summary>Kerberos (GSSAPI) needs a librdkafka that was built with it.</summary>
public sealed class KerberosRuleTests
{
    private const string Remedy =
        "install libsasl2.so.3, or use another mechanism such as SCRAM-SHA-512; see deploy/docs/configuration.md, section Kerberos";

    private static readonly KafkaLibrary Genuine = new("/app/librdkafka.so", ["ssl", "sasl_plain", "sasl_scram", "sasl_gssapi"]);
    private static readonly KafkaLibrary Fallback = new("/app/centos8-librdkafka.so", ["ssl", "sasl_plain", "sasl_scram"]);
    private static readonly KafkaLibrary Musl = new("/app/alpine-librdkafka.so", ["ssl", "sasl_plain", "sasl_scram"]);

    [Theory]
    [InlineData("sasl.mechanism=GSSAPI", "sasl.mechanism", "is GSSAPI")]
    [InlineData("sasl.mechanisms=GSSAPI", "sasl.mechanisms", "is GSSAPI")]
    [InlineData("security.protocol=SASL_SSL sasl.mechanism=gssapi", "sasl.mechanism", "is gssapi")]
    [InlineData("security.protocol=SASL_SSL", "security.protocol", "is SASL_SSL without sasl.mechanism, which means GSSAPI")]
    [InlineData("security.protocol=sasl_plaintext", "security.protocol", "is sasl_plaintext without sasl.mechanism, which means GSSAPI")]
    public void Properties_that_need_Kerberos_are_refused_if_librdkafka_has_none(string properties, string property, string what)
    {
        Assert.Null(KerberosRule.Check(Parse(properties), () => Genuine));
        Assert.Equal(
            (property, $"{what}, and the librdkafka that was loaded (centos8-librdkafka.so) has no Kerberos "
                + $"because libsasl2.so.3 is missing: {Remedy}"),
            KerberosRule.Check(Parse(properties), () => Fallback));
        Assert.Equal(
            (property, $"{what}, and the librdkafka that was loaded (alpine-librdkafka.so) has no Kerberos: {Remedy}"),
            KerberosRule.Check(Parse(properties), () => Musl));
    }

    [Theory]
    [InlineData("")]
    [InlineData("security.protocol=SSL")]
    [InlineData("security.protocol=SASL_SSL sasl.mechanism=SCRAM-SHA-512")]
    [InlineData("security.protocol=SASL_SSL sasl.mechanisms=PLAIN")]
    public void Librdkafka_is_not_loaded_if_Kerberos_is_not_needed(string properties) =>
        Assert.Null(KerberosRule.Check(Parse(properties), () => throw new InvalidOperationException("loaded")));

    [Fact]
    public void A_librdkafka_that_cannot_be_loaded_is_reported_at_the_property_that_needs_it() =>
        Assert.Equal(
            ("sasl.mechanism", "is GSSAPI, and librdkafka can't be loaded"),
            KerberosRule.Check(Parse("sasl.mechanism=GSSAPI"), () => throw new SourceException("librdkafka can't be loaded")));

    [Fact]
    public void The_features_of_the_loaded_librdkafka_decide_about_a_configuration()
    {
        var library = KafkaLibrary.Load();
        string[] expected = library.HasKerberos ? [] : [$"DriftMonitor:Kafka:Properties:sasl.mechanism {Message(library)}"];

        using var configuration = WithGssapi();

        Assert.NotNull(library.File);
        Assert.Contains("sasl_scram", library.Features);
        Assert.Equal(expected, configuration.Faults());
        Assert.Empty(configuration.Faults(Needs.References)); // events come from files
    }

    [FactRequires(Tool.Sasl)]
    public void With_libsasl2_the_genuine_librdkafka_is_loaded_and_has_Kerberos()
    {
        var library = KafkaLibrary.Load();
        using var configuration = WithGssapi();

        Assert.Equal("librdkafka.so", Path.GetFileName(library.File));
        Assert.True(library.HasKerberos);
        Assert.Empty(configuration.Faults());
    }

    private static Configuration WithGssapi() => new(Configuration.Good.Replace(
        "\"Monitors\"", "\"Kafka\": { \"Properties\": { \"sasl.mechanism\": \"GSSAPI\" } }, \"Monitors\"", StringComparison.Ordinal));

    private static string Message(KafkaLibrary library) =>
        KerberosRule.Check(new Dictionary<string, string> { ["sasl.mechanism"] = "GSSAPI" }, () => library)!.Value.Message;

    private static Dictionary<string, string> Parse(string properties) =>
        properties.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(property => property.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1]);
}
