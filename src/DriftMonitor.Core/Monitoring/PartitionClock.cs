using System.Runtime.InteropServices;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Monitoring;

/// <summary>
/// Judges the event times of one partition: which pane an event belongs to, or why it is rejected. It depends on the events of that
/// partition alone, not on how partitions interleave.
/// </summary>
/// <remarks>
/// <para>
/// One wrong date must cost no more than its own event. An event more than the longest window ahead of the partition's largest event time
/// is held. When three more lie as far ahead, all four are judged in order; when one comes that does not, those held are rejected as
/// <see cref="Rejection.Ahead"/>. Events that are rejected for their own time decide nothing.
/// </para>
/// <para>
/// Where records have no time of their own, an event is too old by comparison with the partition's third event. The first two are held
/// until it comes. A third event that is more than the longest window ahead of both is itself in doubt: the fourth then decides, by lying
/// as far ahead or not. A first event that is as far ahead of the next two is rejected.
/// </para>
/// <para>Monitors with the same event time, panes, longest window, allowed lateness and limits can share one.</para>
/// </remarks>
public sealed class PartitionClock
{
    /// <summary>The most events that are held at a time.</summary>
    public const int MostHeld = 3;

    private const int Deciding = 3; // the event that the first ones are compared with

    private readonly long _pane; // ms
    private readonly long _lateness; // ms
    private readonly long _maxAhead; // ms
    private readonly long _maxAge; // ms
    private readonly long _longestWindow; // ms
    private readonly List<Held> _held = new(MostHeld);
    private readonly List<Admission> _settled = new(MostHeld);
    private long _largest = long.MinValue; // largest event time, ms
    private long _largestPane = long.MinValue; // its pane
    private long _smallest = long.MaxValue;
    private long _largestStep; // ms
    private long _current = long.MinValue; // the pane of the event before, and its start in ms
    private long _currentStart;
    private long _largestBeforeLoss = long.MinValue;
    private bool _awaitsAfterLoss;
    private int _first; // events so far, up to the deciding one
    private long _oldest = EventTime.Earliest.Milliseconds; // older events without a record time are too old
    private long _from = long.MaxValue; // event times in [_from, _from + _span] raise no question; long.MaxValue: all do
    private ulong _span;

    /// <summary>A partition before its first event.</summary>
    /// <param name="spec">The panes, the longest window, the allowed lateness and the limits.</param>
    public PartitionClock(MonitorSpec spec)
    {
        _pane = (long)spec.Pane.Length.TotalMilliseconds;
        _lateness = (long)spec.AllowedLateness.TotalMilliseconds;
        _maxAhead = (long)spec.MaxAhead.TotalMilliseconds;
        _maxAge = (long)spec.MaxAge.TotalMilliseconds;
        _longestWindow = (long)spec.Windows[spec.LongestWindow].Length.TotalMilliseconds;
    }

    /// <summary>The first pane that has not closed: an event of an earlier one is late. Set when panes close, between two events.</summary>
    public long FirstOpenPane { get; set; } = long.MinValue;

    /// <summary>Events that were rejected.</summary>
    public RejectionCounts Rejected { get; } = new();

    /// <summary>The time of the first event beyond all before a loss; null before it comes, and where there was no loss.</summary>
    public EventTime? FirstAfterLoss { get; private set; }

    /// <summary>The largest event time when events were lost, with those that are held; null if there was none.</summary>
    internal EventTime? LargestBeforeLoss => _largestBeforeLoss == long.MinValue ? null : new EventTime(_largestBeforeLoss);

    /// <summary>How many events are held until further ones decide about them.</summary>
    public int HeldEvents => _held.Count;

    /// <summary>
    /// What became of events that were held before, in their order, at the last <see cref="Judge"/> or <see cref="End"/>.
    /// </summary>
    public ReadOnlySpan<Admission> Settled => CollectionsMarshal.AsSpan(_settled);

