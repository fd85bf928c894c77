using System.Runtime.InteropServices;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Tests.Independent;

/// <summary>A stream that ends, in batches of the given sizes, over and over.</summary>
/// <param name="topics">The topics, each with the same number of partitions.</param>
/// <param name="partitions">How many these are.</param>
/// <param name="events">The events in the order in which they come.</param>
/// <param name="cuts">The sizes.</param>
/// <param name="start">How many events are left out at the start; the offsets of the others are those that they have in any case.</param>
internal sealed class CutSource(string[] topics, int partitions, CutSource.Event[] events, int[] cuts, int start = 0) : IEventSource
{
    private readonly CopiedBatch _batch = new();
    private int _batches;
    private readonly Dictionary<(int Topic, int Partition), long> _offsets = events[..start]
        .CountBy(each => (each.Topic, each.Partition)).ToDictionary(partition => partition.Key, partition => (long)partition.Value);

    private int _next = start;

    /// <summary>How many events have been read or left out.</summary>
    public int Next => _next;

    /// <inheritdoc/>
    public string? Trouble => null;

    /// <inheritdoc/>
    public int TopicOf(string topic) => Array.IndexOf(topics, topic);

    /// <inheritdoc/>
    public int Partitions(int topic) => partitions;

    /// <inheritdoc/>
    public EventBatch Read(TimeSpan patience)
    {
        _batch.Clear();
        for (var topic = 0; topic < topics.Length && _batches == 0; topic++)
        {
            _batch.Append(SourceSignal.Partitions, topic);
        }

        for (var left = cuts[_batches++ % cuts.Length]; left > 0 && _next < events.Length; left--)
        {
            var next = events[_next++];
            ref var offset = ref CollectionsMarshal.GetValueRefOrAddDefault(_offsets, (next.Topic, next.Partition), out _);
            _batch.Append(new RawEvent
            {
                Topic = next.Topic,
                Partition = next.Partition,
                Offset = offset++,
                RecordTime = next.RecordTime,
                Value = next.Value,
                Key = next.Key,
            });
        }

        if (_next == events.Length)
        {
            _batch.Append(SourceSignal.End);
        }

        return _batch;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Progress> Progress() =>
        [.. _offsets.Select(partition => new Progress(
            new Position(topics[partition.Key.Topic], partition.Key.Partition, partition.Value), null))];

    /// <inheritdoc/>
    public void Commit(IReadOnlyList<Progress> positions)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>An event.</summary>
    public sealed record Event(int Topic, int Partition, EventTime? RecordTime, byte[] Value)
    {
        /// <summary>Its record's key; empty for none.</summary>
        public byte[] Key { get; init; } = [];
    }
}
