using System.ComponentModel;

namespace DriftMonitor.Configuration;

/// <summary>The keys of <c>DriftMonitor:Metrics</c>.</summary>
internal sealed class MetricsOptions
{
    [Description(
        "Whether to export the five largest bin contributions of each window and the sum of the others: six more series per window.")]
    public bool BinContributions { get; set; }
}
