using System.Runtime.CompilerServices;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Monitoring;

/// <summary>
/// How many events of a partition were rejected for a monitor, by pane: an event that was rejected counts in the pane of the partition's
/// largest event time, as its own time may be wrong or unknown. Before the first event time, it counts in the pane of that.
/// </summary>
/// <param name="clock">Knows the largest event time.</param>
internal sealed class RejectedPanes(PartitionClock clock)
{
    /// <summary>Knows the largest event time.</summary>
    public PartitionClock Clock { private get; set; } = clock;

    private readonly OpenPanes _panes = new(bins: 1);
    private long _beforeFirst; // rejected before the first event time

    /// <summary>Events rejected and not yet in a pane that has closed.</summary>
    public long Open { get; private set; }

    /// <summary>Counts an event that was rejected.</summary>
    public void Add() => Add(Clock.LargestPane);

    /// <summary>Counts an event that was rejected some time ago.</summary>
    /// <param name="largest">The pane of the largest event time then; null if there was none.</param>
    public void Add(long? largest)
    {
        Open++;
        if (largest is { } pane)
        {
            _panes.Add(pane, 0);
        }
        else
        {
            _beforeFirst++;
        }
    }

    /// <summary>An event was admitted, perhaps the first one.</summary>
    /// <param name="pane">Its pane.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void OnAdmitted(long pane)
    {
        if (_beforeFirst != 0)
        {
            _panes.Add(pane, 0, _beforeFirst);
            _beforeFirst = 0;
        }
    }

    /// <summary>The panes with rejected events, in no order.</summary>
    public IEnumerable<long> Panes => _panes.Panes;

    /// <summary>Removes a pane that closes.</summary>
    /// <returns>How many events counted in it.</returns>
    public long Take(long pane)
    {
        if (_panes.Take(pane) is not { } counts)
        {
            return 0;
        }

        var rejected = counts[0];
        _panes.Reuse(counts);
        Open -= rejected;
        return rejected;
    }

    /// <summary>Removes the panes before the monitor's first: they are in no window.</summary>
    public void DropBefore(long pane) => Open -= _panes.DropBefore(pane);

    /// <summary>Saves or loads the state.</summary>
    public void Exchange(StateExchange state)
    {
        _panes.Exchange(state);
        state.Number(ref _beforeFirst);
        Open = state.Number(Open);
    }
}
