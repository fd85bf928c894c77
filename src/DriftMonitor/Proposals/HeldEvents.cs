using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Proposals;

/// <summary>Events that are kept in memory, so that they can be read once for each field.</summary>
internal sealed class HeldEvents
{
    /// <summary>The largest number of records that are kept.</summary>
    public const int MostRecords = 1_000_000;

    /// <summary>The most bytes that are kept.</summary>
    public const long MostBytes = 256L * 1024 * 1024;

    private const int BlockBytes = 4 * 1024 * 1024;

    private readonly int _mostRecords;
    private readonly long _mostBytes;
    private readonly List<Held> _events = [];
    private readonly List<byte[]> _blocks = [];
    private int _used; // of the last block
    private long _bytes;

    /// <summary>Room for events.</summary>
    /// <param name="mostRecords">As <see cref="MostRecords"/>.</param>
    /// <param name="mostBytes">As <see cref="MostBytes"/>.</param>
    public HeldEvents(int mostRecords = MostRecords, long mostBytes = MostBytes) => (_mostRecords, _mostBytes) = (mostRecords, mostBytes);

    /// <summary>The number of records.</summary>
    public int Count => _events.Count;

    /// <summary>A record, in the order in which they were read.</summary>
    public RawEvent this[int place]
    {
        get
        {
            var held = _events[place];
            return new RawEvent
            {
                Partition = held.Partition,
                Offset = held.Offset,
                RecordTime = held.RecordTime,
                Value = held.Block < 0 ? default : _blocks[held.Block].AsSpan(held.Start, held.Length),
                IsTooLarge = held.IsTooLarge,
                File = held.File,
                Header = held.Header,
            };
        }
    }

    /// <summary>The partition of a record.</summary>
    public int PartitionOf(int place) => _events[place].Partition;

    /// <summary>Places of so many records at most, evenly spread over all.</summary>
    public IEnumerable<int> Spread(int most) =>
        Count <= most ? Enumerable.Range(0, Count) : Enumerable.Range(0, most).Select(i => (int)((long)i * Count / most));

    /// <summary>Copies a record.</summary>
    /// <returns>False if there is no room for it.</returns>
    public bool TryAdd(in RawEvent raw)
    {
        var value = raw.Value;
        if (_events.Count == _mostRecords || _bytes + value.Length > _mostBytes)
        {
            return false;
        }

        if (value.Length > 0 && (_blocks.Count == 0 || _blocks[^1].Length - _used < value.Length))
        {
            _blocks.Add(new byte[Math.Max(BlockBytes, value.Length)]);
            _used = 0;
        }

        var block = value.IsEmpty ? -1 : _blocks.Count - 1;
        if (block >= 0)
        {
            value.CopyTo(_blocks[block].AsSpan(_used));
        }

        _events.Add(new Held(
            raw.Partition, raw.Offset, raw.RecordTime, block, _used, value.Length, raw.IsTooLarge, raw.File, raw.Header));
        _used += value.Length;
        _bytes += value.Length;
        return true;
    }

    private readonly record struct Held(
        int Partition, long Offset, EventTime? RecordTime, int Block, int Start, int Length, bool IsTooLarge, string? File,
        CsvHeader? Header);
}
