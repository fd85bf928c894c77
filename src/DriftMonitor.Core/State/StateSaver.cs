using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace DriftMonitor.Core.State;

/// <summary>Saves state into memory.</summary>
public sealed class StateSaver : StateExchange
{
    private const int Payload = 7; // bits
    private const byte MoreFollow = 0x80;
    private const int LongestNumber = 10; // bytes

    private readonly ArrayBufferWriter<byte> _buffer = new();

    /// <inheritdoc/>
    public override int Version => CurrentVersion;

    /// <inheritdoc/>
    public override bool IsLoading => false;

    /// <summary>What has been saved.</summary>
    public ReadOnlyMemory<byte> Saved => _buffer.WrittenMemory;

    /// <inheritdoc/>
    /// <remarks>In LEB128, seven bits a byte; the sign is the lowest bit, so that small negative numbers are short too.</remarks>
    public override void Number(ref long number)
    {
        var span = _buffer.GetSpan(LongestNumber);
        var rest = (ulong)(number << 1) ^ (ulong)(number >> 63);
        var length = 0;
        for (; rest >= MoreFollow; rest >>= Payload)
        {
            span[length++] = (byte)(rest | MoreFollow);
        }

        span[length++] = (byte)rest;
        _buffer.Advance(length);
    }

    /// <inheritdoc/>
    public override void Number(ref double number)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(_buffer.GetSpan(sizeof(double)), number);
        _buffer.Advance(sizeof(double));
    }

    /// <inheritdoc/>
    public override void Bytes(ref byte[] bytes) => Write(bytes);

    /// <inheritdoc/>
    public override void Text(ref string text) => Write(Encoding.UTF8.GetBytes(text));

    /// <inheritdoc/>
    public override int Count(int count) => (int)Number((long)count);

    private void Write(ReadOnlySpan<byte> bytes)
    {
        Count(bytes.Length);
        _buffer.Write(bytes);
    }
}
