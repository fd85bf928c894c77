using System.Buffers.Binary;
using System.Runtime.InteropServices;
using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Monitoring;

/// <summary>
/// Joins the events of two topics by their keys: an event and the earliest one of the other topic that has the same key, waits for a
/// partner, and came at most some panes before.
/// </summary>
/// <remarks>
/// <para>
/// It is told of the events of a pane when both topics have passed it, and orders them by event time, then by topic, partition and
/// arrival. So nothing depends on how topics and partitions interleave, nor on when they are read.
/// </para>
/// <para>
/// A pair counts in the pane of its later event. An event waits to the end of the last pane in which a partner would be near enough, and
/// then counts there, alone. An event without a key counts alone at once.
/// </para>
/// <para>
/// After a pane, all events that wait are near enough to each other. So those of a key are of one topic, and the k-th to come of one topic
/// is joined with the k-th of the other, in whatever order the topics are gone through.
/// </para>
/// </remarks>
public sealed class KeyJoin
{
    /// <summary>The largest number of events that wait after a pane; of more, those that have waited longest count alone at once.</summary>
    public const int MostWaiting = 1_000_000;

    /// <summary>The largest number of events that are kept in open panes; further ones count alone.</summary>
    public const int MostOpen = 10_000_000;

    private const int BytesOfKey = 16;
    private const int Last = -1; // of those that wait with a key
    private const int Gone = -2; // waits no longer

    private readonly int _within;
    private readonly int _mostWaiting;
    private readonly int _mostOpen;
    private readonly List<Waiting> _waiting = []; // in the order of the events; some wait no longer
    private readonly Dictionary<UInt128, (int First, int Last)> _byKey = []; // places of those that wait
    private readonly List<KeyedEvent> _arrived = []; // in the pane that closes
    private readonly List<int> _single = []; // bins of its events that are joined with none
    private readonly List<JoinedPair> _pairs = [];
    private int _next; // the place of the first that may wait
    private int _ofFirst; // arrived events of the first topic
    private int _singleOfFirst;
    private int _open;

