using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Proposals;

/// <summary>The event times of all events that were read, and what they show: the period, strays, and how late events are.</summary>
internal sealed class EventTimes
{
    /// <summary>The largest number of events whose times are kept: records may hold thousands.</summary>
    public const int MostEvents = 2_000_000;

    // An event is a stray if it is further from the others than these cover, which leave out the outermost thousandth at both ends.
    private const int OutermostShare = 1000;
    private const int LateShare = 1000; // one event in so many may come later than the allowed lateness
    private const int EdgeShare = 100; // one event of a partition in so many may lie outside of what is taken for its period

    private readonly List<(int Partition, long Milliseconds)> _times = [];

    /// <summary>Reads the times.</summary>
    /// <param name="events">The records.</param>
    /// <param name="field">The field of the event time; null for the record's own time.</param>
    /// <param name="format">How it is written; null for the usual forms.</param>
    /// <param name="unpack">The array whose elements are the events; null if a record is one.</param>
    public EventTimes(HeldEvents events, FieldPath? field, EventTimeFormat? format, FieldPath? unpack)
    {
        var decoder = new RecordDecoder(field is null ? [] : [field], unpack);
        for (; Records < events.Count && _times.Count < MostEvents; Records++)
        {
            var raw = events[Records];
            var rejection = decoder.Decode(raw, out var elements);
            if (rejection != Rejection.None)
            {
                Events++;
                Rejected.Add(rejection);
                FirstRejected.Add(rejection, raw, unpack: decoder.Fault);
                continue;
            }

            while (elements.MoveNext())
            {
                Events++;
                var time = field is null ? raw.RecordTime : decoder.Event.TimeOf(0, format, raw.Value);
                if (time is { IsInRange: true } moment)
                {
                    _times.Add((raw.Partition, moment.Milliseconds));
                }
                else
                {
                    Rejected.Add(Rejection.NoEventTime);
                    FirstRejected.Add(Rejection.NoEventTime, raw, field is null ? default : decoder.Event[0].In(raw.Value));
                }
            }
        }

        FindRange();
    }

    /// <summary>The number of records that were read; fewer than there are if they hold very many events.</summary>
    public int Records { get; private set; }

    /// <summary>The number of events; a record from which none can be read counts as one.</summary>
    public long Events { get; private set; }

    /// <summary>The events that could not be read, or have no time.</summary>
    public RejectionCounts Rejected { get; } = new();

    /// <summary>The first of each reason.</summary>
    public FirstRejections FirstRejected { get; } = new();

    /// <summary>The number of events with a time.</summary>
    public int Count => _times.Count;

    /// <summary>The first event time that is no stray.</summary>
    public EventTime First { get; private set; }

    /// <summary>The last one.</summary>
    public EventTime Last { get; private set; }

    /// <summary>The number of events whose times are far from all others.</summary>
    public long Strays { get; private set; }

    /// <summary>One of those times; null if there is none.</summary>
    public EventTime? Stray { get; private set; }

    /// <summary>Narrows the range to what some partitions cover, because of these not all records were read.</summary>
    /// <param name="isCutBefore">Whether records before the ones that were read exist.</param>
    /// <param name="cutAfter">The partitions of which later records exist.</param>
    public void Narrow(bool isCutBefore, IReadOnlySet<int> cutAfter)
    {
        foreach (var partition in _times.Where(IsInRange).GroupBy(time => time.Partition).ToList())
        {
            var sorted = partition.Select(time => time.Milliseconds).Order().ToArray();
            var (first, last) = (sorted[sorted.Length / EdgeShare], sorted[sorted.Length - 1 - sorted.Length / EdgeShare]);
            First = isCutBefore && first > First.Milliseconds ? new EventTime(first) : First;
            Last = cutAfter.Contains(partition.Key) && last < Last.Milliseconds ? new EventTime(last) : Last;
        }
    }

    /// <summary>The number of events in the range.</summary>
    public long CountInRange() => _times.Count(IsInRange);

    /// <summary>How far events are behind the newest of their partition, except for one in a thousand.</summary>
    public TimeSpan FindLateness()
    {
        var newest = new Dictionary<int, long>();
        var late = new List<long>();
        foreach (var (partition, time) in _times.Where(IsInRange))
        {
            var before = newest.GetValueOrDefault(partition, long.MinValue);
            newest[partition] = Math.Max(before, time);
            if (before > time)
            {
                late.Add(before - time);
            }
        }

        late.Sort();
        var allowed = Count / LateShare;
        return late.Count <= allowed ? TimeSpan.Zero : TimeSpan.FromMilliseconds(late[late.Count - 1 - allowed]);
    }

    private bool IsInRange((int Partition, long Milliseconds) time) =>
        time.Milliseconds >= First.Milliseconds && time.Milliseconds <= Last.Milliseconds;

    private void FindRange()
    {
        if (_times.Count == 0)
        {
            return;
        }

        var sorted = _times.Select(time => time.Milliseconds).Order().ToArray();
        var outermost = Math.Min(Math.Max(1, sorted.Length / OutermostShare), (sorted.Length - 1) / 2);
        var (from, to) = (sorted[outermost], sorted[sorted.Length - 1 - outermost]);
        var reach = Math.Max(to - from, (long)TimeSpan.FromDays(1).TotalMilliseconds);
        var inside = sorted.Where(time => time >= from - reach && time <= to + reach).ToArray();
        (First, Last) = (new EventTime(inside[0]), new EventTime(inside[^1]));
        Strays = sorted.Length - inside.Length;
        Stray = Strays == 0 ? null : new EventTime(sorted[0] < inside[0] ? sorted[0] : sorted[^1]);
    }
}
