using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Tests.Independent;

/// <summary>
/// The rules for wrong dates of one partition and monitor, as they are written down: whole lists, nothing kept up to date, no limit of what
/// is held. The monitor itself judges what is late.
/// </summary>
/// <param name="spec">The monitor.</param>
/// <param name="rejected">Receives events that these rules reject.</param>
internal sealed class NaiveArrival(MonitorSpec spec, Action<Rejection> rejected)
{
    private readonly TimeSpan _longest = spec.Windows.Max(window => window.Length);
    private readonly List<Arrived> _first = [];
    private readonly List<Arrived> _aside = [];
    private EventTime? _third;
    private EventTime? _largest;
    private int _events;

    /// <summary>An event came.</summary>
    /// <param name="time">Its time.</param>
    /// <param name="recordTime">The record's own; null where there is none.</param>
    /// <param name="count">Counts it, and says whether it was not late.</param>
    /// <param name="isOther">Whether it is not to be counted, so that nobody is told when it is rejected.</param>
    public void Add(EventTime time, EventTime? recordTime, Func<bool> count, bool isOther = false)
    {
        if (recordTime is { } record && (time - record > spec.MaxAhead || record - time > spec.MaxAge))
        {
            Reject(time > record ? Rejection.Ahead : Rejection.TooOld, isOther);
            return;
        }

        var arrived = new Arrived(time, recordTime, count, isOther);
        _events++;
        if (_third is not null || (recordTime is not null && _first.Count == 0))
        {
            _third ??= _events == 3 ? time : null;
            Judge(arrived);
            return;
        }

        _first.Add(arrived);
        if (_events < 3 || (_first.Count == 3 && IsJump(time)))
        {
            return;
        }

        var events = _first.ToList();
        _first.Clear();
        _third = events.Count == 4 && IsJump(time, events) ? events[2].Time : time;
        if (events.Count == 3 && events.Skip(1).All(later => events[0].Time - later.Time > _longest))
        {
            Reject(Rejection.Ahead, events[0].IsOther);
            events.RemoveAt(0);
        }

        events.ForEach(Judge);
    }

    /// <summary>The input has ended.</summary>
    public void End()
    {
        var first = _first.ToList();
        _first.Clear();
        first.ForEach(Judge);
        RejectAside();
    }

    private bool IsJump(EventTime time, List<Arrived>? events = null) =>
        (events ?? _first).Take(2).All(earlier => time - earlier.Time > _longest);

    private void Judge(Arrived arrived)
    {
        if (arrived.RecordTime is null && _third - arrived.Time > spec.MaxAge)
        {
            Reject(Rejection.TooOld, arrived.IsOther);
            return;
        }

        if (_largest is not { } largest || arrived.Time - largest <= _longest)
        {
            RejectAside();
            Count(arrived);
            return;
        }

        _aside.Add(arrived);
        if (_aside.Count == 4)
        {
            _aside.ForEach(Count);
            _aside.Clear();
        }
    }

    private void RejectAside()
    {
        _aside.ForEach(arrived => Reject(Rejection.Ahead, arrived.IsOther));
        _aside.Clear();
    }

    private void Reject(Rejection reason, bool isOther)
    {
        if (!isOther)
        {
            rejected(reason);
        }
    }

    private void Count(Arrived arrived)
    {
        if (arrived.Count())
        {
            _largest = _largest is { } largest && largest > arrived.Time ? largest : arrived.Time;
        }
    }

    private sealed record Arrived(EventTime Time, EventTime? RecordTime, Func<bool> Count, bool IsOther);
}
