using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace DriftMonitor.Core.Binning;

/// <summary>Finds the place of a text in a fixed list, by its UTF-8 bytes: a few nanoseconds, and nothing is allocated.</summary>
/// <remarks>
/// The hash is the first 8 bytes and the length, multiplied by a constant. The constant is searched for when the table is made, so that few
/// of the listed texts share a slot. Texts of equal length with the same first 8 bytes always share one; comparison distinguishes them.
/// Where many listed texts do so, the hash is taken from all bytes.
/// </remarks>
internal sealed class CategoryTable
{
    private const int HeadLength = sizeof(ulong);
    private const int MostTries = 64;
    private const int LongestProbe = 8;

    private readonly byte[][] _texts;
    private readonly Slot[] _slots; // a power of two; open addressing
    private readonly ulong _multiplier;
    private readonly int _shift;
    private readonly bool _hashesAll;

    /// <summary>A table of different texts.</summary>
    public CategoryTable(IReadOnlyList<string> texts)
    {
        _texts = [.. texts.Select(Encoding.UTF8.GetBytes)];
        var bits = Math.Max(2, BitOperations.Log2((uint)Math.Max(1, texts.Count)) + 2);
        _shift = 64 - bits;
        (_multiplier, _hashesAll, _slots) = Best(bits);
    }

    /// <summary>The place of a text in the list; −1 where it is not listed.</summary>
    public int Find(ReadOnlySpan<byte> text)
    {
        var head = HeadOf(text);
        var slot = (int)(HashOf(text, head, _multiplier, _hashesAll) >> _shift);
        while (true)
        {
            ref readonly var candidate = ref _slots[slot];
            if (candidate.Place < 0)
            {
                return -1;
            }

            if (candidate.Head == head && candidate.Length == text.Length
                && (text.Length <= HeadLength || text[HeadLength..].SequenceEqual(_texts[candidate.Place].AsSpan(HeadLength))))
            {
                return candidate.Place;
            }

            slot = (slot + 1) & (_slots.Length - 1);
        }
    }

    private (ulong Multiplier, bool HashesAll, Slot[] Slots) Best(int bits)
    {
        // Odd constants from a fixed sequence (Knuth's 2⁶⁴/φ first): the table is the same in every process.
        var multiplier = 0x9E3779B97F4A7C15UL;
        (ulong Multiplier, bool HashesAll, Slot[] Slots, int Probe) best = (multiplier, false, [], int.MaxValue);
        for (var attempt = 0; attempt < MostTries && best.Probe > 1; attempt++)
        {
            var hashesAll = attempt >= MostTries / 2 && best.Probe > LongestProbe;
            var (slots, probe) = Fill(bits, multiplier, hashesAll);
            best = probe < best.Probe ? (multiplier, hashesAll, slots, probe) : best;
            multiplier = multiplier * 6364136223846793005UL + 1442695040888963407UL | 1;
        }

        return (best.Multiplier, best.HashesAll, best.Slots);
    }

    private (Slot[] Slots, int LongestProbe) Fill(int bits, ulong multiplier, bool hashesAll)
    {
        var slots = new Slot[1 << bits];
        slots.AsSpan().Fill(new Slot(0, 0, -1));
        var longest = 0;
        for (var place = 0; place < _texts.Length; place++)
        {
            var text = _texts[place];
            var head = HeadOf(text);
            var slot = (int)(HashOf(text, head, multiplier, hashesAll) >> (64 - bits));
            var probe = 1;
            for (; slots[slot].Place >= 0; probe++)
            {
                slot = (slot + 1) & (slots.Length - 1);
            }

            slots[slot] = new Slot(head, text.Length, place);
            longest = Math.Max(longest, probe);
        }

        return (slots, longest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong HashOf(ReadOnlySpan<byte> text, ulong head, ulong multiplier, bool hashesAll)
    {
        var hash = head ^ ((ulong)(uint)text.Length << 56);
        if (hashesAll)
        {
            for (var from = HeadLength; from < text.Length; from += HeadLength)
            {
                hash = BitOperations.RotateLeft(hash * multiplier, 29) ^ HeadOf(text[from..]);
            }
        }

        return hash * multiplier;
    }

    // The first 8 bytes, zeros after the end; read without a loop.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong HeadOf(ReadOnlySpan<byte> text)
    {
        ref var first = ref MemoryMarshal.GetReference(text);
        return text.Length switch
        {
            >= 8 => Unsafe.ReadUnaligned<ulong>(ref first),
            >= 4 => Unsafe.ReadUnaligned<uint>(ref first)
                | ((ulong)Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref first, text.Length - 4)) << (8 * (text.Length - 4))),
            >= 2 => Unsafe.ReadUnaligned<ushort>(ref first)
                | ((ulong)Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref first, text.Length - 2)) << (8 * (text.Length - 2))),
            1 => first,
            _ => 0,
        };
    }

    private readonly record struct Slot(ulong Head, int Length, int Place);
}
