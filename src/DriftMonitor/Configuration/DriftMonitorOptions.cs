using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace DriftMonitor.Configuration;

/// <summary>The configuration as written: the section <c>DriftMonitor</c> of the JSON file and of the environment.</summary>
/// <remarks>
/// The description of each property is public: it is printed in the JSON Schema, in the table of options,
/// and in the fault of a missing key.
/// </remarks>
internal sealed class DriftMonitorOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "DriftMonitor";

    [Description("The Kafka cluster that the topics are read from.")]
    public KafkaOptions Kafka { get; set; } = new();

    [Description("Events that programs post by HTTP, in place of topics of Kafka. Without this key, none are taken.")]
    public IngestOptions? Ingest { get; set; }

    [Description("What a restart goes on from.")]
    public CheckpointOptions Checkpoint { get; set; } = new();

    [Description("The HTTP server of /metrics, /healthz, /api and the web page.")]
    public HttpOptions Http { get; set; } = new();

    [Description("Optional contents of /metrics.")]
    public MetricsOptions Metrics { get; set; } = new();

    [Description("Whom the service itself tells of alerts; Prometheus and Grafana can do the same from /metrics.")]
    public NotificationOptions Notifications { get; set; } = new();

    [Description("The service's log, on standard error.")]
    public LoggingOptions Logging { get; set; } = new();

    [Description(
        "How many threads decode events; readings do not depend on it. Without this key: 1 for topics, and for files as many as there are "
        + "processors. More than 1 pays where many events wait to be read and processors are free, as in a replay.")]
    [Range(1, 64)]
    public int? Workers { get; set; }

    /// <summary>The number of <see cref="Workers"/> for files, which nothing delays but the processor.</summary>
    internal int WorkersForFiles => Workers ?? Math.Min(Environment.ProcessorCount, 64);

    /// <summary>The number of <see cref="Workers"/> for topics, where the client needs processors too.</summary>
    internal int WorkersForTopics => Workers ?? 1;

    [Description("The monitors: each watches one field of one topic.")]
    [Required]
    public List<MonitorOptions> Monitors { get; set; } = [];
}
