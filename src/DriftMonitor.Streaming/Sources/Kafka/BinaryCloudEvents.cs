using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// The structured form of those records of a queue that are CloudEvents in binary mode, until the queue is read again. Topics whose
/// monitors do not read CloudEvents are left alone: their headers are not even parsed.
/// </summary>
internal sealed class BinaryCloudEvents
{
    private const int BlockBytes = 1024 * 1024;
    private const int MostKept = 16; // blocks, from one batch to the next

    private readonly IRecordQueue _records;
    private readonly IReadOnlyList<CloudEventHeader>?[] _attributes; // by topic
    private readonly CloudEventEnvelope _envelope = new();
    private readonly List<byte[]> _blocks = [new byte[BlockBytes]];
    private (int Block, int Start, int Length)[] _places = new (int, int, int)[1024]; // by place in the queue; without length for none
    private int _block; // the one that is being filled
    private int _used; // of it
    private int _count; // places up to the last one that has an envelope

    /// <summary>For the records of a queue.</summary>
    /// <param name="records">The queue.</param>
    /// <param name="settings">Which of the topics have CloudEvents.</param>
    public BinaryCloudEvents(IRecordQueue records, KafkaSourceSettings settings)
    {
        _records = records;
        _attributes = [.. settings.Topics.Select(topic => settings.CloudEvents.GetValueOrDefault(topic))];
    }

    /// <summary>Forgets all records.</summary>
    public void Clear()
    {
        if (_count > 0)
        {
            _places.AsSpan(0, _count).Clear();
            _blocks.RemoveAll(block => block.Length > BlockBytes);
            if (_blocks.Count > MostKept)
            {
                _blocks.RemoveRange(MostKept, _blocks.Count - MostKept);
            }

            (_block, _used, _count) = (0, 0, 0);
        }
    }

    /// <summary>Takes a record, if it is in binary mode.</summary>
    /// <param name="topic">The topic's index.</param>
    /// <param name="place">The record's place in the queue.</param>
    public void Take(int topic, int place)
    {
        if (_attributes[topic] is not { } attributes || _records[place].Value is not { IsEmpty: false } value
            || KafkaHeaders.IsStructured(_records, place)
            || !_envelope.TryWrite(attributes, new KafkaHeaders(_records, place), value, out var envelope))
        {
            return;
        }

        while (_blocks[_block].Length - _used < envelope.Length)
        {
            _used = 0;
            if (++_block == _blocks.Count)
            {
                _blocks.Add(new byte[Math.Max(BlockBytes, envelope.Length)]);
            }
        }

        if (_places.Length <= place)
        {
            Array.Resize(ref _places, 2 * place);
        }

        envelope.CopyTo(_blocks[_block].AsSpan(_used));
        _places[place] = (_block, _used, envelope.Length);
        _used += envelope.Length;
        _count = place + 1;
    }

    /// <summary>The structured form of a record; empty where it needs none. Any thread may ask.</summary>
    public ReadOnlySpan<byte> ValueAt(int place) =>
        place < _count && _places[place] is { Length: > 0 } at ? _blocks[at.Block].AsSpan(at.Start, at.Length) : default;

    private readonly ref struct KafkaHeaders(IRecordQueue records, int place) : ICloudEventHeaders
    {
        public static bool IsStructured(IRecordQueue records, int place) =>
            (records.TryGetHeader(place, "content-type", out var type) || records.TryGetHeader(place, "Content-Type", out type))
            && CloudEventEnvelope.IsStructured(type);

        public bool TryGet(CloudEventHeader header, out ReadOnlySpan<byte> value) =>
            records.TryGetHeader(place, header.OfRecord, out value);
    }
}
