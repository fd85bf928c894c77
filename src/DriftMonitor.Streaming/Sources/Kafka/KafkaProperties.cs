namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// The librdkafka properties that a configuration may not set: those that run code, those that have an option of their own, and those that
/// reading depends on.
/// </summary>
public static class KafkaProperties
{
    private static readonly Dictionary<string, string> Errors = new(StringComparer.OrdinalIgnoreCase)
    {
        ["plugin.library.paths"] = "loads code into the process and is not allowed: remove it",
        ["ssl.engine.location"] = "loads code into the process and is not allowed: use ssl.key.location and ssl.certificate.location",
        ["ssl.providers"] = "loads code into the process and is not allowed: remove it",
        ["sasl.kerberos.kinit.cmd"] =
            "runs a command and is not allowed: renew tickets outside the process, and set sasl.kerberos.min.time.before.relogin to 0",
        ["sasl.oauthbearer.token.endpoint.url"] =
            "sends credentials to any address in the configuration and is not allowed: use SCRAM or client certificates",

        ["bootstrap.servers"] = "is set from DriftMonitor:Kafka:BootstrapServers: write it there",
        ["metadata.broker.list"] = "is set from DriftMonitor:Kafka:BootstrapServers: write it there",
        ["group.id"] = "is set from DriftMonitor:Kafka:Group: write it there",
        ["auto.offset.reset"] = "is set from DriftMonitor:Kafka:Start: write window, earliest or latest there",
        ["enable.auto.commit"] = "is off, because offsets are committed once panes are safe: remove it",
        ["enable.auto.offset.store"] = "is off, because offsets are committed once panes are safe: remove it",
        ["enable.partition.eof"] = "is on, because it shows when a partition has been read to its end: remove it",
        ["dotnet.consumer.consume.result.fields"] = "is set from the fields that the monitors read: remove it",
    };

    // librdkafka lists only properties that have a value.
    private static readonly string[] WithoutDefault =
    [
        "client.rack", "debug", "group.instance.id", "sasl.mechanism", "sasl.username", "sasl.password",
        "sasl.oauthbearer.config", "sasl.oauthbearer.client.id", "sasl.oauthbearer.client.secret", "sasl.oauthbearer.scope",
        "sasl.oauthbearer.extensions", "sasl.kerberos.keytab", "ssl.ca.location", "ssl.ca.pem", "ssl.certificate.location",
        "ssl.certificate.pem", "ssl.key.location", "ssl.key.password", "ssl.key.pem", "ssl.keystore.location", "ssl.keystore.password",
        "ssl.crl.location", "ssl.cipher.suites", "ssl.curves.list", "ssl.sigalgs.list",
    ];

    private const string OfConfluentKafka = "dotnet.";

    /// <summary>Why librdkafka does not accept a property: the rest of a sentence that begins with its name. Null if it does.</summary>
    /// <param name="property">Its name.</param>
    /// <param name="value">Its value, which does not occur in the sentence if it is secret.</param>
    /// <param name="nearest">Finds the name among those that exist that resembles one that does not.</param>
    /// <exception cref="Events.SourceException">The library can't be loaded.</exception>
    public static string? GetRefusal(string property, string value, Func<string, IReadOnlyList<string>, string?> nearest)
    {
        if (property.StartsWith(OfConfluentKafka, StringComparison.Ordinal))
        {
            return null;
        }

        var (result, message) = Librdkafka.TryProperty(property, value);
        return result switch
        {
            ConfigurationResult.Accepted => null,
            ConfigurationResult.Unknown when nearest(property, [.. WithoutDefault, .. Librdkafka.Properties()]) is { } known =>
                $"is not a property of librdkafka: did you mean {known}?",
            ConfigurationResult.Unknown =>
                "is not a property of librdkafka: see its documentation, CONFIGURATION.md, for the properties of consumers",
            _ => Secrets.IsSecret(property, value)
                ? "has a value that librdkafka does not accept: correct it"
                : $"is not accepted by librdkafka ({message.TrimEnd('.')}): correct it",
        };
    }

    /// <summary>
    /// Why a property may not be set, and the remedy: the rest of a sentence that begins with its name. Null if it may be set.
    /// </summary>
    /// <param name="property">Its name; case-insensitive.</param>
    public static string? GetError(string property) => Errors.GetValueOrDefault(property);
}
