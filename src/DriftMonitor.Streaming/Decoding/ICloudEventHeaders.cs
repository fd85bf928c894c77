namespace DriftMonitor.Streaming.Decoding;

/// <summary>The headers that came with a value.</summary>
public interface ICloudEventHeaders
{
    /// <summary>A header's value, as UTF-8 text; it lasts until the next call.</summary>
    /// <returns>Whether there is such a header.</returns>
    bool TryGet(CloudEventHeader header, out ReadOnlySpan<byte> value);
}
