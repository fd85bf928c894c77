namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>Bytes that have been read already, followed by the rest of their stream.</summary>
internal sealed class PrefixedStream(byte[] prefix, Stream rest) : ForwardOnlyStream
{
    private int _at;

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_at == prefix.Length)
        {
            return rest.Read(buffer, offset, count);
        }

        var length = Math.Min(count, prefix.Length - _at);
        prefix.AsSpan(_at, length).CopyTo(buffer.AsSpan(offset));
        _at += length;
        return length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            rest.Dispose();
        }

        base.Dispose(disposing);
    }
}
