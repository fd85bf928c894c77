namespace DriftMonitor.Streaming.Events;

/// <summary>A stream of events: Kafka topics, files, or made ones. One thread opens, reads and disposes of it.</summary>
public interface IEventSource : IDisposable
{
    /// <summary>
    /// What keeps events from coming, in a sentence with its remedy; null when nothing does. A broker's own words may be part of it, line
    /// ends and all. May be read from any thread.
    /// </summary>
    string? Trouble { get; }

    /// <summary>The index of a topic. Files stand in for every topic, as one.</summary>
    /// <exception cref="ArgumentException">The source does not read the topic.</exception>
    int TopicOf(string topic);

    /// <summary>The number of a topic's partitions; 0 while it is not known.</summary>
    int Partitions(int topic);

    /// <summary>The next event, or what there is to know instead of one.</summary>
    /// <param name="patience">How long to wait for one.</param>
    /// <param name="raw">The event; for other signals, the topic and partition that they are about.</param>
    /// <exception cref="SourceException">The source can't go on: the process ends with a non-zero code.</exception>
    SourceSignal Next(TimeSpan patience, out RawEvent raw);

    /// <summary>How far the partitions have been read.</summary>
    IReadOnlyList<Progress> Progress();

    /// <summary>How much of a bounded source has been read, from 0 to 1; null where its size is not known.</summary>
    double? FractionRead => null;

    /// <summary>Tells the broker how far the group has read, for lag dashboards only; failure is logged and never fatal.</summary>
    void Commit();
}
