using DriftMonitor.Core.State;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Monitoring;

/// <summary>
/// How many events a partition has in open panes, where their words are what is counted; and the words of the events that the clock holds.
/// </summary>
/// <param name="bins">The number of bins.</param>
/// <remarks>Rejected events are compared in number with events and not with words, of which one event may have thousands.</remarks>
internal sealed class EventsOfWords(int bins)
{
    private readonly OpenPanes _panes = new(bins: 1);
    private readonly Queue<int[]> _held = new(PartitionClock.MostHeld);

    /// <summary>How many events are held.</summary>
    public int HeldEvents => _held.Count;

    /// <summary>Counts an event.</summary>
    public void Add(long pane) => _panes.Add(pane, 0);

    /// <summary>Removes a pane.</summary>
    /// <returns>How many events it had.</returns>
    public long Take(long pane)
    {
        if (_panes.Take(pane) is not { } counts)
        {
            return 0;
        }

        var events = counts[0];
        _panes.Reuse(counts);
        return events;
    }

    /// <summary>Removes all panes before one.</summary>
    public void DropBefore(long pane) => _panes.DropBefore(pane);

    /// <summary>Keeps the bins of a held event's words; none for an event that is not to be counted.</summary>
    public void Hold(ReadOnlySpan<int> words) => _held.Enqueue(words.ToArray());

    /// <summary>The bins of the event that has been held longest, which is no longer held.</summary>
    public int[] TakeHeld() => _held.Dequeue();

    /// <summary>Saves or loads the state.</summary>
    public void Exchange(StateExchange state)
    {
        _panes.Exchange(state);
        List<int[]> held = [.. _held];
        state.List(held, (ref int[] words) =>
        {
            long[] numbers = [.. (words ?? []).Select(bin => (long)bin)];
            words = [.. state.Numbers(numbers).Select(number => number >= 0 && number < bins
                ? (int)number
                : throw new StateException($"a word is in bin {number}, and there are {bins}"))];
        });
        if (state.IsLoading)
        {
            held.ForEach(words => Hold(words));
        }
    }
}
