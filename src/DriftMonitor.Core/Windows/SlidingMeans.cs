using DriftMonitor.Core.Numerics;
using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Windows;

/// <summary>The means of the numbers in several sliding windows over one series, which share their panes.</summary>
/// <remarks>
/// Sums are exact, so that a mean does not depend on how the stream was cut into batches, partitions, workers and runs of the process.
/// </remarks>
/// <param name="windowPanes">The length of each window in panes, each at least 1.</param>
public sealed class SlidingMeans(IReadOnlyList<int> windowPanes)
{
    private readonly int[] _lengths = [.. windowPanes];
    private readonly ExactSum[] _windows = [.. windowPanes.Select(_ => new ExactSum())];
    private readonly Queue<(long Pane, PackedSum Sum)>[] _held = [.. windowPanes.Select(_ => new Queue<(long Pane, PackedSum Sum)>())];
    private readonly ExactSum _entering = new(); // of the pane that closes next
    private long _closed = long.MinValue; // the pane closed last

    /// <summary>Adds numbers to the pane that closes next.</summary>
    public void Add(PackedSum numbers) => _entering.Add(numbers);

    /// <summary>Closes a pane: the windows move on to its end.</summary>
    public void Close(long pane)
    {
        var entering = _entering.Count > 0 ? _entering.Pack() : null;
        _entering.Clear();
        for (var window = 0; window < _windows.Length; window++)
        {
            if (entering is not null)
            {
                Enter(window, (pane, entering));
            }

        }

        _closed = pane;
        RemoveLeft();
    }

    /// <summary>The mean of a window's numbers as of the pane closed last; null if it has none.</summary>
    public double? MeanOf(int window) => _windows[window].Mean();

    internal void Exchange(StateExchange state)
    {
        // All others are parts of the longest one.
        List<(long Pane, PackedSum Sum)> panes = [.. _held[Array.IndexOf(_lengths, _lengths.Max())]];
        state.List(panes, (ref (long Pane, PackedSum Sum) pane) =>
            pane = (state.Number(pane.Pane), PackedSum.Exchange(state, pane.Sum)));
        state.Number(ref _closed);
        if (!state.IsLoading)
        {
            return;
        }

        foreach (var pane in panes)
        {
            for (var window = 0; window < _windows.Length; window++)
            {
                Enter(window, pane);
            }
        }

        RemoveLeft();
    }

    private void RemoveLeft()
    {
        for (var window = 0; window < _windows.Length; window++)
        {
            while (_held[window].TryPeek(out var oldest) && oldest.Pane <= _closed - _lengths[window])
            {
                _windows[window].Remove(_held[window].Dequeue().Sum);
            }
        }
    }

    private void Enter(int window, (long Pane, PackedSum Sum) pane)
    {
        _windows[window].Add(pane.Sum);
        _held[window].Enqueue(pane);
    }
}