    /// <summary>A join before the first event.</summary>
    /// <param name="within">How many panes the two events of a pair may be apart.</param>
    /// <param name="mostWaiting">How many events may wait after a pane.</param>
    /// <param name="mostOpen">How many events may be kept in open panes.</param>
    public KeyJoin(int within, int mostWaiting = MostWaiting, int mostOpen = MostOpen)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(within);
        (_within, _mostWaiting, _mostOpen) = (within, mostWaiting, mostOpen);
    }

    /// <summary>How many panes the two events of a pair may be apart.</summary>
    public int Within => _within;

    /// <summary>Events in open panes.</summary>
    public int OpenEvents => _open;

    /// <summary>Events of closed panes that wait for a partner.</summary>
    public int WaitingEvents { get; private set; }

    /// <summary>Events that counted alone before their wait had ended, as there were too many.</summary>
    public long CutShort { get; private set; }

    /// <summary>For how many events there is memory, those included that wait no longer.</summary>
    public int Room => _waiting.Count;

    /// <summary>Pairs in panes that have closed, in this process.</summary>
    public long Joined { get; private set; }

    /// <summary>Events in panes that have closed that counted alone, in this process.</summary>
    public long Unmatched { get; private set; }

    /// <summary>The first pane in which a wait ends; <see cref="long.MaxValue"/> if none waits.</summary>
    public long FirstEnd => WaitingEvents == 0 ? long.MaxValue : _waiting[_next].Pane + _within;

    /// <summary>Whether another event may be kept in an open pane; if so, it is taken to be.</summary>
    internal bool TryKeep()
    {
        if (_open < _mostOpen)
        {
            _open++;
            return true;
        }

        CutShort++;
        return false;
    }

    /// <summary>Events are kept in open panes.</summary>
    internal void Keep(int events) => _open += events;

    /// <summary>Events are no longer kept in open panes.</summary>
    internal void Release(int events) => _open -= events;

    /// <summary>Takes the events of a partition of the first topic in the pane that closes; in the order of partitions.</summary>
    /// <returns>How many they are.</returns>
    public int TakeFirst(KeyedPanes partition, long pane)
    {
        var taken = partition.Take(pane, _arrived, _single);
        (_ofFirst, _singleOfFirst) = (_arrived.Count, _single.Count);
        return taken;
    }

    /// <summary>Takes those of a partition of the second topic, after all of the first.</summary>
    /// <returns>How many they are.</returns>
    public int TakeSecond(KeyedPanes partition, long pane) => partition.Take(pane, _arrived, _single);

    /// <summary>Closes the pane whose events have been taken.</summary>
    /// <param name="pane">The pane; those before it that were passed over had no event, and none whose wait ended.</param>
    /// <returns>What counts in it; valid until the next call.</returns>
    public ReadOnlySpan<JoinedPair> Close(long pane)
    {
        _pairs.Clear();
        foreach (var (place, bin) in _single.Index())
        {
            CountAlone(bin, isFirst: place < _singleOfFirst);
        }

        _arrived.Sort();
        foreach (ref readonly var arrived in CollectionsMarshal.AsSpan(_arrived))
        {
            Join(arrived, pane, isFirst: arrived.Order < _ofFirst);
        }

        while (FirstEnd <= pane)
        {
            EndWait();
        }

        for (; WaitingEvents > _mostWaiting; CutShort++)
        {
            EndWait();
        }

        Compact();
        _arrived.Clear();
        _single.Clear();
        (_ofFirst, _singleOfFirst) = (0, 0);
        return CollectionsMarshal.AsSpan(_pairs);
    }

    /// <summary>Saves or loads the events that wait.</summary>
    /// <param name="state">The state.</param>
    /// <param name="bins">The number of bins of the first topic's field.</param>
    /// <param name="otherBins">That of the second topic's.</param>
    internal void Exchange(StateExchange state, int bins, int otherBins)
    {
        List<Waiting> waiting = [.. _waiting.Where(one => one.Next != Gone)];
        var keys = new byte[waiting.Count * BytesOfKey];
        foreach (var (place, one) in waiting.Index())
        {
            BinaryPrimitives.WriteUInt128LittleEndian(keys.AsSpan(place * BytesOfKey), one.Key);
        }

        state.Bytes(ref keys);
        var next = 0;
        state.List(waiting, (ref Waiting one) =>
        {
            var (pane, side) = (state.Number(one.Pane), one.Side);
            state.Number(ref side);
            one = new Waiting(BinaryPrimitives.ReadUInt128LittleEndian(keys.AsSpan(next++ * BytesOfKey, BytesOfKey)), pane, side, Last);
            if (one.Bin >= (one.IsFirst ? bins : otherBins))
            {
                throw new StateException($"an event waits in bin {one.Bin}, which there is not");
            }
        });
        if (state.IsLoading)
        {
            Restore(waiting);
        }
    }

    private void Join(in KeyedEvent arrived, long pane, bool isFirst)
    {
        ref var places = ref CollectionsMarshal.GetValueRefOrAddDefault(_byKey, arrived.Key, out var isKnown);
        var waiting = CollectionsMarshal.AsSpan(_waiting);
        if (isKnown && waiting[places.First].IsFirst != isFirst)
        {
            var partner = waiting[places.First].Bin;
            _pairs.Add(isFirst ? new JoinedPair(arrived.Bin, partner) : new JoinedPair(partner, arrived.Bin));
            Joined++;
            EndWait(places.First);
            return;
        }

        var place = _waiting.Count;
        if (isKnown)
        {
            waiting[places.Last] = waiting[places.Last] with { Next = place };
        }

        places = (isKnown ? places.First : place, place);
        _waiting.Add(new Waiting(arrived.Key, pane, isFirst ? arrived.Bin : ~arrived.Bin, Last));
        WaitingEvents++;
    }

    // Of the event that has waited longest, which counts alone.
    private void EndWait()
    {
        var longest = _waiting[_next];
        CountAlone(longest.Bin, longest.IsFirst);
        EndWait(_next);
    }

    // Of the first that waits with its key.
    private void EndWait(int place)
    {
        ref var one = ref CollectionsMarshal.AsSpan(_waiting)[place];
        if (one.Next == Last)
        {
            _byKey.Remove(one.Key);
        }
        else
        {
            CollectionsMarshal.GetValueRefOrNullRef(_byKey, one.Key).First = one.Next;
        }

        one = one with { Next = Gone };
        WaitingEvents--;
        while (_next < _waiting.Count && _waiting[_next].Next == Gone)
        {
            _next++;
        }
    }

    // Those that wait no longer take as much room as the others at most, so an event costs the same however many wait.
    private void Compact()
    {
        if (_waiting.Count - WaitingEvents > Math.Max(WaitingEvents, 1024))
        {
            List<Waiting> waiting = new(WaitingEvents);
            waiting.AddRange(_waiting.Where(one => one.Next != Gone));
            _byKey.Clear();
            Restore(waiting);
        }
    }

    private void Restore(List<Waiting> waiting)
    {
        _waiting.Clear();
        (_next, WaitingEvents) = (0, waiting.Count);
        foreach (var (place, one) in waiting.Index())
        {
            ref var places = ref CollectionsMarshal.GetValueRefOrAddDefault(_byKey, one.Key, out var isKnown);
            if (isKnown)
            {
                _waiting[places.Last] = _waiting[places.Last] with { Next = place };
            }

            places = (isKnown ? places.First : place, place);
            _waiting.Add(one with { Next = Last });
        }
    }

    private void CountAlone(int bin, bool isFirst)
    {
        _pairs.Add(isFirst ? new JoinedPair(bin, JoinedPair.None) : new JoinedPair(JoinedPair.None, bin));
        Unmatched++;
    }

    /// <param name="Key">The hash of the key.</param>
    /// <param name="Pane">The pane of the event.</param>
    /// <param name="Side">The bin of an event of the first topic; the complement of that of one of the second.</param>
    /// <param name="Next">The place of the next that waits with this key, or <see cref="Last"/> or <see cref="Gone"/>.</param>
    private readonly record struct Waiting(UInt128 Key, long Pane, int Side, int Next)
    {
        public bool IsFirst => Side >= 0;

        public int Bin => IsFirst ? Side : ~Side;
    }
}
