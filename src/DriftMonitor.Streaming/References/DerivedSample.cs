using DriftMonitor.Core.Derivations;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming.References;

/// <summary>
/// Events that values are derived from in their order, kept until all have come: whether numbers in strings are numbers, and so leave a
/// trace, is known only then.
/// </summary>
/// <remarks>
/// As in a monitor, the events of each partition (and segment) are looked at in their order, and all of them: one outside of the reference
/// is no value of it, but the next ones are derived from it too. Takes 32 bytes per event.
/// </remarks>
/// <param name="spec">The monitor.</param>
internal sealed class DerivedSample(MonitorSpec spec)
{
    private readonly List<Event> _events = [];
    private readonly Dictionary<string, int> _segmentIds = new(StringComparer.Ordinal);
    private long _texts; // JSON strings that are no numbers
    private long _textNumbers; // JSON strings that are
    private long _missing;

    /// <summary>Whether the field that values are derived from is missing from all events.</summary>
    public bool IsMissing => _missing > 0 && _missing == _events.Count;

    /// <summary>The events of the reference that have no value, as not enough came before them.</summary>
    public long WithoutHistory { get; private set; }

    /// <summary>The time of the reference's first event that has a value; null if there is none.</summary>
    public EventTime? Earliest { get; private set; }

    /// <summary>The time of the last one.</summary>
    public EventTime? Latest { get; private set; }

    /// <summary>Adds an event.</summary>
    /// <param name="partition">Its partition.</param>
    /// <param name="time">Its time.</param>
    /// <param name="input">What its value is derived from.</param>
    /// <param name="segment">Its segment in UTF-8; empty if there are no segments.</param>
    /// <param name="place">Whether it is in the reference.</param>
    public void Add(int partition, EventTime time, DerivedInput input, ReadOnlySpan<byte> segment, PlaceInReference place)
    {
        _texts += input.Kind == DerivedInputKind.Text ? 1 : 0;
        _textNumbers += input.Kind == DerivedInputKind.TextNumber ? 1 : 0;
        _events.Add(new Event(time, input.Number, partition, FieldSample.GetId(segment, _segmentIds), input.Kind, place));
    }

    /// <summary>Derives the values of the events.</summary>
    /// <param name="isSegmented">Whether they have segments.</param>
    public FieldSample Derive(bool isSegmented)
    {
        var sample = new FieldSample(spec.Pane, isCategorical: false, isSegmented ? _segmentIds : null);
        sample.SetSource(_textNumbers, _texts + _textNumbers);

        // One series of a partition after the other, so that only its state is needed at a time.
        DerivedState? state = null;
        Event? before = null;
        foreach (var place in Enumerable.Range(0, _events.Count).OrderBy(SeriesOf))
        {
            var next = _events[place];
            if (before is not { } last || last.Partition != next.Partition || last.Segment != next.Segment)
            {
                state = spec.Derivation!.CreateState(spec.Pane, lateness: null); // none is late in a reference
            }

            before = next;
            Add(sample, next, state!, isSegmented);
        }

        return sample;
    }

    private (int, int) SeriesOf(int place) => (_events[place].Segment, _events[place].Partition);

    private void Add(FieldSample sample, in Event next, DerivedState state, bool isSegmented)
    {
        var isNumber = next.Kind == DerivedInputKind.Number || (next.Kind == DerivedInputKind.TextNumber && sample.ReadsTextNumbers);
        var value = 0.0;
        _missing += next.Kind == DerivedInputKind.Missing ? 1 : 0;
        if (isNumber ? !state.TryNext(next.Time, next.Number, out value) : !state.HasEnoughFor(next.Time))
        {
            WithoutHistory += next.Place == PlaceInReference.Inside ? 1 : 0;
            return;
        }

        if (next.Place == PlaceInReference.Outside)
        {
            return;
        }

        Earliest = Earliest is { } earliest && earliest <= next.Time ? earliest : next.Time;
        Latest = Latest is { } latest && latest >= next.Time ? latest : next.Time;
        if (next.Place == PlaceInReference.Excluded)
        {
            return;
        }

        var pane = spec.Pane.PaneOf(next.Time);
        if (isNumber)
        {
            sample.AddNumber(pane, value);
        }
        else if (next.Kind == DerivedInputKind.Missing)
        {
            sample.AddMissing(pane);
        }
        else
        {
            sample.AddWrongType(pane);
        }

        if (isSegmented)
        {
            sample.SetSegment(next.Segment);
        }
    }

    private readonly record struct Event(
        EventTime Time, double Number, int Partition, int Segment, DerivedInputKind Kind, PlaceInReference Place);
}
