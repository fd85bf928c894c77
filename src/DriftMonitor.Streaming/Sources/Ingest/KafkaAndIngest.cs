using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Ingest;

/// <summary>Reads some topics from Kafka, and others from requests: in turns, so that neither keeps the other waiting.</summary>
/// <param name="kafka">The topics of Kafka, whose indices come first.</param>
/// <param name="firstIngested">The index of the first topic of <paramref name="ingest"/>.</param>
/// <param name="ingest">The topics of requests.</param>
public sealed class KafkaAndIngest(IEventSource kafka, int firstIngested, IngestSource ingest) : IEventSource
{
    private bool _isTurnOfKafka;

    /// <inheritdoc/>
    public string? Trouble => kafka.Trouble;

    /// <inheritdoc/>
    public bool HasEventsToLose => ingest.HasEventsToLose;

    /// <inheritdoc/>
    public IReadOnlyList<LostEvents> Lost => kafka.Lost;

    /// <inheritdoc/>
    public bool LastCommitFailed => kafka.LastCommitFailed;

    /// <inheritdoc/>
    public int TopicOf(string topic) => ingest.Reads(topic) ? ingest.TopicOf(topic) : kafka.TopicOf(topic);

    /// <inheritdoc/>
    public int Partitions(int topic) => topic >= firstIngested ? ingest.Partitions(topic) : kafka.Partitions(topic);

    /// <inheritdoc/>
    public IReadOnlyList<PartitionName> NamesOf(int topic) => topic >= firstIngested ? [] : kafka.NamesOf(topic);

    /// <inheritdoc/>
    public IReadOnlyList<string> TopicsOf(string topic) => ingest.Reads(topic) ? [topic] : kafka.TopicsOf(topic);

    /// <inheritdoc/>
    public EventBatch Read(TimeSpan patience)
    {
        _isTurnOfKafka = !_isTurnOfKafka;
        if (!_isTurnOfKafka && ingest.Read(TimeSpan.Zero) is { Runs.IsEmpty: false } posted)
        {
            return posted;
        }

        return kafka.Read(ingest.HasEventsToLose ? TimeSpan.Zero : patience);
    }

    /// <inheritdoc/>
    public bool FindEnds()
    {
        ingest.FindEnds();
        return kafka.FindEnds();
    }

    /// <inheritdoc/>
    public void Hold(int topic, int partition, bool isHeld)
    {
        if (topic < firstIngested)
        {
            kafka.Hold(topic, partition, isHeld);
        }
    }

    /// <inheritdoc/>
    public bool ConfirmPartitions(int topic) => topic < firstIngested && kafka.ConfirmPartitions(topic);

    /// <inheritdoc/>
    public IReadOnlyList<Progress> Progress() => [.. kafka.Progress(), .. ingest.Progress()];

    /// <inheritdoc/>
    public TopicIdentity? IdentityOf(string topic) => ingest.Reads(topic) ? ingest.IdentityOf(topic) : kafka.IdentityOf(topic);

    /// <inheritdoc/>
    public void FindIdentities(TimeSpan patience) => kafka.FindIdentities(patience);

    /// <inheritdoc/>
    public void Commit(IReadOnlyList<Progress> positions) =>
        kafka.Commit([.. positions.Where(progress => !ingest.Reads(progress.Position.Topic))]);

    /// <inheritdoc/>
    public void Dispose()
    {
        kafka.Dispose();
        ingest.Dispose();
    }
}
