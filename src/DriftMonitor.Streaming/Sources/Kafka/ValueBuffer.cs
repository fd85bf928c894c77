using Confluent.Kafka;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// Takes a message's value out of librdkafka's memory into one buffer that is used again for the next: no array is made for a message.
/// What is deserialized is only the value's length, −1 for a tombstone.
/// </summary>
internal sealed class ValueBuffer : IDeserializer<int>
{
    private readonly int _largest;
    private byte[] _bytes = new byte[4096];

    /// <param name="largest">Longer values are not taken; their length tells.</param>
    public ValueBuffer(int largest) => _largest = largest;

    /// <summary>The first bytes of the last value.</summary>
    public ReadOnlySpan<byte> First(int length) => _bytes.AsSpan(0, length);

    /// <inheritdoc/>
    public int Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
    {
        if (isNull)
        {
            return -1;
        }

        if (data.Length <= _largest)
        {
            if (data.Length > _bytes.Length)
            {
                _bytes = new byte[Math.Min(_largest, Math.Max(data.Length, 2 * _bytes.Length))];
            }

            data.CopyTo(_bytes);
        }

        return data.Length;
    }
}
