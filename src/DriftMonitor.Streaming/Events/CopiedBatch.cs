using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming.Events;

/// <summary>A batch of copies, for sources whose events have no memory that lasts as long as a batch.</summary>
public sealed class CopiedBatch : EventBatch
{
    private readonly List<Event> _events = [];
    private byte[] _bytes = new byte[1024];
    private int _used;

    /// <inheritdoc/>
    public override RawEvent this[int place]
    {
        get
        {
            var copied = _events[place];
            return new RawEvent
            {
                Topic = copied.Topic,
                Partition = copied.Partition,
                Offset = copied.Offset,
                RecordTime = copied.RecordTime,
                Value = _bytes.AsSpan(copied.Start, copied.Length),
                Key = _bytes.AsSpan(copied.Start + copied.Length, copied.KeyLength),
                IsTooLarge = copied.IsTooLarge,
                Header = copied.Header,
            };
        }
    }

    /// <summary>Removes everything.</summary>
    public void Clear()
    {
        ClearRuns();
        _events.Clear();
        _used = 0;
    }

    /// <summary>Copies an event to the end of the batch.</summary>
    public void Append(in RawEvent raw)
    {
        var length = raw.Value.Length + raw.Key.Length;
        if (_bytes.Length - _used < length)
        {
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _used + length));
        }

        raw.Value.CopyTo(_bytes.AsSpan(_used));
        raw.Key.CopyTo(_bytes.AsSpan(_used + raw.Value.Length));
        AppendEvent(raw.Topic, raw.Partition, _events.Count);
        _events.Add(new Event(
            raw.Topic, raw.Partition, raw.Offset, raw.RecordTime, _used, raw.Value.Length, raw.Key.Length, raw.IsTooLarge, raw.Header));
        _used += length;
    }

    /// <summary>Appends another signal than an event.</summary>
    public void Append(SourceSignal signal, int topic = 0, int partition = 0) => AppendSignal(signal, topic, partition);

    private readonly record struct Event(
        int Topic, int Partition, long Offset, EventTime? RecordTime, int Start, int Length, int KeyLength, bool IsTooLarge,
        CsvHeader? Header);
}
