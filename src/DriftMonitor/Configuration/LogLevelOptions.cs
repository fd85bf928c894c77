using System.ComponentModel;

namespace DriftMonitor.Configuration;

/// <summary>The keys of <c>DriftMonitor:Logging:Levels</c>: a level for each category of log lines, and one for those without.</summary>
internal sealed class LogLevelOptions
{
    [Description(
        "The level of categories without one of their own: debug, information, warning or error. Without this key: information.")]
    public LeastLevel? Default { get; set; }

    [Description("The level of start, stop and reload, and what ends the service.")]
    public LeastLevel? Service { get; set; }

    [Description("The level of topics, partitions and brokers; at debug, librdkafka's own messages too.")]
    public LeastLevel? Kafka { get; set; }

    [Description("The level of events that are not counted.")]
    public LeastLevel? Events { get; set; }

    [Description("The level of changes of alerts.")]
    public LeastLevel? Alerts { get; set; }

    [Description("The level of references that are learned or grow.")]
    public LeastLevel? References { get; set; }

    [Description("The level of checkpoints.")]
    public LeastLevel? Checkpoints { get; set; }

    [Description("The level of notifications.")]
    public LeastLevel? Notifications { get; set; }

    [Description("The level of readiness.")]
    public LeastLevel? Health { get; set; }

    [Description("The level of connections of HTTP clients.")]
    public LeastLevel? Http { get; set; }

    [Description("The level of the collector of OpenTelemetry.")]
    public LeastLevel? Export { get; set; }

    [Description("The level of .NET's web server and other libraries. Without this key: warning, or Default if that is higher.")]
    public LeastLevel? Microsoft { get; set; }

    /// <summary>These levels, and those of others where these have none.</summary>
    public LogLevelOptions Over(LogLevelOptions others)
    {
        var levels = new LogLevelOptions();
        foreach (var property in OptionsShape.PropertiesOf(typeof(LogLevelOptions)))
        {
            property.SetValue(levels, property.GetValue(this) ?? property.GetValue(others));
        }

        return levels;
    }
}
