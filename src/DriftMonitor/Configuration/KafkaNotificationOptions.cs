using System.ComponentModel;

namespace DriftMonitor.Configuration;

/// <summary>The keys of <c>DriftMonitor:Notifications:Kafka</c>.</summary>
internal sealed class KafkaNotificationOptions
{
    [Description(
        "Topic that gets a record for each change of an alert, as a CloudEvent in structured mode. It must exist, or be created by the "
        + "broker. Without this key there is none. Example: drift-alerts.")]
    public string? Topic { get; set; }
}
