using DriftMonitor.Configuration;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Files;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Terminal;

namespace DriftMonitor.Planning;

/// <summary>The sources that a configuration asks for.</summary>
internal static class ConfiguredSources
{
    /// <summary>The topics of the monitors, live from where <c>Kafka:Start</c> says.</summary>
    public static KafkaSourceSettings Live(DriftMonitorOptions options, IReadOnlyList<PlannedMonitor> monitors)
    {
        var topics = monitors.SelectMany(monitor => monitor.Topics).Distinct().ToList();
        return Settings(options, topics) with
        {
            Start = options.Kafka.Start,
            WindowStart = (topic, records) => WindowStart(monitors.Where(monitor => monitor.Topics.Contains(topics[topic])), records),
        };
    }

    /// <summary>The topics of the monitors from their oldest records to their ends as they are now, or files in their place.</summary>
    /// <remarks>Where a file is a pipe, <paramref name="stopping"/> ends a wait for it by an <see cref="OperationCanceledException"/>.</remarks>
    public static IEventSource Bounded(DriftMonitorOptions options, IEnumerable<PlannedMonitor> monitors, IReadOnlyList<string> files, ILogger logger, CancellationToken stopping = default) =>
        files.Count > 0
            ? new FileSource(files, options.Kafka.MaxEventBytes, StandardStreams.Input, stopping)
            : new KafkaSource(
                Settings(options, [.. monitors.SelectMany(monitor => monitor.Topics).Distinct()]) with { Start = KafkaStart.Earliest, IsBounded = true }, logger, TimeProvider.System);

    // From the longest window's start before the newest event. Event times lie at most MaxAhead after their records', so what belongs to the window was recorded after that.
    private static EventTime? WindowStart(IEnumerable<PlannedMonitor> monitors, IReadOnlyList<LastRecord> records)
    {
        EventTime? start = null;
        foreach (var monitor in monitors)
        {
            if (records.Max(record => TimeOf(monitor, record)) is not { } newest)
            {
                return null;
            }

            var spec = monitor.Spec;
            var mine = spec.Pane.Start(spec.Pane.PaneOf(newest - History(monitor) - spec.AllowedLateness)) - spec.MaxAhead;
            start = start is { } earlier && earlier <= mine ? earlier : mine;
        }

        return start;
    }

    // The longest window; and what a reference that moves needs to be known and calibrated.
    private static TimeSpan History(PlannedMonitor monitor)
    {
        var window = monitor.Spec.Windows[monitor.Spec.LongestWindow].Length;
        return monitor.Reference switch
        {
            { Kind: ReferenceKind.PreviousWindow } reference => 2 * window + reference.CalibrateOver(monitor.Spec.Pane.Length),
            { CalibratesItself: true } reference => window + reference.CalibrateOver(monitor.Spec.Pane.Length),
            _ => window,
        };
    }

    private static EventTime? TimeOf(PlannedMonitor monitor, LastRecord record)
    {
        if (monitor.EventTime is null)
        {
            return record.RecordTime;
        }

        var decoder = new EventDecoder([monitor.EventTime]);
        return decoder.Decode(new RawEvent { Value = record.Value }) == Rejection.None ? decoder.TimeOf(0, record.Value) : null;
    }

    private static KafkaSourceSettings Settings(DriftMonitorOptions options, IReadOnlyList<string> topics) => new()
    {
        BootstrapServers = options.Kafka.BootstrapServers,
        Topics = topics,
        Group = options.Kafka.Group,
        MaxEventBytes = options.Kafka.MaxEventBytes,
        Properties = options.Kafka.Properties,
    };
}
