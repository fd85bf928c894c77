using DriftMonitor.Configuration;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Files;
using DriftMonitor.Streaming.Sources.Ingest;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Terminal;

namespace DriftMonitor.Planning;

/// <summary>Makes the sources that a configuration asks for.</summary>
internal static class ConfiguredSources
{
    /// <summary>
    /// Settings to read the monitors' topics live, starting as <c>Kafka:Start</c> says; without those whose events are posted.
    /// </summary>
    /// <param name="options">The configuration.</param>
    /// <param name="monitors">The monitors that get the events.</param>
    public static KafkaSourceSettings LiveSettings(DriftMonitorOptions options, IReadOnlyList<PlannedMonitor> monitors)
    {
        var topics = TopicsOf(monitors).Except(IngestRules.TopicsOf(options)).ToList();
        return Settings(options, topics, monitors) with
        {
            Start = options.Kafka.Start,
            WindowStart = StartFor(monitors, topics),
        };
    }

    /// <summary>The same settings for monitors that go on where a checkpoint ends, as far as they do.</summary>
    /// <param name="settings">As above.</param>
    /// <param name="resumed">The monitors.</param>
    public static KafkaSourceSettings Resuming(KafkaSourceSettings settings, ResumedMonitors resumed) =>
        resumed.Points.Positions.Count == 0 ? settings : settings with
        {
            Resume = resumed.Points.Of(settings.Topics),
            WindowStart = StartFor([.. resumed.Fresh.Select(one => one.Monitor)], settings.Topics),
        };

    /// <summary>The topics whose events are posted, with what monitors read of their CloudEvents.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="monitors">The monitors.</param>
    public static IReadOnlyList<IngestTopic> PostedTopics(DriftMonitorOptions options, IReadOnlyList<PlannedMonitor> monitors)
    {
        var cloudEvents = CloudEventsOf(IngestRules.TopicsOf(options), monitors);
        return [.. IngestRules.TopicsOf(options).Select(topic => new IngestTopic(topic, cloudEvents.GetValueOrDefault(topic)))];
    }

    private static Func<int, IReadOnlyList<LastRecord>, EventTime?> StartFor(
        IReadOnlyList<PlannedMonitor> monitors, IReadOnlyList<string> topics) =>
        (topic, records) => WindowStart.Find(monitors.Where(monitor => monitor.Topics.Contains(topics[topic])), records);

    /// <summary>
    /// Opens the given files, or, if there are none, the monitors' topics from their oldest records to their current ends.
    /// </summary>
    /// <param name="options">The configuration.</param>
    /// <param name="monitors">The monitors that get the events.</param>
    /// <param name="files">The files; none for topics.</param>
    /// <param name="logger">For the messages of the Kafka client.</param>
    /// <param name="mustBeSorted">Whether events of a file that are out of order count as late.</param>
    /// <param name="range">The records of topics that are needed; null for all. Files are read to their ends.</param>
    /// <param name="stopping">Ends the wait for a pipe without data.</param>
    /// <remarks>
    /// If a file is a pipe, <paramref name="stopping"/> ends a wait for it with an <see cref="OperationCanceledException"/>.
    /// </remarks>
    public static IEventSource OpenBounded(
        DriftMonitorOptions options,
        IReadOnlyList<PlannedMonitor> monitors,
        IReadOnlyList<string> files,
        ILogger logger,
        bool mustBeSorted = false,
        ReadRange? range = null,
        CancellationToken stopping = default)
    {
        if (files.Count > 0)
        {
            var times =
                from monitor in monitors
                where monitor.EventTime is not null
                select new EventTimeField(monitor.EventTime!, monitor.EventTimeFormat, monitor.Unpack);
            var tolerance = monitors.Max(monitor => monitor.Spec.Pane.Length + monitor.Spec.AllowedLateness);
            var order = new FileOrder([.. times.Distinct()], mustBeSorted ? tolerance : null);
            return new FileSource(files, options.Kafka.MaxEventBytes, StandardStreams.Input, order, stopping);
        }

        var settings = Settings(options, TopicsOf(monitors), monitors) with { Start = KafkaStart.Earliest, IsBounded = true };
        if (range is { From: { } from })
        {
            settings = settings with { Start = KafkaStart.Window, WindowStart = (_, _) => from, StartsOneBefore = true };
        }

        return new KafkaSource(settings with { EndTime = range?.To }, logger, TimeProvider.System);
    }

    /// <summary>Opens files, or the newest records of a topic up to its current ends, to look at what is in them.</summary>
    /// <param name="options">The cluster, and the largest event.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="files">The files to read instead; none for the topic.</param>
    /// <param name="newest">How many records of the topic to read.</param>
    /// <param name="logger">For the messages of the Kafka client.</param>
    /// <param name="stopping">Ends the wait for a pipe without data.</param>
    public static IEventSource OpenSample(
        DriftMonitorOptions options, string topic, IReadOnlyList<string> files, long newest, ILogger logger, CancellationToken stopping) =>
        files.Count > 0
            ? new FileSource(files, options.Kafka.MaxEventBytes, StandardStreams.Input, order: null, stopping)
            : new KafkaSource(
                Settings(options, [topic], []) with { Start = KafkaStart.Earliest, IsBounded = true, Newest = newest },
                logger,
                TimeProvider.System);

    private static Dictionary<string, IReadOnlyList<CloudEventHeader>> CloudEventsOf(
        IEnumerable<string> topics, IReadOnlyList<PlannedMonitor> monitors) =>
        (from topic in topics
         where monitors.Any(monitor => monitor.HasCloudEvents && monitor.Topics.Contains(topic))
         let readers = monitors.Where(monitor => monitor.HasCloudEvents && monitor.Topics.Any(other => MayBeSame(topic, other)))
         select KeyValuePair.Create(topic, CloudEventHeader.In(readers.SelectMany(monitor => monitor.PathsInRecords)))).ToDictionary();

    // A record has one form, for all who read it.
    private static bool MayBeSame(string topic, string other) =>
        topic == other || TopicPattern.IsPattern(topic) || TopicPattern.IsPattern(other);

    private static List<string> TopicsOf(IEnumerable<PlannedMonitor> monitors) =>
        [.. monitors.SelectMany(monitor => monitor.Topics).Distinct()];

    private static KafkaSourceSettings Settings(
        DriftMonitorOptions options, IReadOnlyList<string> topics, IReadOnlyList<PlannedMonitor> monitors) => new()
        {
            BootstrapServers = options.Kafka.BootstrapServers,
            Topics = topics,
            Group = options.Kafka.Group,
            MaxEventBytes = options.Kafka.MaxEventBytes,
            IsBatched = options.Kafka.Batches,
            Properties = options.Kafka.Properties,
            PropertyFiles = new PropertyFiles(options.Kafka.PropertyFiles),
            ReadsKeys = monitors.Any(monitor => monitor.JoinedTopic is not null),
            CloudEvents = CloudEventsOf(topics, monitors),
        };
}
