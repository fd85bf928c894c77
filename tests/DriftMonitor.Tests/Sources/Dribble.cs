namespace DriftMonitor.Tests.Sources;

/// <summary>A stream that gives a byte at a time, as a slow pipe may.</summary>
internal sealed class Dribble(byte[] bytes) : MemoryStream(bytes)
{
    public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(1, count));

    public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(1, buffer.Length)]);
}
