namespace DriftMonitor.Streaming.Decoding;

/// <summary>Protobuf's wire format, as far as needed to recognise it.</summary>
internal static class ProtobufWire
{
    /// <summary>Whether the bytes behind a schema registry's frame are message indexes, and fields of Protobuf up to the end.</summary>
    public static bool IsMessage(ReadOnlySpan<byte> payload)
    {
        // The indexes of the message in its schema: how many there are, and each, in zigzag; a single 0 is the list of one 0.
        if (!TryReadVarint(ref payload, out var count) || (count & 1) != 0 || count / 2 > (ulong)payload.Length)
        {
            return false;
        }

        for (var index = 0UL; index < count / 2; index++)
        {
            if (!TryReadVarint(ref payload, out _))
            {
                return false;
            }
        }

        if (payload.IsEmpty)
        {
            return false; // so little is anything
        }

        while (!payload.IsEmpty)
        {
            if (!TryReadVarint(ref payload, out var tag) || tag < 1 << 3 || !TrySkip(ref payload, (int)(tag & 7)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TrySkip(ref ReadOnlySpan<byte> rest, int wireType)
    {
        ulong length = 0;
        var isKnown = wireType switch
        {
            0 => TryReadVarint(ref rest, out _),
            1 => (length = sizeof(ulong)) > 0,
            2 => TryReadVarint(ref rest, out length),
            5 => (length = sizeof(uint)) > 0,
            _ => false,
        };
        if (!isKnown || length > (ulong)rest.Length)
        {
            return false;
        }

        rest = rest[(int)length..];
        return true;
    }

    private static bool TryReadVarint(ref ReadOnlySpan<byte> rest, out ulong value)
    {
        value = 0;
        for (var i = 0; i < rest.Length && i < 10; i++)
        {
            value |= (ulong)(rest[i] & 0x7F) << (7 * i);
            if (rest[i] < 0x80)
            {
                rest = rest[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
