using System.Runtime.InteropServices;
using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Derivations;

/// <summary>Values of one pane of the day, in their order of arrival.</summary>
internal sealed class PastValues
{
    private const int Room = 8; // at first: many panes of a day have few values

    private readonly List<PastValue> _values = [];
    private int _room = Room;

    /// <summary>All of them, the newest last.</summary>
    public ReadOnlySpan<PastValue> All => CollectionsMarshal.AsSpan(_values);

    /// <summary>Whether it is time for <see cref="Prune"/>: twice as many values as the last time were left.</summary>
    public bool IsFull => _values.Count >= _room;

    /// <summary>Adds a value.</summary>
    public void Add(long arrival, long day, double value) => _values.Add(new PastValue(arrival, day, value));

    /// <summary>Removes the values that are never again among the last ones of earlier days.</summary>
    /// <param name="firstOpen">The first day of which an event can still come.</param>
    /// <param name="most">How many the last ones are.</param>
    /// <param name="perDay">Is cleared and used.</param>
    public void Prune(long firstOpen, int most, Dictionary<long, int> perDay)
    {
        // Every event to come looks at all days before the first open one, so of those only the last values matter. Of an open day, events
        // of later days see the last ones.
        perDay.Clear();
        var kept = _values.Count;
        for (var i = _values.Count - 1; i >= 0; i--)
        {
            var day = _values[i].Day < firstOpen ? long.MinValue : _values[i].Day;
            ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(perDay, day, out _);
            if (count < most)
            {
                count++;
                _values[--kept] = _values[i];
            }
        }

        _values.RemoveRange(0, kept);
        _room = Math.Max(Room, 2 * _values.Count);
    }

    /// <summary>Saves or loads the state.</summary>
    public void Exchange(StateExchange state)
    {
        state.List(_values, (ref PastValue past) =>
            past = new PastValue(state.Number(past.Arrival), state.Number(past.Day), state.Number(past.Value)));
        state.Number(ref _room);
    }
}
