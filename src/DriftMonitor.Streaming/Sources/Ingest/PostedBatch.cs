using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Ingest;

/// <summary>Events in the bodies that brought them.</summary>
internal sealed class PostedBatch : EventBatch
{
    private readonly Event[] _events = new Event[IngestSource.MostEvents];
    private int _count;

    /// <summary>Whether there is no room for another event.</summary>
    public bool IsFull => _count == _events.Length;

    /// <inheritdoc/>
    public override RawEvent this[int place]
    {
        get
        {
            ref readonly var posted = ref _events[place];
            return new RawEvent
            {
                Topic = posted.Topic,
                Offset = posted.Offset,
                RecordTime = posted.RecordTime,
                Value = posted.Line.Span,
            };
        }
    }

    /// <summary>Removes everything.</summary>
    public void Clear()
    {
        ClearRuns();
        _events.AsSpan(0, _count).Clear();
        _count = 0;
    }

    /// <summary>Appends an event.</summary>
    public void Append(int topic, long offset, EventTime recordTime, ReadOnlyMemory<byte> line)
    {
        AppendEvent(topic, partition: 0, _count);
        _events[_count++] = new Event(topic, offset, recordTime, line);
    }

    /// <summary>Appends another signal than an event.</summary>
    public void Append(SourceSignal signal, int topic) => AppendSignal(signal, topic);

    private readonly record struct Event(int Topic, long Offset, EventTime RecordTime, ReadOnlyMemory<byte> Line);
}
