using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>
/// Expects the keys of an object in the order of the object before, so that a key is compared once and not searched for its end.
/// </summary>
/// <remarks>
/// Most producers write the same keys in the same order. Where they don't, prediction costs more than it saves, so it turns itself off when
/// it misses too often, and tries again after <see cref="Rest"/> objects. Nothing is allocated after the first object.
/// </remarks>
internal sealed class KeyPrediction
{
    private const int MostKeys = 64;
    private const int LongestKey = 64;
    private const int MostCredit = 64;
    private const int Loss = 8; // a miss costs as much as so many hits gain
    private const int Rest = 16_384; // objects

    private byte[] _texts = []; // each key as it is written, from its first byte to the colon, at a fixed distance
    private readonly byte[] _lengths = new byte[MostKeys];
    private readonly PathNode?[] _children = new PathNode?[MostKeys];
    private int _count;
    private int _credit = MostCredit;
    private int _resting;

    /// <summary>Whether keys are expected in the object that begins now.</summary>
    public bool Begin()
    {
        if (_resting == 0)
        {
            return true;
        }

        if (--_resting == 0)
        {
            (_count, _credit) = (0, MostCredit);
        }

        return false;
    }

    /// <summary>Whether the key at a place is the expected one.</summary>
    /// <param name="place">How many keys of the object came before.</param>
    /// <param name="key">The key's first byte.</param>
    /// <param name="available">Bytes that may be read from there on.</param>
    /// <param name="length">The bytes of the key, its closing quote and the colon.</param>
    /// <param name="child">Where the key leads.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryMatch(int place, ref byte key, nint available, out int length, out PathNode? child)
    {
        if ((uint)place < (uint)_count && _lengths[place] is > 0 and var learned) // 0: the key there was one that can't be learned
        {
            length = learned;
            ref var expected = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_texts), place * LongestKey);
            if (length <= available
                && MemoryMarshal.CreateReadOnlySpan(ref key, length).SequenceEqual(MemoryMarshal.CreateReadOnlySpan(ref expected, length)))
            {
                child = _children[place];
                _credit += _credit < MostCredit ? 1 : 0;
                return true;
            }

            _credit -= Loss;
        }

        (length, child) = (0, null);
        return false;
    }

    /// <summary>Expects a key at a place from now on.</summary>
    /// <param name="place">How many keys of the object came before.</param>
    /// <param name="key">The key as it is written, from the first byte to the colon; without escapes or blanks.</param>
    /// <param name="child">Where it leads.</param>
    /// <returns>Whether keys are still expected in this object.</returns>
    public bool Learn(int place, ReadOnlySpan<byte> key, PathNode? child)
    {
        if (_credit <= 0)
        {
            _resting = Rest;
            return false;
        }

        if (place >= MostKeys || key.Length > LongestKey)
        {
            return false;
        }

        _texts = _texts.Length == 0 ? new byte[MostKeys * LongestKey] : _texts;
        key.CopyTo(_texts.AsSpan(place * LongestKey));
        _lengths[place] = (byte)key.Length;
        _children[place] = child;
        _count = Math.Max(_count, place + 1);
        return true;
    }
}
