namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// The librdkafka properties that a configuration may not set: those that run code, those that are set from options, and those that the reading rests on.
/// </summary>
public static class KafkaProperties
{
    private static readonly Dictionary<string, string> Refused = new(StringComparer.OrdinalIgnoreCase)
    {
        ["plugin.library.paths"] = "loads code into the process, and is refused: remove it",
        ["ssl.engine.location"] = "loads code into the process, and is refused: use ssl.key.location and ssl.certificate.location",
        ["ssl.providers"] = "loads code into the process, and is refused: remove it",
        ["sasl.kerberos.kinit.cmd"] = "runs a command, and is refused: renew tickets beside the process, and set sasl.kerberos.min.time.before.relogin to 0",
        ["sasl.oauthbearer.token.endpoint.url"] = "sends credentials to an address of the configuration's choice, and is refused: use SCRAM or client certificates",

        ["bootstrap.servers"] = "is set from DriftMonitor:Kafka:BootstrapServers: write it there",
        ["metadata.broker.list"] = "is set from DriftMonitor:Kafka:BootstrapServers: write it there",
        ["group.id"] = "is set from DriftMonitor:Kafka:Group: write it there",
        ["auto.offset.reset"] = "is set from DriftMonitor:Kafka:Start: write window, earliest or latest there",
        ["enable.auto.commit"] = "is off, because offsets are committed once panes are safe: remove it",
        ["enable.auto.offset.store"] = "is off, because offsets are committed once panes are safe: remove it",
        ["enable.partition.eof"] = "is on, because a partition's end tells when it is caught up: remove it",
        ["dotnet.consumer.consume.result.fields"] = "is chosen by what the monitors read: remove it",
    };

    /// <summary>Why a property may not be set, and what to do instead, as what follows its name in a sentence; null where it may. Case is of no account.</summary>
    public static string? WhyNot(string property) => Refused.GetValueOrDefault(property);
}
