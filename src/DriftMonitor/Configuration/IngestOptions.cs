using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace DriftMonitor.Configuration;

/// <summary>The keys of <c>DriftMonitor:Ingest</c>.</summary>
internal sealed class IngestOptions
{
    [Description(
        "IP address to listen on. By default, only programs on the same machine, or in the same pod, can post events; with [::], all "
        + "interfaces. Example: 0.0.0.0.")]
    public string Address { get; set; } = "127.0.0.1";

    [Description("TCP port, which must not be that of Http; 0 picks a free port.")]
    [Range(0, 65_535)]
    public int Port { get; set; } = 9465;

    [Description(
        "Topics of monitors whose events are posted; all others are read from Kafka. Without this key, all topics are, and "
        + "Kafka:BootstrapServers must not be set. Example: [\"predictions\"].")]
    public List<string> Topics { get; set; } = [];

    [Description("Size of the largest body of a request, in bytes. Larger ones get 413.")]
    [Range(1, 100_000_000)]
    public int MaxBodyBytes { get; set; } = 1024 * 1024;

    [Description(
        "The most memory for bodies that are being received or whose events have not been counted yet, in bytes. When it is used up, "
        + "requests get 429 with Retry-After.")]
    [Range(1, 2_000_000_000)]
    public int BufferBytes { get; set; } = 16 * 1024 * 1024;
}
