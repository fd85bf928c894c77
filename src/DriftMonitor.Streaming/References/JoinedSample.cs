using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming.References;

/// <summary>The events of two topics that are joined by their keys, kept until all have been read.</summary>
/// <remarks>They are joined by the rules of a monitor, but none is late. Takes 32 bytes per event besides the values.</remarks>
internal sealed class JoinedSample
{
    private readonly PaneGrid _grid;
    private readonly KeyJoin _join;
    private readonly FieldSample _first;
    private readonly FieldSample _second;
    private readonly List<KeyedPanes> _firstPartitions = [];
    private readonly List<KeyedPanes> _secondPartitions = [];
    private readonly SortedSet<long> _panes = []; // with events
    private readonly EventTime _from;
    private readonly EventTime _to;

    /// <summary>A sample without events.</summary>
    /// <param name="spec">The panes, and how far events may be apart.</param>
    /// <param name="first">Receives the values of the first topic.</param>
    /// <param name="second">Receives those of the second.</param>
    /// <param name="period">The period of the reference; null for all events.</param>
    public JoinedSample(MonitorSpec spec, FieldSample first, FieldSample second, Period? period)
    {
        var within = spec.JoinWithin!.Value;
        (_grid, _first, _second) = (spec.Pane, first, second);
        _join = new KeyJoin((int)(within.Ticks / spec.Pane.Length.Ticks), mostOpen: int.MaxValue);
        _from = period is { } start && start.From > EventTime.Earliest ? start.From - within : EventTime.Earliest;
        _to = period?.To ?? EventTime.Latest;
    }

    /// <summary>Pairs of the reference.</summary>
    public long Pairs { get; private set; }

    /// <summary>Events of the reference that found no partner.</summary>
    public long Alone { get; private set; }

    /// <summary>Events that waited for a partner at the reference's end, and are not in it.</summary>
    public int Waiting => _join.WaitingEvents;

    /// <summary>Events that counted alone before their wait had ended, as there were too many.</summary>
    public long CutShort => _join.CutShort;

    /// <summary>
    /// Adds an event. One from before the period may be the partner of one in it, or of another one that then is none.
    /// </summary>
    /// <param name="isFirst">Whether it is of the first topic.</param>
    /// <param name="partition">Its partition.</param>
    /// <param name="time">Its event time.</param>
    /// <param name="key">The hash of its record's key; null where the record has none.</param>
    /// <returns>The sample to which its value is to be added next; null where that is not needed.</returns>
    public FieldSample? Add(bool isFirst, int partition, EventTime time, UInt128? key)
    {
        if (time >= _to)
        {
            return null;
        }

        // A partner of an event in the period is not earlier than that, so that its value is not needed.
        var sample = time < _from ? null : isFirst ? _first : _second;
        var partitions = isFirst ? _firstPartitions : _secondPartitions;
        while (partitions.Count <= partition)
        {
            partitions.Add(new KeyedPanes(_join, int.MaxValue));
        }

        var pane = _grid.PaneOf(time);
        _panes.Add(pane);
        partitions[partition].Add(pane, time.Milliseconds, sample?.Count ?? 0, key);
        return sample;
    }

    /// <summary>Joins the events, and leaves in both samples, side by side, the values that are in the reference.</summary>
    /// <param name="isInside">Whether a pane is in the reference.</param>
    /// <param name="last">The last pane of its period.</param>
    public void Join(Func<long, bool> isInside, long last)
    {
        List<(long Pane, int Index)> first = [];
        List<(long Pane, int Index)> second = [];
        while ((_panes.Count == 0 ? long.MaxValue : _panes.Min) is var withEvents
            && Math.Min(withEvents, _join.FirstEnd) is var pane && pane <= last)
        {
            _panes.Remove(pane);
            _firstPartitions.ForEach(partition => _join.TakeFirst(partition, pane));
            _secondPartitions.ForEach(partition => _join.TakeSecond(partition, pane));
            var isCounted = isInside(pane);
            foreach (var pair in _join.Close(pane))
            {
                if (!isCounted)
                {
                    continue;
                }

                var isPair = pair.IsComplete;
                (Pairs, Alone) = (Pairs + (isPair ? 1 : 0), Alone + (isPair ? 0 : 1));
                first.Add((pane, isPair ? pair.First : JoinedPair.None));
                second.Add((pane, isPair ? pair.Second : JoinedPair.None));
            }
        }

        _first.Keep(first);
        _second.Keep(second);
    }
}
