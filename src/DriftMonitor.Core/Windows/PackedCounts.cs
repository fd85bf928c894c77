using System.Numerics;
using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Windows;

/// <summary>
/// Counts that no longer change as compact bytes: only bins with events, two bytes each where the count is below 128.
/// </summary>
/// <remarks>
/// A series keeps those of each pane of its longest window, and with many segments most panes hold a few events. Each bin is the distance
/// from the bin before, then its count, both in LEB128: seven bits a byte, the lowest first; the highest bit says that more follow.
/// </remarks>
public static class PackedCounts
{
    private const int Payload = 7; // bits
    private const byte MoreFollow = 0x80;

    /// <summary>Writes the counts that are not 0.</summary>
    /// <param name="counts">One count for each bin, not negative.</param>
    public static byte[] Pack(ReadOnlySpan<long> counts)
    {
        var (size, last) = (0, -1);
        for (var bin = 0; bin < counts.Length; bin++)
        {
            if (counts[bin] != 0)
            {
                size += SizeOf(bin - last) + SizeOf(counts[bin]);
                last = bin;
            }
        }

        var packed = new byte[size];
        (size, last) = (0, -1);
        for (var bin = 0; bin < counts.Length; bin++)
        {
            if (counts[bin] != 0)
            {
                size = Write(packed, size, bin - last);
                size = Write(packed, size, counts[bin]);
                last = bin;
            }
        }

        return packed;
    }

    /// <summary>Reads the next bin and its count.</summary>
    /// <param name="packed">What <see cref="Pack"/> wrote; moved behind what is read.</param>
    /// <param name="bin">The bin before, at first −1; then this one.</param>
    /// <param name="count">Its count.</param>
    /// <returns>False if there is none left.</returns>
    public static bool TryRead(ref ReadOnlySpan<byte> packed, ref int bin, out long count)
    {
        if (packed.IsEmpty)
        {
            count = 0;
            return false;
        }

        bin += (int)Read(ref packed);
        count = Read(ref packed);
        return true;
    }

    /// <summary>The counts that were packed.</summary>
    public static long[] Unpack(ReadOnlySpan<byte> packed, int bins)
    {
        var counts = new long[bins];
        var bin = -1;
        while (TryRead(ref packed, ref bin, out var count))
        {
            counts[bin] = count;
        }

        return counts;
    }

    private static int SizeOf(long number) => (64 - BitOperations.LeadingZeroCount((ulong)number) + Payload - 1) / Payload;

    private static int Write(byte[] to, int at, long number)
    {
        for (; number >= MoreFollow; number >>= Payload)
        {
            to[at++] = (byte)(number | MoreFollow);
        }

        to[at++] = (byte)number;
        return at;
    }

    private static long Read(ref ReadOnlySpan<byte> from)
    {
        var number = 0L;
        for (var i = 0; ; i++)
        {
            number |= (long)(from[i] & ~MoreFollow) << (i * Payload);
            if (from[i] < MoreFollow)
            {
                from = from[(i + 1)..];
                return number;
            }
        }
    }

    /// <summary>Saves or loads the packed counts of panes.</summary>
    /// <param name="state">The exchange.</param>
    /// <param name="panes">The panes, oldest first; null for one without events.</param>
    /// <param name="indexes">The number of bins, or of whatever else is counted.</param>
    /// <exception cref="StateException">There are other panes or bins than fit.</exception>
    internal static void Exchange(StateExchange state, Span<byte[]?> panes, int indexes)
    {
        for (var pane = 0; ; pane++)
        {
            var next = pane;
            while (!state.IsLoading && next < panes.Length && panes[next] is null)
            {
                next++;
            }

            var empty = state.Number(next - pane);
            if (empty < 0 || empty > panes.Length - pane)
            {
                throw new StateException($"it has more panes than the {panes.Length} expected");
            }

            pane += (int)empty;
            if (pane == panes.Length)
            {
                return;
            }

            var packed = panes[pane] ?? [];
            state.Bytes(ref packed);
            panes[pane] = Check(packed, indexes);
        }
    }

    /// <summary>Checks packed counts from elsewhere.</summary>
    /// <exception cref="StateException">They are not what <see cref="Pack"/> writes for so many bins.</exception>
    internal static byte[] Check(byte[] packed, int indexes)
    {
        ReadOnlySpan<byte> rest = packed;
        var (bin, count) = (-1L, 0L);
        while (!rest.IsEmpty)
        {
            var isRead = TryCheck(ref rest, out var step);
            bin += step;
            if (!isRead || step <= 0 || bin >= indexes || !TryCheck(ref rest, out count) || count <= 0)
            {
                throw new StateException($"a pane's counts are not of {indexes} bins");
            }
        }

        return packed;
    }

    private static bool TryCheck(ref ReadOnlySpan<byte> from, out long number)
    {
        number = 0;
        for (var i = 0; i < from.Length && i * Payload < 63; i++)
        {
            number |= (long)(from[i] & ~MoreFollow) << (i * Payload);
            if (from[i] < MoreFollow)
            {
                from = from[(i + 1)..];
                return number >= 0;
            }
        }

        return false;
    }
}
