namespace DriftMonitor.Streaming.Events;

/// <summary>A stream of events: Kafka topics, files, or synthetic ones. One thread opens, reads and disposes of it.</summary>
public interface IEventSource : IDisposable
{
    /// <summary>
    /// What keeps events from coming, in a sentence with its remedy; null when nothing does. It may contain a broker's own words, line ends
    /// included. May be read from any thread.
    /// </summary>
    string? Trouble { get; }

    /// <summary>The index of a topic. A pattern is one topic. Files stand in for every topic, as one.</summary>
    /// <exception cref="ArgumentException">The source does not read the topic.</exception>
    int TopicOf(string topic);

    /// <summary>The number of a topic's partitions; 0 while it is not known.</summary>
    int Partitions(int topic);

    /// <summary>
    /// The partitions of a topic by their numbers. Where the configuration has a <see cref="TopicPattern"/>, they are those of all topics
    /// that match it, in the order in which they were found: a number never changes, and those of topics that were deleted stay. Files have
    /// the topics that their names stand for. Otherwise empty: a number is the partition itself.
    /// </summary>
    /// <param name="topic">The topic's index.</param>
    IReadOnlyList<PartitionName> NamesOf(int topic) => [];

    /// <summary>
    /// The topics that a name in the configuration stands for, as far as they have been found; the name itself while there is none.
    /// </summary>
    /// <param name="topic">The topic, or the pattern.</param>
    IReadOnlyList<string> TopicsOf(string topic) => [topic];

    /// <summary>Reads the next events and signals.</summary>
    /// <param name="patience">How long to wait for the first.</param>
    /// <returns>
    /// What is there, at most a few thousand events; without runs if nothing came in time. Valid until the next call. At the end of a
    /// bounded source its last run is <see cref="SourceSignal.End"/>, in every further batch as well.
    /// </returns>
    /// <exception cref="SourceException">The source can't go on: the process ends with a non-zero code.</exception>
    /// <exception cref="SourceResetException">What has been read no longer belongs to the stream.</exception>
    EventBatch Read(TimeSpan patience);

    /// <summary>
    /// Asks where the partitions end now. One that has been read to there is reported once more as <see cref="SourceSignal.CaughtUp"/>,
    /// in a later batch. One with unread records is not, until they have been read; nor is one that cannot be asked about.
    /// </summary>
    /// <returns>False where no records can be unread without the source's telling: then nothing is reported.</returns>
    bool FindEnds() => false;

    /// <summary>
    /// Asks which partitions a topic has now. The answer is <see cref="SourceSignal.PartitionsConfirmed"/> in a later batch, after
    /// <see cref="SourceSignal.Partitions"/> if there are new ones. While the source has trouble, there may be none.
    /// </summary>
    /// <param name="topic">The topic's index.</param>
    /// <returns>False where no partition can be added: then nothing is reported.</returns>
    bool ConfirmPartitions(int topic) => false;

    /// <summary>
    /// Stops giving the records of a partition for a while, or goes on. Those read already may still come; none is lost or given twice. A
    /// source that cannot do so goes on giving them.
    /// </summary>
    /// <param name="topic">The topic's index.</param>
    /// <param name="partition">The partition's number.</param>
    /// <param name="isHeld">Whether it is held; otherwise it goes on.</param>
    void Hold(int topic, int partition, bool isHeld)
    {
    }

    /// <summary>
    /// Whether events wait that nobody would give again after a restart: they are to be read before the source is disposed of.
    /// </summary>
    bool HasEventsToLose => false;

    /// <summary>How far the partitions have been read, the last batch included.</summary>
    IReadOnlyList<Progress> Progress();

    /// <summary>Which logs the topic is, as far as that is known: null for files, and before the topic was found.</summary>
    TopicIdentity? IdentityOf(string topic) => null;

    /// <summary>Waits for the answer that <see cref="IdentityOf"/> needs, if it has not come.</summary>
    /// <param name="patience">How long.</param>
    void FindIdentities(TimeSpan patience)
    {
    }

    /// <summary>What the logs no longer held when it was to be read, so far; also after the source has been disposed of.</summary>
    IReadOnlyList<LostEvents> Lost => [];

    /// <summary>How much of a bounded source has been read, from 0 to 1; null where its size is not known.</summary>
    double? FractionRead => null;

    /// <summary>Commits how far the group has read, for lag dashboards only. A failure is logged and never fatal.</summary>
    /// <param name="positions">
    /// The positions: those of a checkpoint that has been written, or of <see cref="Progress"/> where there are no checkpoints.
    /// </param>
    void Commit(IReadOnlyList<Progress> positions);

    /// <summary>Whether the last commit failed or has not ended. Known once the source has been disposed of.</summary>
    bool LastCommitFailed => false;
}
