using System.ComponentModel;

namespace DriftMonitor.Configuration;

/// <summary>The keys of <c>DriftMonitor:Metrics</c>.</summary>
internal sealed class MetricsOptions
{
    [Description(
        "Whether to export the five largest bin contributions of each window and the sum of the others, and the probability of each bin in "
            + "window and reference: six more series per window, and two for each bin, of which 30 are listed.")]
    public bool BinContributions { get; set; }
}
