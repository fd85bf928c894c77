using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace DriftMonitor.Configuration;

/// <summary>The keys of <c>DriftMonitor:Http</c>.</summary>
internal sealed class HttpOptions
{
    [Description("TCP port, on all interfaces; 0 picks a free port.")]
    [Range(0, 65_535)]
    public int Port { get; set; } = 9464;
}
