using Confluent.Kafka;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>The headers of a message of Confluent.Kafka.</summary>
/// <param name="headers">The headers; null for none.</param>
internal readonly struct MessageHeaders(Headers? headers) : ICloudEventHeaders
{
    /// <summary>The content type of a message; empty where there is none.</summary>
    public static ReadOnlySpan<byte> ContentTypeIn(Headers? headers) =>
        headers is not null && (headers.TryGetLastBytes("content-type", out var type) || headers.TryGetLastBytes("Content-Type", out type))
            ? type
            : default;

    /// <inheritdoc/>
    public bool TryGet(CloudEventHeader header, out ReadOnlySpan<byte> value)
    {
        byte[]? bytes = null;
        var isThere = headers is not null && headers.TryGetLastBytes(header.OfRecord, out bytes);
        value = bytes;
        return isThere;
    }
}
