using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Windows;

/// <summary>What is read at the end of each pane: the windows, the events that a reading needs, and the measures.</summary>
public abstract record ReadingSpec
{
    /// <summary>The time step.</summary>
    public required PaneGrid Pane { get; init; }

    /// <summary>The windows as configured, each a whole number of panes.</summary>
    public required IReadOnlyList<WindowSpec> Windows { get; init; }

    /// <summary>A window with fewer events gives no divergence. Neither does one whose reference moves and holds fewer.</summary>
    public long MinimumEvents { get; init; } = 100;

    /// <summary>The measures that are taken in addition to D(current ‖ reference) and its reverse.</summary>
    public IReadOnlyList<Measure> Measures { get; init; } = [];

    /// <summary>Whether the mean of the numbers in each window is taken too.</summary>
    public bool HasMean { get; init; }

    /// <summary>
    /// Whether an event is a text whose words are counted, each in the bin of its own: the events of windows, references and
    /// <see cref="MinimumEvents"/> are then words, and readings have their cross-entropy.
    /// </summary>
    public bool CountsWords { get; init; }

    /// <summary>The windows' lengths in panes.</summary>
    public IReadOnlyList<int> WindowPanes => [.. Windows.Select(window => checked((int)(window.Length.Ticks / Pane.Length.Ticks)))];

    /// <summary>The longest window's index.</summary>
    public int LongestWindow => Windows.Index().MaxBy(window => window.Item.Length).Index;
}
