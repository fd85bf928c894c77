using Confluent.Kafka;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// Copies a message's key from librdkafka's memory into one buffer, which is reused for the next message. Nothing is deserialized.
/// </summary>
internal sealed class KeyBuffer : IDeserializer<Ignore>
{
    private byte[] _bytes = new byte[256];
    private int _length;

    /// <summary>The last key; empty where the message had none.</summary>
    public ReadOnlySpan<byte> Key => _bytes.AsSpan(0, _length);

    /// <inheritdoc/>
    public Ignore Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
    {
        _length = isNull ? 0 : data.Length;
        if (_length > _bytes.Length)
        {
            _bytes = new byte[Math.Max(_length, 2 * _bytes.Length)];
        }

        data[.._length].CopyTo(_bytes);
        return null!; // as the deserializer that it replaces
    }
}