    /// <summary>The largest event time; null before the first event.</summary>
    public EventTime? LargestEventTime => _largest == long.MinValue ? null : new EventTime(_largest);

    /// <summary>
    /// The pane of the largest event time, or the first that has not closed where that is later: a partition that was left out as silent
    /// comes back behind the others. Null before the first event.
    /// </summary>
    internal long? LargestPane => Math.Max(_largestPane, FirstOpenPane) is > long.MinValue and var pane ? pane : null;

    /// <summary>The smallest event time; null before the first event.</summary>
    public EventTime? SmallestEventTime => _smallest == long.MaxValue ? null : new EventTime(_smallest);

    /// <summary>The largest step by which an event's time was ahead of all before it.</summary>
    public TimeSpan LargestStepForward => TimeSpan.FromMilliseconds(_largestStep);

    /// <summary>Finds the pane of an event that raises no question, as nearly all do. Any other one changes nothing here.</summary>
    /// <param name="maybe">Its event time; null where it has none that can be read.</param>
    /// <param name="recordTime">The record's own time where that is not the event time; null otherwise.</param>
    /// <param name="pane">The pane.</param>
    /// <returns>Whether it counts in that pane; otherwise <see cref="Judge"/> decides.</returns>
    public bool TryPlace(EventTime? maybe, EventTime? recordTime, out long pane)
    {
        pane = 0;
        var time = maybe.GetValueOrDefault().Milliseconds;
        if ((ulong)(time - _from) > _span || maybe is null)
        {
            return false;
        }

        // Ahead of the record by more than MaxAhead wraps around to a large number.
        if (recordTime is { } record && (ulong)(record.Milliseconds - time + _maxAhead) > (ulong)(_maxAhead + _maxAge))
        {
            return false;
        }

        MoveTo(time);
        if (IsLate())
        {
            return false;
        }

        pane = _current;
        if (Count(time))
        {
            _span = (ulong)(Math.Min(time + _longestWindow, EventTime.Latest.Milliseconds) - _from);
        }

        return true;
    }

    /// <summary>Judges an event by all rules; counts the reason where it is rejected.</summary>
    /// <param name="maybe">Its event time; null where it has none that can be read.</param>
    /// <param name="recordTime">The record's own time where that is not the event time; null otherwise.</param>
    /// <param name="isOther">
    /// Whether it is one that is not to be counted: its time shows how far the partition has come, and no reason is counted for it.
    /// </param>
    /// <returns>What becomes of it, after those in <see cref="Settled"/>.</returns>
    public Admission Judge(EventTime? maybe, EventTime? recordTime, bool isOther = false)
    {
        _settled.Clear();
        if (ReasonOf(maybe, recordTime) is not Rejection.None and var reason)
        {
            return Reject(reason, maybe, isOther);
        }

        var held = new Held(maybe!.Value, recordTime is not null, isOther);
        var admission = _first >= Deciding ? JudgeJump(held) : JudgeFirst(held);
        SetRange();
        return admission;
    }

    /// <summary>
    /// The partition has ended. Too few first events are judged without a third; events that nothing has confirmed are rejected. See
    /// <see cref="Settled"/>.
    /// </summary>
    public void End()
    {
        _settled.Clear();
        if (_first < Deciding)
        {
            foreach (var held in TakeHeld())
            {
                Settle(JudgeJump(held));
            }
        }

        RejectHeld();
        SetRange();
    }

    /// <summary>Judges an event by its own times and the watermark alone: no other event need confirm its time.</summary>
    internal Admission PlaceBelieved(EventTime? maybe, EventTime? recordTime, bool isOther = false) =>
        ReasonOf(maybe, recordTime) is not Rejection.None and var reason
            ? Reject(reason, maybe, isOther)
            : Place(maybe!.Value, isOther);

