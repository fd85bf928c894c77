using DriftMonitor.Configuration;
using DriftMonitor.Planning;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Ingest;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Hosting;

/// <summary>Makes the sources of the service: Kafka, posted events, or both; one after the other where one fails.</summary>
internal sealed class LiveSources
{
    private readonly KafkaSourceSettings _kafka;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private (KafkaSourceSettings Kafka, ResumePoints Points)? _first; // from the checkpoint; later ones are read from a start again

    /// <summary>Sources of a configuration.</summary>
    /// <param name="kafka">The topics that are read from Kafka, from a start.</param>
    /// <param name="posted">The topics whose events are posted.</param>
    /// <param name="options">The limits of those; null where there are none.</param>
    /// <param name="resumed">The monitors, as far as they go on from a checkpoint.</param>
    /// <param name="logger">For the messages of the Kafka client.</param>
    /// <param name="clock">The clock.</param>
    public LiveSources(
        KafkaSourceSettings kafka, IReadOnlyList<IngestTopic> posted, IngestOptions? options, ResumedMonitors resumed, ILogger logger,
        TimeProvider clock)
    {
        (_kafka, _logger, _clock) = (kafka, logger, clock);
        _first = (ConfiguredSources.Resuming(kafka, resumed), resumed.Points);
        Buffer = options is null ? null : new IngestBuffer(posted, options.BufferBytes, clock);
    }

    /// <summary>Takes posted events; null where there are none. It outlives the sources.</summary>
    public IngestBuffer? Buffer { get; }

    /// <summary>Makes the first source, or one that is read from a start again.</summary>
    public IEventSource Open()
    {
        var (kafka, points) = _first ?? (_kafka, ResumePoints.None);
        _first = null;
        return Make(kafka, points);
    }

    /// <summary>Makes a source that goes on at some positions.</summary>
    public IEventSource Reopen(ResumePoints points) => Make(_kafka with { Resume = points.Of(_kafka.Topics) }, points);

    private IEventSource Make(KafkaSourceSettings kafka, ResumePoints points)
    {
        if (Buffer is null)
        {
            return new KafkaSource(kafka, _logger, _clock);
        }

        var ingest = new IngestSource(Buffer, points, kafka.Topics.Count);
        return kafka.Topics.Count == 0 ? ingest : new KafkaAndIngest(new KafkaSource(kafka, _logger, _clock), kafka.Topics.Count, ingest);
    }
}
