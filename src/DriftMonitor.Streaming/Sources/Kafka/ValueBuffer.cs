using Confluent.Kafka;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// Copies a message's value from librdkafka's memory into one buffer, which is reused for the next message: no array is allocated per
/// message. The deserialized value is only its length, −1 for a tombstone.
/// </summary>
internal sealed class ValueBuffer : IDeserializer<int>
{
    private readonly int _maxBytes;
    private byte[] _bytes = new byte[4096];

    /// <param name="maxBytes">Longer values are not copied; check the length.</param>
    public ValueBuffer(int maxBytes) => _maxBytes = maxBytes;

    /// <summary>The last value, given its length.</summary>
    public ReadOnlySpan<byte> GetValue(int length) => _bytes.AsSpan(0, length);

    /// <inheritdoc/>
    public int Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
    {
        if (isNull)
        {
            return -1;
        }

        if (data.Length <= _maxBytes)
        {
            if (data.Length > _bytes.Length)
            {
                _bytes = new byte[Math.Min(_maxBytes, Math.Max(data.Length, 2 * _bytes.Length))];
            }

            data.CopyTo(_bytes);
        }

        return data.Length;
    }
}
