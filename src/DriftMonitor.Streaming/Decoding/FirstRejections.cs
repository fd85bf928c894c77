using System.Runtime.CompilerServices;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>The first event that was rejected for each reason: an example for people.</summary>
public sealed class FirstRejections
{
    private readonly RejectedEvent?[] _first = new RejectedEvent?[Enum.GetValues<Rejection>().Length];

    /// <summary>The first event rejected for a reason; null where there is none.</summary>
    public RejectedEvent? this[Rejection reason] => _first[(int)reason];

    /// <summary>The first of several partitions, in the order given.</summary>
    public static FirstRejections Of(IEnumerable<FirstRejections> partitions)
    {
        var all = new FirstRejections();
        foreach (var partition in partitions)
        {
            for (var reason = 0; reason < all._first.Length; reason++)
            {
                all._first[reason] ??= partition._first[reason];
            }
        }

        return all;
    }

    /// <summary>Keeps an event if it is the first that is rejected for its reason.</summary>
    /// <param name="reason">The reason.</param>
    /// <param name="raw">The event.</param>
    /// <param name="time">The bytes of its time where they are the reason; otherwise empty.</param>
    /// <param name="unpack">The array whose elements are events, where that is the reason; otherwise null.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Rejection reason, in RawEvent raw, ReadOnlySpan<byte> time = default, FieldPath? unpack = null)
    {
        if (_first[(int)reason] is null)
        {
            Keep(reason, raw, time, unpack);
        }
    }

    /// <summary>Keeps an event if it is the first that is rejected for its reason.</summary>
    internal void Add(Rejection reason, RejectedEvent? rejected) => _first[(int)reason] ??= rejected;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Keep(Rejection reason, in RawEvent raw, ReadOnlySpan<byte> time, FieldPath? unpack) =>
        _first[(int)reason] = RejectedEvent.Of(reason, raw, time, unpack);
}
