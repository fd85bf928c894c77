using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>Counts the events that the logs no longer held when they were to be read. One thread uses it.</summary>
internal sealed class KafkaLosses
{
    private readonly Dictionary<(string Topic, LossReason Reason), long> _counts = [];

    /// <summary>The counts so far; an occurrence in which nothing was lost counts as 0.</summary>
    public IReadOnlyList<LostEvents> Counts =>
        [.. _counts.Select(loss => new LostEvents(loss.Key.Topic, loss.Key.Reason, loss.Value))];

    /// <summary>Adds events that are lost.</summary>
    public void Add(string topic, LossReason reason, long count) =>
        _counts[(topic, reason)] = _counts.GetValueOrDefault((topic, reason)) + count;
}
