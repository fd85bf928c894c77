using System.ComponentModel;

namespace DriftMonitor.Configuration;

/// <summary>The keys of <c>DriftMonitor:Notifications</c>.</summary>
internal sealed class NotificationOptions
{
    [Description("Address of this service's page as people reach it, for links in notifications. Example: https://drift.example.com/.")]
    public string? PageUrl { get; set; }

    [Description(
        "Hosts that webhooks may go to. Without this key, all with a public address, by https only; with it, only these, also at private "
        + "addresses and by http. *.example.com stands for every name below example.com. Example: [\"hooks.monitoring.svc\"].")]
    public List<string> AllowedHosts { get; set; } = [];

    [Description("Addresses that are told once when an alert fires and once when it is resolved.")]
    public List<WebhookOptions> Webhooks { get; set; } = [];

    [Description("A topic that is told of each change of an alert, in the cluster of Kafka.")]
    public KafkaNotificationOptions Kafka { get; set; } = new();

    [Description("Alertmanagers that are told of alerts that fire, for those without alerting rules in Prometheus.")]
    public List<AlertmanagerOptions> Alertmanagers { get; set; } = [];
}
