using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Monitoring;

/// <summary>What one partition of the topic that windows are compared with contributes: counts in open panes.</summary>
public sealed class ReferenceFold
{
    private readonly OpenPanes _panes;
    private readonly RejectedPanes _rejected;
    private readonly DerivedValues? _derived; // null where values do not depend on the events before
    private readonly KeyedPanes? _keyed; // events that are joined with those of the monitor's own topic; null where there is no join
    private readonly int _missingBin; // of those
    private readonly EventsOfWords? _texts; // null where an event is one value
    private Queue<(int Bin, double X, UInt128? Key)>? _held; // what the clock holds

    internal ReferenceFold(PartitionClock clock, int bins, DerivedValues? derived = null, bool countsWords = false)
    {
        (Clock, _panes, _rejected, _derived) = (clock, new OpenPanes(bins), new RejectedPanes(clock), derived);
        _texts = countsWords ? new EventsOfWords(bins) : null;
    }

    internal ReferenceFold(PartitionClock clock, KeyedPanes keyed, int missingBin)
        : this(clock, bins: 0) => (_keyed, _missingBin) = (keyed, missingBin);

    /// <summary>Judges the partition's event times.</summary>
    public PartitionClock Clock { get; }

    /// <summary>Events that are joined.</summary>
    public long Counted { get; private set; }

    /// <summary>Those of them without a value of the field.</summary>
    public long Missing { get; private set; }

    /// <summary>Counts an event that <see cref="Clock"/> has admitted.</summary>
    public void Count(long pane, int bin)
    {
        _rejected.OnAdmitted(pane);
        _panes.Add(pane, bin);
    }

    /// <summary>Counts an event that <see cref="Clock"/> has admitted by its words.</summary>
    /// <param name="pane">Its pane.</param>
    /// <param name="bins">The bins of its words, or that of an event without any.</param>
    public void CountWords(long pane, ReadOnlySpan<int> bins)
    {
        _rejected.OnAdmitted(pane);
        foreach (var bin in bins)
        {
            _panes.Add(pane, bin);
        }

        _texts!.Add(pane);
    }

    /// <summary>As <see cref="PartitionFold.CountDerived"/>: an event without enough before it counts in no window.</summary>
    public void CountDerived(long pane, EventTime time, int bin, double x)
    {
        _rejected.OnAdmitted(pane);
        if (_derived!.TryNext(0, time, ref x, ref bin))
        {
            _panes.Add(pane, bin);
        }
    }

    /// <summary>As <see cref="PartitionFold.CountKeyed"/>.</summary>
    public void CountKeyed(long pane, EventTime time, int bin, UInt128? key)
    {
        _rejected.OnAdmitted(pane);
        Counted++;
        Missing += bin == _missingBin ? 1 : 0;
        _keyed!.Add(pane, time.Milliseconds, bin, key);
    }

    /// <summary>Counts an event that was rejected, by <see cref="Clock"/> or before.</summary>
    public void Reject() => _rejected.Add();

    /// <summary>Keeps an event that <see cref="Clock"/> holds.</summary>
    public void Hold(int bin, double x, UInt128? key = null) => (_held ??= new(PartitionClock.MostHeld)).Enqueue((bin, x, key));

    /// <summary>Keeps an event that <see cref="Clock"/> holds and that is counted by its words.</summary>
    public void HoldWords(ReadOnlySpan<int> bins)
    {
        _texts!.Hold(bins);
        Hold(0, 0);
    }

    /// <summary>Keeps the place of an event that <see cref="Clock"/> holds and that is not to be counted.</summary>
    public void HoldOther()
    {
        _texts?.Hold([]);
        Hold(0, 0);
    }

    /// <summary>Counts or rejects the event that has been held longest.</summary>
    /// <param name="admission">What <see cref="Clock"/> decided.</param>
    public void Settle(in Admission admission)
    {
        var (bin, x, key) = _held!.Dequeue();
        var words = _texts?.TakeHeld();
        if (admission.IsOther)
        {
            return;
        }

        if (admission.Reason != Rejection.None)
        {
            _rejected.Add(admission.Pane);
        }
        else if (_keyed is not null)
        {
            CountKeyed(admission.Pane!.Value, admission.Time!.Value, bin, key);
        }
        else if (words is not null)
        {
            CountWords(admission.Pane!.Value, words);
        }
        else if (_derived is null)
        {
            Count(admission.Pane!.Value, bin);
        }
        else
        {
            CountDerived(admission.Pane!.Value, admission.Time!.Value, bin, x);
        }
    }

    /// <summary>The panes with events, counted or rejected, in no order.</summary>
    internal IEnumerable<long> Panes => _panes.Panes.Concat(_rejected.Panes);

    /// <summary>Removes the events rejected in a pane that closes.</summary>
    /// <returns>How many they are.</returns>
    internal long TakeRejected(long pane) => _rejected.Take(pane);

    /// <summary>Removes the counts of a pane that closes; null where there are none.</summary>
    internal long[]? Take(long pane) => _panes.Take(pane);

    /// <summary>The events that are to be joined; null where there is no join.</summary>
    internal KeyedPanes? Keyed => _keyed;

    /// <summary>How many events the counts of a pane that closes are.</summary>
    /// <param name="pane">The pane; asked for once.</param>
    /// <param name="values">The number of values in them.</param>
    internal long TakeEvents(long pane, long values) => _texts is null ? values : _texts.Take(pane);

    /// <summary>Gives back counts that <see cref="Take"/> gave.</summary>
    internal void Reuse(long[] counts) => _panes.Reuse(counts);

    /// <summary>Removes the panes before the monitor's first: they are in no window.</summary>
    internal void DropBefore(long pane)
    {
        _panes.DropBefore(pane);
        _texts?.DropBefore(pane);
        _rejected.DropBefore(pane);
    }

    internal void Exchange(StateExchange state)
    {
        Clock.Exchange(state);
        _panes.Exchange(state);
        _rejected.Exchange(state);
        _derived?.Exchange(state);
        _keyed?.Exchange(state);
        List<(int Bin, double X, UInt128? Key)> held = [.. _held ?? []];
        state.List(held, (ref (int Bin, double X, UInt128? Key) one) => one = (
            (int)state.Number((long)one.Bin), state.Number(one.X), _keyed is null ? null : KeyedPanes.Exchange(state, one.Key)));
        _texts?.Exchange(state);
        if (state.IsLoading)
        {
            held.ForEach(one => Hold(one.Bin, one.X, one.Key));
            if (held.Count != Clock.HeldEvents || (_texts is not null && _texts.HeldEvents != held.Count))
            {
                throw new StateException("events that are held are missing");
            }
        }
    }
}
