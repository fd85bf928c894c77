using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace DriftMonitor.Configuration;

/// <summary>The keys of an Alertmanager: <c>DriftMonitor:Notifications:Alertmanagers:N</c>.</summary>
internal sealed class AlertmanagerOptions
{
    [Description("Address of an Alertmanager. Each of a cluster is told by itself, as Prometheus does. Example: http://alertmanager:9093.")]
    [Required]
    public string Url { get; set; } = "";

    [Description("Further labels of every alert, for routing. Example: { \"team\": \"data\" }.")]
    public Dictionary<string, string> Labels { get; set; } = [];
}