    private Rejection ReasonOf(EventTime? maybe, EventTime? recordTime)
    {
        if (maybe is not { IsInRange: true } time)
        {
            return Rejection.NoEventTime;
        }

        if (recordTime is not { } record)
        {
            return Rejection.None;
        }

        // A record's time is any 64-bit number.
        var behind = Math.Clamp(record.Milliseconds, EventTime.Earliest.Milliseconds, EventTime.Latest.Milliseconds) - time.Milliseconds;
        return behind < -_maxAhead ? Rejection.Ahead : behind > _maxAge ? Rejection.TooOld : Rejection.None;
    }

    private Admission Place(EventTime time, bool isOther)
    {
        MoveTo(time.Milliseconds);
        if (IsLate())
        {
            return Reject(Rejection.Late, time, isOther);
        }

        if (_awaitsAfterLoss && time.Milliseconds > _largestBeforeLoss)
        {
            (FirstAfterLoss, _awaitsAfterLoss) = (time, false);
        }

        Count(time.Milliseconds, isOther);
        return new Admission(Rejection.None, _current, time) { IsOther = isOther };
    }

    // Until the deciding event has come. Records with a time of their own need not wait for it, unless others do.
    private Admission JudgeFirst(Held held)
    {
        if (held.HasRecordTime && _held.Count == 0)
        {
            _first++;
            DecideBy(held);
            return JudgeJump(held);
        }

        _held.Add(held);
        if (_first + _held.Count < Deciding || (_held.Count == Deciding && IsJump(_held[2], _held[0], _held[1])))
        {
            return Hold(held);
        }

        // The last one is the event being judged.
        var events = TakeHeld();
        _first = Deciding;
        DecideBy(events.Length > Deciding && IsJump(events[3], events[0], events[1]) ? events[2] : events[^1]);
        for (var i = 0; i < events.Length - 1; i++)
        {
            var isAhead = i == 0 && events.Length == Deciding && IsAhead(events[0], events[1]) && IsAhead(events[0], events[2]);
            Settle(isAhead ? Reject(Rejection.Ahead, events[i].Time, events[i].IsOther) : JudgeJump(events[i]));
        }

        return JudgeJump(events[^1]);

        bool IsJump(Held later, Held first, Held second) => IsAhead(later, first) && IsAhead(later, second);
    }

    private Admission JudgeJump(Held held)
    {
        if (!held.HasRecordTime && held.Time.Milliseconds < _oldest)
        {
            return Reject(Rejection.TooOld, held.Time, held.IsOther);
        }

        if (_largest == long.MinValue || held.Time.Milliseconds - _largest <= _longestWindow)
        {
            RejectHeld();
        }
        else if (_held.Count < MostHeld)
        {
            _held.Add(held);
            return Hold(held);
        }
        else
        {
            foreach (var confirmed in TakeHeld())
            {
                Settle(Place(confirmed.Time, confirmed.IsOther));
            }
        }

        return Place(held.Time, held.IsOther);
    }

    /// <summary>
    /// Events were lost before they could be read: <see cref="FirstAfterLoss"/> is to become the time of the first event that is beyond all
    /// before.
    /// </summary>
    public void MarkLoss()
    {
        FirstAfterLoss = null;
        _largestBeforeLoss = _held.Aggregate(_largest, (largest, held) => Math.Max(largest, held.Time.Milliseconds));
        _awaitsAfterLoss = true;
        SetRange();
    }

    private static Admission Hold(Held held) => new(Rejection.None, null, held.Time, IsHeld: true) { IsOther = held.IsOther };

    private bool IsAhead(Held held, Held of) => held.Time.Milliseconds - of.Time.Milliseconds > _longestWindow;

    private void DecideBy(Held third) =>
        _oldest = _first < Deciding ? _oldest : Math.Max(third.Time.Milliseconds - _maxAge, EventTime.Earliest.Milliseconds);

    private Held[] TakeHeld()
    {
        Held[] held = [.. _held];
        _held.Clear();
        return held;
    }

