namespace DriftMonitor.Wording;

/// <summary>A category of log lines: what a level can be set for.</summary>
/// <param name="Name">The name, in log lines and below <c>Logging:Levels</c>.</param>
/// <param name="Meaning">What its lines are about.</param>
internal sealed record LogCategory(string Name, string Meaning)
{
    /// <summary>The service's start and end.</summary>
    public const string Service = "Service";

    /// <summary>The connection to Kafka.</summary>
    public const string Kafka = "Kafka";

    /// <summary>Events that are not counted.</summary>
    public const string Events = "Events";

    /// <summary>Changes of alerts.</summary>
    public const string Alerts = "Alerts";

    /// <summary>References that are learned.</summary>
    public const string References = "References";

    /// <summary>Checkpoints.</summary>
    public const string Checkpoints = "Checkpoints";

    /// <summary>Notifications.</summary>
    public const string Notifications = "Notifications";

    /// <summary>Readiness.</summary>
    public const string Health = "Health";

    /// <summary>Connections of HTTP clients.</summary>
    public const string Http = "Http";

    /// <summary>OpenTelemetry.</summary>
    public const string Export = "Export";

    /// <summary>Every category of .NET's own libraries starts so.</summary>
    public const string Microsoft = "Microsoft";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<LogCategory> All =
    [
        new(Service, "start, stop and reload, and what ends the service"),
        new(Kafka, "topics, partitions, brokers that do not answer, credentials that change; librdkafka's own messages at `debug`"),
        new(Events, "events that are rejected or left out, fields that no event has, and times that look wrong"),
        new(Alerts, "changes of alerts, and the file of past alerts"),
        new(References, "references that are learned or grow, and their files"),
        new(Checkpoints, "checkpoints that are read and written"),
        new(Notifications, "what is sent to webhooks, topics and Alertmanagers"),
        new(Health, "when and why the service is not ready"),
        new(Http, "connections of HTTP clients"),
        new(Export, "the collector of OpenTelemetry; never sent to it"),
        new(Microsoft, ".NET's web server and other libraries, whose categories begin with `Microsoft.`; `warning` without a level"),
    ];

    /// <summary>The category that an event's name begins with, such as <c>kafka.</c> of <c>kafka.unreachable</c>.</summary>
    public string Prefix => Name.ToLowerInvariant() + ".";
}
