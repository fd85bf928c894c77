namespace DriftMonitor.Streaming.Events;

/// <summary>What a source reports at a point of a batch.</summary>
public enum SourceSignal
{
    /// <summary>Events.</summary>
    Event,

    /// <summary>Nothing: no event came within the patience.</summary>
    Nothing,

    /// <summary>The partitions of a topic have become known, or more of them: see <see cref="IEventSource.Partitions"/>.</summary>
    Partitions,

    /// <summary>The partitions of a topic are known as of when <see cref="IEventSource.ConfirmPartitions"/> was called.</summary>
    PartitionsConfirmed,

    /// <summary>A partition has been read up to its present end; more may come.</summary>
    CaughtUp,

    /// <summary>Events of a partition, after those before this signal, were lost before they could be read.</summary>
    Lost,

    /// <summary>
    /// Nothing more will come from a partition: it is one of a bounded source and has been read to its end, or its topic, one of a pattern,
    /// was deleted.
    /// </summary>
    PartitionEnded,

    /// <summary>Every partition of a bounded source has ended.</summary>
    End,
}