    private void RejectHeld()
    {
        if (_held.Count > 0)
        {
            foreach (var unconfirmed in TakeHeld())
            {
                Settle(Reject(Rejection.Ahead, unconfirmed.Time, unconfirmed.IsOther));
            }
        }
    }

    // One that is held again stays where it is. Events are settled in the order in which they came.
    private void Settle(Admission admission)
    {
        if (!admission.IsHeld)
        {
            _settled.Add(admission);
        }
    }

    private Admission Reject(Rejection reason, EventTime? time, bool isOther)
    {
        if (!isOther)
        {
            Rejected.Add(reason);
        }

        return new Admission(reason, LargestPane, time) { IsOther = isOther };
    }

    private void MoveTo(long time)
    {
        if ((ulong)(time - _currentStart) >= (ulong)_pane || _current == long.MinValue)
        {
            var floor = Math.DivRem(time, _pane, out var rest);
            _current = rest < 0 ? floor - 1 : floor;
            _currentStart = _current * _pane;
        }
    }

    private bool IsLate() =>
        _current < FirstOpenPane || (_largest != long.MinValue && _largest - _lateness >= _currentStart + _pane);

    // Returns whether it is the largest event time.
    private bool Count(long time, bool isOther = false)
    {
        _smallest = isOther ? _smallest : Math.Min(_smallest, time);
        if (time <= _largest)
        {
            return false;
        }

        _largestStep = _largest == long.MinValue ? 0 : Math.Max(_largestStep, time - _largest);
        _largest = time;
        _largestPane = _current;
        return true;
    }

    // While events are held, or the first are still to come, also after a loss, every event is judged by all rules.
    private void SetRange()
    {
        var isOpen = _first >= Deciding && _held.Count == 0 && _largest >= _oldest && !_awaitsAfterLoss;
        _from = isOpen ? _oldest : long.MaxValue;
        _span = isOpen ? (ulong)(Math.Min(_largest + _longestWindow, EventTime.Latest.Milliseconds) - _from) : 0;
    }

    /// <summary>Whether another clock would judge every further event alike.</summary>
    internal bool IsSameAs(PartitionClock other)
    {
        var (own, others) = (new StateSaver(), new StateSaver());
        Exchange(own);
        other.Exchange(others);
        return own.Saved.Span.SequenceEqual(others.Saved.Span);
    }

    /// <remarks>Without the rejections, which are those of this process.</remarks>
    internal void Exchange(StateExchange state)
    {
        FirstOpenPane = state.Number(FirstOpenPane);
        state.Number(ref _largest);
        state.Number(ref _largestPane);
        state.Number(ref _smallest);
        state.Number(ref _largestStep);
        state.Number(ref _first);
        state.Number(ref _oldest);
        state.Number(ref _largestBeforeLoss);
        state.Flag(ref _awaitsAfterLoss);
        FirstAfterLoss = state.Optional(FirstAfterLoss?.Milliseconds) is { } first ? new EventTime(first) : null;
        state.List(_held, (ref Held held) =>
        {
            var (time, kind) = (state.Number(held.Time.Milliseconds), state.Number((held.HasRecordTime ? 1 : 0) + (held.IsOther ? 2 : 0)));
            held = kind is >= 0 and <= 3
                ? new Held(new EventTime(time), kind % 2 == 1, kind > 1)
                : throw new StateException($"{kind} is no kind of event");
        });
        if (state.IsLoading)
        {
            (_current, _currentStart) = (long.MinValue, 0); // found anew for the next event
            SetRange();
        }
    }

    /// <param name="Time">The event time.</param>
    /// <param name="HasRecordTime">Whether its record has a time of its own.</param>
    /// <param name="IsOther">Whether it is not to be counted.</param>
    private readonly record struct Held(EventTime Time, bool HasRecordTime, bool IsOther);
}
