using System.Buffers.Binary;
using System.Runtime.InteropServices;
using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Monitoring;

/// <summary>
/// The events of one partition in panes that are still open, kept until both topics of a <see cref="KeyJoin"/> have come as far.
/// </summary>
/// <param name="join">What they are joined by, which limits how many are kept.</param>
/// <param name="bins">The number of bins.</param>
public sealed class KeyedPanes(KeyJoin join, int bins)
{
    private const int BytesOfKey = 16;

    private readonly Dictionary<long, Pane> _panes = [];
    private readonly Stack<Pane> _spares = [];
    private long _current; // the pane added to last
    private Pane? _last;

    /// <summary>Keeps an event.</summary>
    /// <param name="pane">Its pane.</param>
    /// <param name="time">Its event time, in milliseconds.</param>
    /// <param name="bin">The bin of its value.</param>
    /// <param name="key">The hash of its record's key; null where the record has none.</param>
    public void Add(long pane, long time, int bin, UInt128? key)
    {
        if (_last is null || pane != _current)
        {
            (_last, _current) = (PaneFor(pane), pane);
        }

        if (key is { } known && join.TryKeep())
        {
            _last.Events.Add(new KeyedEvent(known, time, bin, 0));
        }
        else
        {
            _last.Single.Add(bin);
        }
    }

    /// <summary>How many panes have events.</summary>
    public int Count => _panes.Count;

    /// <summary>The panes with events, in no order.</summary>
    internal IEnumerable<long> Panes => _panes.Keys;

    /// <summary>The first pane with events from a pane on; <see cref="long.MaxValue"/> if there is none.</summary>
    internal long FirstFrom(long pane)
    {
        var first = long.MaxValue;
        foreach (var open in _panes.Keys)
        {
            first = open >= pane ? Math.Min(first, open) : first;
        }

        return first;
    }

    /// <summary>Moves the events of a pane that closes into lists.</summary>
    /// <param name="pane">The pane.</param>
    /// <param name="events">Receives those with a key, in the order of their arrival.</param>
    /// <param name="single">Receives the bins of those that have none, or were too many.</param>
    /// <returns>How many events they are.</returns>
    internal int Take(long pane, List<KeyedEvent> events, List<int> single)
    {
        if (!_panes.Remove(pane, out var taken))
        {
            return 0;
        }

        var count = taken.Events.Count + taken.Single.Count;
        foreach (var one in CollectionsMarshal.AsSpan(taken.Events))
        {
            events.Add(one with { Order = events.Count });
        }

        single.AddRange(CollectionsMarshal.AsSpan(taken.Single));
        join.Release(taken.Events.Count);
        taken.Events.Clear();
        taken.Single.Clear();
        _spares.Push(taken);
        _last = null;
        return count;
    }

    /// <summary>Saves or loads a key.</summary>
    internal static UInt128? Exchange(StateExchange state, UInt128? key)
    {
        if (!state.Flag(key is not null))
        {
            return null;
        }

        var (upper, lower) = ((ulong)(key.GetValueOrDefault() >> 64), (ulong)key.GetValueOrDefault());
        return new UInt128((ulong)state.Number((long)upper), (ulong)state.Number((long)lower));
    }

    internal void Exchange(StateExchange state)
    {
        List<long> panes = [.. _panes.Keys.Order()];
        state.List(panes, (ref long pane) =>
        {
            state.Number(ref pane);
            Exchange(state, PaneFor(pane));
        });
        _last = null;
    }

    private void Exchange(StateExchange state, Pane pane)
    {
        var keys = new byte[pane.Events.Count * BytesOfKey];
        foreach (var (place, one) in pane.Events.Index())
        {
            BinaryPrimitives.WriteUInt128LittleEndian(keys.AsSpan(place * BytesOfKey), one.Key);
        }

        state.Bytes(ref keys);
        var next = 0;
        state.List(pane.Events, (ref KeyedEvent one) =>
        {
            var (time, bin) = (state.Number(one.Time), Exchange(state, one.Bin));
            one = new KeyedEvent(BinaryPrimitives.ReadUInt128LittleEndian(keys.AsSpan(next++ * BytesOfKey, BytesOfKey)), time, bin, 0);
        });
        state.List(pane.Single, (ref int bin) => bin = Exchange(state, bin));
        if (state.IsLoading)
        {
            join.Keep(pane.Events.Count);
        }
    }

    private int Exchange(StateExchange state, int bin)
    {
        state.Number(ref bin);
        return bin >= 0 && bin < bins ? bin : throw new StateException($"an event is in bin {bin}, which there is not");
    }

    private Pane PaneFor(long pane)
    {
        ref var open = ref CollectionsMarshal.GetValueRefOrAddDefault(_panes, pane, out _);
        return open ??= _spares.TryPop(out var spare) ? spare : new Pane();
    }

    private sealed class Pane
    {
        public List<KeyedEvent> Events { get; } = [];

        public List<int> Single { get; } = []; // bins of events that are joined with none
    }
}
