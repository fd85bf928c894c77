using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Wording;

namespace DriftMonitor.Configuration;

/// <summary>The keys of <c>DriftMonitor:Kafka</c>.</summary>
internal sealed class KafkaOptions
{
    [Description("Brokers to connect to, as host:port, separated by commas. Example: kafka-1:9092,kafka-2:9092.")]
    public string BootstrapServers { get; set; } = "localhost:9092";

    /// <summary>Whether <see cref="BootstrapServers"/> was written, even if it is the default.</summary>
    internal bool IsSet { get; set; }

    [Description(
        "Where reading starts: window (at the start of the longest window that ends at the topic's newest event), earliest or latest.")]
    public KafkaStart Start { get; set; } = KafkaStart.Window;

    [Description(
        "Consumer group that offsets are committed for, so that lag dashboards show progress. Committed offsets are never read back.")]
    public string Group { get; set; } = "driftmonitor";

    [Description(
        "How long a partition that has been read to its end may hold the others back before panes close without waiting for it. "
        + "Example: 30s.")]
    public Duration IdleAfter { get; set; } = new(TimeSpan.FromSeconds(30));

    [Description("Size of the largest event that is read, in bytes. Larger events are rejected as too_large.")]
    [Range(1, 1_000_000_000)] // librdkafka fetches no larger message
    public int MaxEventBytes { get; set; } = 1024 * 1024;

    [Description(
        "Whether records are read in batches from the client's memory. False reads them one by one with Confluent.Kafka's Consume, "
        + "which costs more than twice as much per event: for comparison, and as a way out.")]
    public bool Batches { get; set; } = true;

    [Description("Further librdkafka properties by name. Example: { \"security.protocol\": \"SSL\", \"ssl.ca.location\": \"ca.pem\" }.")]
    public Dictionary<string, string> Properties { get; set; } = [];

    [Description(
        "librdkafka properties whose values are in files, by name, each with the absolute path of its file. User name and password of SASL "
        + "are read again when they change, without a restart. Example: { \"sasl.password\": \"/run/secrets/kafka/password\" }.")]
    public Dictionary<string, string> PropertyFiles { get; set; } = [];
}
